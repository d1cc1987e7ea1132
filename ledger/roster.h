/* ledger/roster.h: who the members are, as far as the chain cares.
 *
 * A plain struct that the parser of the consortium file (job/) fills; check it
 * once, then trust it. Party names serve as note key names of cosigners; the
 * origin is the note key name of the log, whose key is the sequencer's.
 *
 * Adversary: whoever wrote the file, with keys that are no keys or serve twice,
 * names that collide, a quorum that one liar could split: sc_roster_check refuses
 * these. Whoever serves a note: it counts under the log's own key and origin,
 * and a cosignature under a member's. */
#ifndef SC_LEDGER_ROSTER_H
#define SC_LEDGER_ROSTER_H

#include "base/fault.h"
#include "base/limits.h"
#include "ledger/did.h"
#include "ledger/note.h"

typedef struct {
    char name[SC_NAME_MAX + 1];
    char did[SC_DID_LEN + 1];
    uint8_t identity[SC_KEY_LEN]; /* public keys */
    uint8_t log[SC_KEY_LEN];
    uint8_t cosigner[SC_KEY_LEN];
    int is_offline; /* it posts and leaves: it cosigns nothing */
} sc_roster_party;

typedef struct {
    char origin[SC_NOTE_NAME_MAX + 1];
    size_t n_parties;
    sc_roster_party parties[SC_MAX_PARTIES];
    size_t sequencer;            /* index into parties */
    size_t quorum;               /* k of n cosigners: those not offline */
    uint8_t digest[SC_HASH_LEN]; /* SHA-256 of the consortium file */
} sc_roster;

/* Names distinct and fit, DIDs are those of the identity keys, all keys
 * admissible and distinct, the sequencer not offline, 2k - n - 1 >= 1 (so that
 * one liar cannot fork the log), k <= n. SC_E_CONFIG, and why says what is wrong.
 */
SC_MUST_USE sc_err sc_roster_check(const sc_roster *r, sc_fault *why);

/* The n of "k of n": parties that are not offline. */
size_t sc_roster_n_cosigners(const sc_roster *r);

#define SC_ROSTER_NONE SIZE_MAX
/* Index of the party, or SC_ROSTER_NONE. */
size_t sc_roster_find_did(const sc_roster *r, const char *did);
size_t sc_roster_find_name(const sc_roster *r, const char *name);

/* The verifier keys of the log, in the order of signature lines: keys[0] is the
 * log's, keys[1 + i] the cosigner key of party i; all zero, and so the key of no
 * line, if that party is offline. */
#define SC_ROSTER_MAX_KEYS (1 + SC_MAX_PARTIES)
SC_MUST_USE sc_err sc_roster_note_keys(sc_note_key *keys, size_t *n_keys,
                                       const sc_roster *r);

/* A checkpoint note that was checked against the roster. */
typedef struct {
    sc_checkpoint at;
    size_t n_cosigners;            /* who signed; never one who is offline */
    uint64_t time[SC_MAX_PARTIES]; /* cosigned at, POSIX seconds; 0: not */
} sc_roster_head;

/* Take a checkpoint note: right origin, signed by the log key, every known
 * signature holds. Does not ask for a quorum: compare n_cosigners. If is_exact,
 * as sc_note_verify_exact.
 *   Returns: SC_E_WIRE   malformed, or another origin
 *            SC_E_CHEAT  a signature fails, or the log's is missing */
SC_MUST_USE sc_err sc_roster_take_head(sc_roster_head *head, const sc_roster *r,
                                       sc_bytes note, int is_exact);

#endif
