/* job/run/statement.h: what a party's identity key signs within a session.
 *
 * Each statement has its own tag, names the session, and covers every value
 * that its reader relies on. Checking one needs public keys alone, so a signed
 * statement is evidence for third parties too.
 *
 * Adversary: a peer that replays, mixes or alters statements. */
#ifndef SC_JOB_STATEMENT_H
#define SC_JOB_STATEMENT_H

#include "job/conf/consortium.h"
#include "job/plan/plan.h"
#include "net/messages.h"

/* What one session is about, as this party computed it. */
typedef struct {
    uint8_t sid[32];
    uint8_t job[32]; /* digest of the job's canonical bytes */
    uint8_t plan[32];
    uint8_t consortium[32];
    uint32_t results; /* bit mask of result parties */
    int64_t not_after;
} sc_terms;

/* sid = SHA-256 over protocol version, plan digest, DIDs of the job's parties
 * in order, their nonces (n_parties of 32 bytes, same order). */
SC_MUST_USE sc_err sc_terms_sid(uint8_t sid[static 32],
                                const uint8_t plan[static 32],
                                const sc_consortium *c, uint32_t parties,
                                const uint8_t (*nonces)[32]);

/* Consent to the terms with this input (NULL: none) and policy epoch. */
SC_MUST_USE sc_err sc_statement_consent(uint8_t sig[static SC_SIG_LEN],
                                        const sc_sign_key *identity,
                                        const sc_consortium *c,
                                        const sc_terms *t,
                                        const sc_opt_bytes *input,
                                        uint64_t epoch);
/* SC_E_CHEAT. */
SC_MUST_USE sc_err sc_statement_consent_verify(
    const uint8_t sig[static SC_SIG_LEN], size_t party, const sc_consortium *c,
    const sc_terms *t, const sc_opt_bytes *input, uint64_t epoch);

/* The ephemeral session key of `from`, for `to` alone. */
SC_MUST_USE sc_err sc_statement_key(uint8_t sig[static SC_SIG_LEN],
                                    const sc_sign_key *identity,
                                    const sc_consortium *c,
                                    const uint8_t sid[static 32], size_t from,
                                    size_t to, const uint8_t key[static 32]);
SC_MUST_USE sc_err sc_statement_key_verify(const uint8_t sig[static SC_SIG_LEN],
                                           const sc_consortium *c,
                                           const uint8_t sid[static 32],
                                           size_t from, size_t to,
                                           const uint8_t key[static 32]);

/* The transcript heads of a party at the cut, as packed in COMMIT. */
SC_MUST_USE sc_err sc_statement_heads(uint8_t sig[static SC_SIG_LEN],
                                      const sc_sign_key *identity,
                                      const sc_consortium *c,
                                      const uint8_t sid[static 32],
                                      size_t party, const sc_opt_bytes *output,
                                      sc_bytes heads);
SC_MUST_USE sc_err sc_statement_heads_verify(
    const uint8_t sig[static SC_SIG_LEN], const sc_consortium *c,
    const uint8_t sid[static 32], size_t party, const sc_opt_bytes *output,
    sc_bytes heads);

/* A refusal of a job, before there is a sid. */
SC_MUST_USE sc_err sc_statement_refuse(uint8_t sig[static SC_SIG_LEN],
                                       const sc_sign_key *identity,
                                       const uint8_t job_digest[static 32],
                                       uint64_t reason);
SC_MUST_USE sc_err sc_statement_refuse_verify(
    const uint8_t sig[static SC_SIG_LEN], const sc_consortium *c, size_t party,
    const uint8_t job_digest[static 32], uint64_t reason);

#endif
