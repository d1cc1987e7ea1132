/* ledger/note.h: signed notes, checkpoints and cosignatures (C2SP).
 *
 * A note is text, an empty line, and signature lines
 *     U+2014 SP name SP base64(4-byte key id || signature) LF
 * where key id = first 4 bytes of SHA-256(name || LF || type || key). A
 * checkpoint is a note whose text has three lines: origin, size, base64 root.
 * Type 0x01 signs the text; type 0x04 signs
 *     "cosignature/v1" LF "time " seconds LF text
 * and carries the seconds in front of its signature. It does not sign its own
 * name: hence one key per cosigner, ever.
 *
 * Adversary: whoever serves the note. It is parsed strictly and bounded
 * before use; of signatures, only those by the caller's keys count.
 * Source: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature. */
#ifndef SC_LEDGER_NOTE_H
#define SC_LEDGER_NOTE_H

#include "base/hash.h"
#include "ledger/keys.h"

#define SC_NOTE_MAX      65536 /* bytes of a whole note */
#define SC_NOTE_MAX_SIGS 64
#define SC_NOTE_NAME_MAX 127 /* bytes of a key name or an origin */

typedef enum {
    SC_NOTE_ED25519 = 0x01,
    SC_NOTE_COSIGNATURE = 0x04,
} sc_note_type;

/* A verifier key. */
typedef struct {
    char name[SC_NOTE_NAME_MAX + 1];
    uint8_t type; /* an sc_note_type */
    uint8_t id[4];
    uint8_t pk[SC_KEY_LEN];
} sc_note_key;

/* Make a verifier key. The caller has admitted pk (sc_key_check_ed25519).
 * SC_E_ARG: an empty or long name, or one with anything but visible ASCII other
 * than '+'; another type. */
SC_MUST_USE sc_err sc_note_key_init(sc_note_key *key, const char *name,
                                    sc_note_type type,
                                    const uint8_t pk[static SC_KEY_LEN]);
/* Append the vkey text, name+id+base64(type || key); take reads it back and
 * checks id and key (SC_E_WIRE). */
SC_MUST_USE sc_err sc_note_key_put(sc_buf *out, const sc_note_key *key);
SC_MUST_USE sc_err sc_note_key_take(sc_note_key *key, sc_bytes vkey);

typedef struct {
    sc_bytes name;   /* borrowed from the note */
    uint8_t id[4];   /* key id */
    size_t len;      /* bytes behind the id */
    uint8_t sig[72]; /* these bytes, if len <= 72; else all zero */
} sc_note_sig;

typedef struct {
    sc_bytes text; /* with its last LF; borrowed */
    size_t n_sigs;
    sc_note_sig sigs[SC_NOTE_MAX_SIGS];
} sc_note;

/* Parse. SC_E_WIRE: anything but a well-formed note with a signature line. */
SC_MUST_USE sc_err sc_note_take(sc_note *note, sc_bytes bytes);

/* What a key has signed. */
typedef struct {
    int is_signed;
    uint64_t time; /* of a cosignature: POSIX seconds, 1 .. 2^63-1; else 0 */
} sc_note_mark;

/* Check every signature line of a known (name, id); lines of unknown keys are
 * ignored. A key that signed twice is marked with its latest time.
 *   Out:     marks       n_keys entries
 *   Returns: SC_E_CHEAT  a known key's line fails, or no known key signed;
 *                        marks all zero */
SC_MUST_USE sc_err sc_note_verify(sc_note_mark *marks, const sc_note *note,
                                  const sc_note_key *keys, size_t n_keys);
/* As sc_note_verify, and each line is by a known key, at most one by each, in
 * the order of keys. For bundles, where no bit may be free. */
SC_MUST_USE sc_err sc_note_verify_exact(sc_note_mark *marks,
                                        const sc_note *note,
                                        const sc_note_key *keys, size_t n_keys);

/* Append a signature line over text (which ends in LF). A note is its text, LF,
 * and such lines. SC_E_ARG: text or name unfit; for cosign also a time outside
 * 1 .. 2^63-1. */
SC_MUST_USE sc_err sc_note_sign(sc_buf *line, sc_bytes text, const char *name,
                                const sc_sign_key *key);
SC_MUST_USE sc_err sc_note_cosign(sc_buf *line, sc_bytes text, const char *name,
                                  const sc_sign_key *key, uint64_t time);

/* ---- checkpoints ------------------------------------------------------- */

typedef struct {
    char origin[SC_NOTE_NAME_MAX + 1];
    uint64_t size; /* <= 2^63-1 */
    uint8_t root[SC_HASH_LEN];
} sc_checkpoint;

/* Append the three lines. SC_E_ARG: origin unfit as a key name, size too large. */
SC_MUST_USE sc_err sc_checkpoint_put(sc_buf *out, const sc_checkpoint *c);
/* Exactly three such lines (a note's text), else SC_E_WIRE. A tree of size 0 has
 * the empty root. */
SC_MUST_USE sc_err sc_checkpoint_take(sc_checkpoint *c, sc_bytes text);

#endif
