/* he/cipher.h: vectors of ciphertexts, and what can be done to them without a
 * key's private half (ISO/IEC 18033-6: the homomorphic operations).
 *
 * A sc_cipher holds ciphertexts of one public key, which it borrows, in the
 * internal form of he/n2.h; bytes are made at the ends only. Each of them is in
 * Z*_{n^2}: what comes in as bytes is checked. Whoever computes on ciphertexts
 * can change what they hold, unseen; and a result still shows its inputs' noise
 * until it is randomised anew (he/encrypt.h).
 *
 * Adversary: one who sends ciphertexts that are none. Everything here is public:
 * ciphertexts, and the constants they are multiplied by. Vectors of more than
 * some elements are shared out among OpenMP's threads. Operands and result may
 * be the same vector. */
#ifndef SC_HE_CIPHER_H
#define SC_HE_CIPHER_H

#include "he/public.h"

#define SC_CIPHER_MAX ((size_t)1 << 24) /* ciphertexts of a vector */

typedef struct sc_cipher sc_cipher;

/* n ciphertexts of 0 without noise: what a sum begins with.
 *   Returns: SC_E_ARG  n above SC_CIPHER_MAX
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_new(sc_cipher **c, const sc_he_public *pk,
                                 size_t n);
void sc_cipher_free(sc_cipher **c);
size_t sc_cipher_count(const sc_cipher *c);
const sc_he_public *sc_cipher_key(const sc_cipher *c);

/* ---- bytes: 2*|n| bits each, big-endian, one behind the other ------------- */

size_t sc_cipher_len(const sc_he_public *pk); /* bytes of one */
SC_MUST_USE sc_err sc_cipher_put(sc_buf *out, const sc_cipher *c);
/*   Returns: SC_E_WIRE  not a whole number of ciphertexts, too many, or one that
 *                       is not in Z*_{n^2}
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_get(sc_cipher **c, const sc_he_public *pk,
                                 sc_bytes in);

/* ---- operations, element by element --------------------------------------
 *
 *   Returns: SC_E_ARG  vectors of different lengths or keys; nothing changed
 *            SC_E_MEM  of sub, mul, scale; the result is undefined */

SC_MUST_USE sc_err sc_cipher_add(sc_cipher *out, const sc_cipher *a,
                                 const sc_cipher *b);
SC_MUST_USE sc_err sc_cipher_sub(sc_cipher *out, const sc_cipher *a,
                                 const sc_cipher *b);
/* out[i] holds k[i] times what a[i] does. k[i] = 0 gives a bare 0. */
SC_MUST_USE sc_err sc_cipher_mul(sc_cipher *out, const sc_cipher *a,
                                 const int64_t *k);
/* The same with one constant for all: k_bits bits, not negative.
 *   Returns: SC_E_ARG also if k_bits is 0 */
SC_MUST_USE sc_err sc_cipher_scale(sc_cipher *out, const sc_cipher *a,
                                   const uint64_t *k, size_t k_bits);
/* out, of one element, holds the sum of all that a does; 0 for an empty a. */
SC_MUST_USE sc_err sc_cipher_sum(sc_cipher *out, const sc_cipher *a);

/* ---- for the room's other files ------------------------------------------ */

uint64_t *sc_cipher_words(sc_cipher *c); /* elements of sc_he_n2(key) */
const uint64_t *sc_cipher_words_const(const sc_cipher *c);

/* How many elements a thread takes at once. */
#define SC_CIPHER_CHUNK ((size_t)128)

#endif
