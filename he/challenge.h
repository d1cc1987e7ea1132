/* he/challenge.h: the challenges of non-interactive proofs (Fiat and Shamir, 1986).
 *
 * A challenge is a hash of all that the proof is about: its kind, the context that
 * it is made for, the statement, and the prover's first message, each behind its
 * length (the strong form: Bernhard, Pereira, Warinschi, 2012). So a proof that is
 * moved to another context, key, ciphertext or kind is none. Who checks proofs
 * gives the context himself and takes none from the prover.
 *
 * Adversary: a prover who tries many first messages: 128 bits a challenge, in the
 * random oracle model. Everything that is put in here is public. */
#ifndef SC_HE_CHALLENGE_H
#define SC_HE_CHALLENGE_H

#include "base/hash.h"
#include "he/cipher.h"

#define SC_CHALLENGE_BITS  128
#define SC_CHALLENGE_WORDS 2
#define SC_CHALLENGE_LEN   16 /* bytes */

typedef struct {
    sc_hash *hash;
} sc_challenge;

/*   In:      kind     of proof, with its version
 *            context  what the proof is for: any bytes, those who make it and
 *                     those who check it agree on them
 *   Returns: SC_E_MEM */
SC_MUST_USE sc_err sc_challenge_new(sc_challenge *c, const char *kind,
                                    sc_bytes context);
void sc_challenge_free(sc_challenge *c);

void sc_challenge_put(sc_challenge *c, sc_bytes part);
/* A number, as le64. */
void sc_challenge_put_number(sc_challenge *c, uint64_t number);
/* A key: n and its id. */
void sc_challenge_put_key(sc_challenge *c, const sc_he_public *pk);
/* n elements of Z/n^2, as integers. */
SC_MUST_USE sc_err sc_challenge_put_elements(sc_challenge *c,
                                             const sc_he_public *pk,
                                             const uint64_t *a, size_t n);
/* The challenge; nothing is put in any more. */
void sc_challenge_draw(sc_challenge *c, uint8_t e[static SC_CHALLENGE_LEN]);

#endif
