/* he/public.h: a public key of Paillier's cryptosystem (ISO/IEC 18033-6), with
 * the noise base of Damgard, Jurik and Nielsen.
 *
 * n = p*q for Blum primes. A plaintext is a number in [0, n), a ciphertext one
 * in Z*_{n^2}. The noise of a ciphertext is a power of hs = h^n mod n^2, where
 *     h = -x^2 mod n,  x = the hash of (n, id), as below,
 * so that a key's owner cannot have chosen an h of small order. Short exponents
 * (half of n's length) are indistinguishable from full ones if factoring n is
 * hard (docs/protocols/paillier.md).
 *
 *     x = SHA-256 blocks i = 0, 1, ... of tagged("sharechain/he/djn/1"; n, id,
 *         le64(i)), 128 bits more than n has or a little longer, as one
 *         big-endian number mod n
 *
 * Adversary: a key's owner who sends an n that is none. Refused are an n that is
 * even, of another length, prime, a perfect power, or that has a factor below
 * 2^16; that it is the product of two primes, its owner must prove. Everything
 * here is public, and takes its time accordingly. */
#ifndef SC_HE_PUBLIC_H
#define SC_HE_PUBLIC_H

#include "base/bytes.h"
#include "he/n2.h"

#define SC_HE_DEFAULT_BITS 3072
#define SC_HE_ID_MAX       63 /* bytes of a key's id */
#define SC_HE_MAX_LIMBS    SC_N2_MAX_LIMBS

/* Flags of whatever makes or takes a key. */
enum {
    SC_HE_TEST_SIZE = 1
}; /* n of 1024 bits too: for tests, not for secrets */

typedef struct sc_he_public sc_he_public;

/* 1 if n may have so many bits: 2048, 3072, 4096; by flag 1024. */
int sc_he_is_size(size_t bits, unsigned flags);

/*   In:      n   big-endian, as many bytes as n has
 *            id  1 .. SC_HE_ID_MAX visible ASCII characters
 *   Returns: SC_E_WIRE   n's length or id out of range, n even or too small
 *            SC_E_CHEAT  n is prime or a power, or has a small factor
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_he_public_new(sc_he_public **pk, sc_bytes n,
                                    const char *id, unsigned flags);
void sc_he_public_free(sc_he_public **pk);

size_t sc_he_bits(const sc_he_public *pk);  /* of n */
size_t sc_he_limbs(const sc_he_public *pk); /* words of n, and of a plaintext */
const char *sc_he_id(const sc_he_public *pk);
const uint64_t *sc_he_modulus(const sc_he_public *pk); /* n */
/* 1 if both have the same n, and hold elements the same way (SC_CPU). */
int sc_he_same_modulus(const sc_he_public *a, const sc_he_public *b);

/* ---- for the room's other files ------------------------------------------ */

const sc_n2 *sc_he_n2(const sc_he_public *pk);            /* Z/n^2 */
const uint64_t *sc_he_noise_base(const sc_he_public *pk); /* hs, an element */
const uint64_t *sc_he_square(const sc_he_public *pk);     /* n^2, 2*L words */

#endif
