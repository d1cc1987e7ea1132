/* job/run/statement.c: see the header. */
#include "job/run/statement.h"

#include <string.h>

#define MAX_PARTS (2 * SC_MAX_PARTIES + 8)

/* Parts of one statement; small integers live in `words`. */
typedef struct {
    sc_bytes parts[MAX_PARTS];
    size_t n;
    uint8_t words[8][8];
    size_t n_words;
} statement;

static void add(statement *s, const void *p, size_t len)
{
    s->parts[s->n++] = (sc_bytes){p, len};
}

static void add_text(statement *s, const char *text)
{
    s->parts[s->n++] = sc_bytes_of(text);
}

static void add_u64(statement *s, uint64_t v)
{
    uint8_t *word = s->words[s->n_words++];

    sc_store_le64(word, v);
    add(s, word, 8);
}

static void add_optional(statement *s, const sc_opt_bytes *b)
{
    add_u64(s, b->is_set != 0);
    add(s, b->b, b->is_set ? sizeof b->b : 0);
}

static void add_dids(statement *s, const sc_consortium *c, uint32_t parties)
{
    for (size_t p = 0; p < c->n_parties; p++) {
        if ((parties >> p & 1) != 0) {
            add_text(s, c->parties[p].did);
        }
    }
}

sc_err sc_terms_sid(uint8_t sid[static 32], const uint8_t plan[static 32],
                    const sc_consortium *c, uint32_t parties,
                    const uint8_t (*nonces)[32])
{
    statement s = {.n = 0};
    size_t n = 0;

    add_u64(&s, SC_MSG_PROTOCOL);
    add(&s, plan, 32);
    add_dids(&s, c, parties);
    for (size_t p = 0; p < c->n_parties; p++) {
        if ((parties >> p & 1) != 0) {
            add(&s, nonces[n++], 32);
        }
    }
    sc_hash_tagged(sid, "sharechain/sid/1", s.parts, s.n);
    return n >= 2 ? SC_OK : SC_E_ARG;
}

/* ---- consent ----------------------------------------------------------- */

static const char consent_tag[] = "consent/1";

static void make_consent(statement *s, const sc_consortium *c,
                         const sc_terms *t, const sc_opt_bytes *input,
                         uint64_t epoch)
{
    add(s, t->sid, sizeof t->sid);
    add(s, t->job, sizeof t->job);
    add(s, t->plan, sizeof t->plan);
    add(s, t->consortium, sizeof t->consortium);
    add_optional(s, input);
    add_u64(s, epoch);
    add_u64(s, (uint64_t)t->not_after);
    add_dids(s, c, t->results);
}

sc_err sc_statement_consent(uint8_t sig[static SC_SIG_LEN],
                            const sc_sign_key *identity, const sc_consortium *c,
                            const sc_terms *t, const sc_opt_bytes *input,
                            uint64_t epoch)
{
    statement s = {.n = 0};

    make_consent(&s, c, t, input, epoch);
    return sc_sign_tagged(sig, identity, consent_tag, s.parts, s.n);
}

sc_err sc_statement_consent_verify(const uint8_t sig[static SC_SIG_LEN],
                                   size_t party, const sc_consortium *c,
                                   const sc_terms *t, const sc_opt_bytes *input,
                                   uint64_t epoch)
{
    statement s = {.n = 0};

    make_consent(&s, c, t, input, epoch);
    return sc_sign_verify_tagged(c->parties[party].identity, consent_tag,
                                 s.parts, s.n, sig);
}

/* ---- session keys ------------------------------------------------------ */

static const char key_tag[] = "session-key/1";

static void make_key(statement *s, const sc_consortium *c, const uint8_t *sid,
                     size_t from, size_t to, const uint8_t *key)
{
    add(s, sid, 32);
    add_text(s, c->parties[from].did);
    add_text(s, c->parties[to].did);
    add(s, key, 32);
}

sc_err sc_statement_key(uint8_t sig[static SC_SIG_LEN],
                        const sc_sign_key *identity, const sc_consortium *c,
                        const uint8_t sid[static 32], size_t from, size_t to,
                        const uint8_t key[static 32])
{
    statement s = {.n = 0};

    make_key(&s, c, sid, from, to, key);
    return sc_sign_tagged(sig, identity, key_tag, s.parts, s.n);
}

sc_err sc_statement_key_verify(const uint8_t sig[static SC_SIG_LEN],
                               const sc_consortium *c,
                               const uint8_t sid[static 32], size_t from,
                               size_t to, const uint8_t key[static 32])
{
    statement s = {.n = 0};

    make_key(&s, c, sid, from, to, key);
    return sc_sign_verify_tagged(c->parties[from].identity, key_tag, s.parts,
                                 s.n, sig);
}

/* ---- heads ------------------------------------------------------------- */

static const char heads_tag[] = "heads/1";

static void make_heads(statement *s, const sc_consortium *c, const uint8_t *sid,
                       size_t party, const sc_opt_bytes *output, sc_bytes heads)
{
    add(s, sid, 32);
    add_text(s, c->parties[party].did);
    add_optional(s, output);
    add(s, heads.p, heads.len);
}

sc_err sc_statement_heads(uint8_t sig[static SC_SIG_LEN],
                          const sc_sign_key *identity, const sc_consortium *c,
                          const uint8_t sid[static 32], size_t party,
                          const sc_opt_bytes *output, sc_bytes heads)
{
    statement s = {.n = 0};

    make_heads(&s, c, sid, party, output, heads);
    return sc_sign_tagged(sig, identity, heads_tag, s.parts, s.n);
}

sc_err sc_statement_heads_verify(const uint8_t sig[static SC_SIG_LEN],
                                 const sc_consortium *c,
                                 const uint8_t sid[static 32], size_t party,
                                 const sc_opt_bytes *output, sc_bytes heads)
{
    statement s = {.n = 0};

    make_heads(&s, c, sid, party, output, heads);
    return sc_sign_verify_tagged(c->parties[party].identity, heads_tag, s.parts,
                                 s.n, sig);
}

/* ---- refusal ----------------------------------------------------------- */

static const char refuse_tag[] = "refuse/1";

static void make_refusal(statement *s, const uint8_t *job_digest,
                         uint64_t reason)
{
    add(s, job_digest, 32);
    add_u64(s, reason);
}

sc_err sc_statement_refuse(uint8_t sig[static SC_SIG_LEN],
                           const sc_sign_key *identity,
                           const uint8_t job_digest[static 32], uint64_t reason)
{
    statement s = {.n = 0};

    make_refusal(&s, job_digest, reason);
    return sc_sign_tagged(sig, identity, refuse_tag, s.parts, s.n);
}

sc_err sc_statement_refuse_verify(const uint8_t sig[static SC_SIG_LEN],
                                  const sc_consortium *c, size_t party,
                                  const uint8_t job_digest[static 32],
                                  uint64_t reason)
{
    statement s = {.n = 0};

    make_refusal(&s, job_digest, reason);
    return sc_sign_verify_tagged(c->parties[party].identity, refuse_tag,
                                 s.parts, s.n, sig);
}
