/* job/conf/consortium.h: consortium.yaml, the public file that all parties share.
 *
 * Adversary: the file came from somebody; nothing in it is believed before its
 * digest was accepted by the operator and every block's signature held. */
#ifndef SC_JOB_CONSORTIUM_H
#define SC_JOB_CONSORTIUM_H

#include "base/yaml.h"
#include "data/schema.h"
#include "ledger/roster.h"

typedef struct {
    char name[SC_NAME_MAX + 1];
    char did[64];         /* did:key of the identity key */
    uint8_t identity[32]; /* Ed25519 public */
    char transport[41];   /* CURVE public key, Z85 */
    uint8_t transport_key[32];
    char cosigner[256], log[256]; /* note verifier keys (vkeys); the cosigner's
                                   * name is the party's, the log's the origin */
    uint8_t cosigner_key[32], log_key[32];
    char address[256]; /* tcp://host:port */
    int is_offline;    /* by its own word: it posts and leaves. It cosigns
                        * nothing, and neither orders the log nor opens sums */
} sc_party;

typedef struct {
    uint64_t min_group;       /* default 10; 1 must be written */
    uint64_t queries_per_day; /* per asker and table; default 20 */
    uint64_t deadline_ms;     /* silence of a step; default 10000 */
    uint64_t job_ms;          /* a whole job; default 600000 */
    uint64_t max_cells;       /* groups of one query; default SC_MAX_CELLS */
    uint64_t peer_sessions;   /* of one asker at each other party, at once;
                               * default 4 */
    uint64_t peer_proposals;  /* and within an hour; default 60 */
    uint64_t call_days;  /* that owners have at the most to post; default 40 */
    int two_party_exact; /* a table with fewer than three owners */
} sc_consortium_rules;

#define SC_RULES_MAX_SESSIONS  8
#define SC_RULES_MAX_PROPOSALS 1000

/* A key in shares, for sums of ciphertexts (job/conf/sumkey.h). */
typedef struct {
    int is_there;
    uint8_t digest[32]; /* sc_threshold_digest of the key */
    size_t bits, needed;
    size_t holders[SC_MAX_PARTIES]; /* party numbers, in the shares' order */
    size_t n_holders;
    char dealer[65];
} sc_sumkey_terms;

typedef struct {
    char name[SC_NAME_MAX + 1];
    sc_party *parties; /* in the file's order: a party's number everywhere */
    size_t n_parties;
    sc_table *tables;
    size_t n_tables;
    sc_consortium_rules rules;
    sc_sumkey_terms sumkey;
    sc_roster roster;   /* the ledger's view of the same */
    uint8_t digest[32]; /* SHA-256 of the file's bytes */
    sc_buf text;        /* the file's bytes */
} sc_consortium;

/* Parse and check everything: schema, block signatures, key hygiene (all keys
 * canonical and different), quorum 2k - n - 1 >= 1 of n who are not offline,
 * owners, bounds.
 *
 *   In-out:  faults       empty; every mistake with `name`, line, what was
 *                         expected and how to mend it
 *   Returns: SC_E_CONFIG  faults is not empty; *c is NULL */
SC_MUST_USE sc_err sc_consortium_parse(sc_consortium **c, sc_faults *faults,
                                       const char *name, sc_bytes text);
void sc_consortium_free(sc_consortium **c);
/* Number of the party, or SIZE_MAX. */
size_t sc_consortium_party(const sc_consortium *c, const char *name);
size_t sc_consortium_party_did(const sc_consortium *c, const char *did);
const sc_table *sc_consortium_table(const sc_consortium *c, const char *name);
/* Which faults stop the log, in words: "4 cosigners, quorum 3: ..." */
void sc_consortium_quorum_words(char *out, size_t len, const sc_consortium *c);

#endif
