/* he/sigma.h: what the proofs about ciphertexts share: three-move protocols
 * (Sigma protocols) whose first message is made again from the answers.
 *
 * Adversary: as the proofs have it. Exponents of hs are `answers`: integers of
 * |n|/2 + SC_NOISE_MORE_BITS bits, as beta + e*alpha is. */
#ifndef SC_HE_SIGMA_H
#define SC_HE_SIGMA_H

#include "he/challenge.h"
#include "he/encrypt.h"

#define SC_SIGMA_MAX ((size_t)1 << 20) /* ciphertexts of a proof */

size_t sc_sigma_bits(const sc_he_public *pk);  /* of an answer */
size_t sc_sigma_words(const sc_he_public *pk); /* of an answer */
size_t sc_sigma_len(const sc_he_public *pk);   /* the same in bytes */

/* n masks beta: a bit less than an answer has, so that e*alpha may be added.
 *   Returns: SC_E_RNG */
SC_MUST_USE sc_err sc_sigma_masks(const sc_he_public *pk, sc_rng *rng,
                                  uint64_t *betas, size_t n);
/* answer = beta + e*alpha; answer may be beta.
 *   Secret: all but n's size */
void sc_sigma_answer(const sc_he_public *pk, uint64_t *answer,
                     const uint64_t *beta,
                     const uint64_t e[static SC_CHALLENGE_WORDS],
                     const uint64_t *alpha);
/* w = x + e*m mod n; x, m in [0, n). */
void sc_sigma_answer_plain(const sc_he_public *pk, uint64_t *w,
                           const uint64_t *x,
                           const uint64_t e[static SC_CHALLENGE_WORDS],
                           const uint64_t *m);
/* out[i] = first[i] * hs^answers[i] / c[i]^e[i], where e is one challenge for all
 * (step 0) or one for each (step SC_CHALLENGE_WORDS); first may be out. Everything
 * is public here.
 *   Returns: SC_E_ARG  some c[i] has no inverse
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_sigma_first(const sc_encryptor *enc, uint64_t *out,
                                  const uint64_t *first,
                                  const uint64_t *answers, const uint64_t *c,
                                  const uint64_t *e, size_t step, size_t n);

/* A challenge as words and as bytes. */
void sc_sigma_get(uint64_t e[static SC_CHALLENGE_WORDS],
                  const uint8_t bytes[static SC_CHALLENGE_LEN]);
void sc_sigma_put(uint8_t bytes[static SC_CHALLENGE_LEN],
                  const uint64_t e[static SC_CHALLENGE_WORDS]);

#endif
