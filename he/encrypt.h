/* he/encrypt.h: encryption (ISO/IEC 18033-6), and fresh noise for ciphertexts.
 *
 * c = (1 + m*n) * hs^alpha mod n^2, alpha uniform of half of n's length (Damgard,
 * Jurik, Nielsen), by a table of hs's powers. The table is worth its making from
 * a few dozen ciphertexts on; sc_encrypt_plainly needs none, is slower, and is
 * the reference: c = (1 + m*n) * r^n, r uniform in Z*_n.
 *
 * Adversary: one who sees ciphertexts, or measures, or shares the machine's
 * caches: no branch and no address depends on m, alpha or r. Vectors are shared
 * out among OpenMP's threads; rng is read before that, so a recorded tape gives
 * the same ciphertexts whatever their number. */
#ifndef SC_HE_ENCRYPT_H
#define SC_HE_ENCRYPT_H

#include "base/rng.h"
#include "he/cipher.h"

#define SC_ENCRYPT_WINDOW 6 /* measured: bench/bench_paillier.c */

typedef struct sc_encryptor sc_encryptor;

/*   In:      pk      borrowed for the encryptor's life
 *            window  bits of a window of the table, 1 .. 8, at 4096 bits 2 .. 8;
 *                    0 for SC_ENCRYPT_WINDOW: 9 MiB at 2048 bits, 18 at 3072
 *   Returns: SC_E_ARG  window
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_encryptor_new(sc_encryptor **e, const sc_he_public *pk,
                                    size_t window);
void sc_encryptor_free(sc_encryptor **e);

/* Fill c with ciphertexts of as many plaintexts (he/plaintext.h). Each takes
 * |n|/16 bytes of rng: alpha, big-endian (sc_noise_draw).
 *   Returns: SC_E_ARG  c is of another n, or one of m is not in [0, n)
 *            SC_E_RNG, SC_E_MEM; c then undefined, but of no use to anybody
 *   Secret:  m */
SC_MUST_USE sc_err sc_encrypt(const sc_encryptor *e, sc_rng *rng, sc_cipher *c,
                              const uint64_t *m);
/* The same in two steps, for who proves something of c: exponents alpha of n
 * ciphertexts, sc_noise_words each, and encryption with them.
 *   Returns: of the first SC_E_RNG, of the second as sc_encrypt
 *   Secret:  alphas; to know one is to know what its ciphertext holds, and two
 *            ciphertexts with one alpha show the difference of what they hold: an
 *            alpha is for one ciphertext */
size_t sc_noise_words(const sc_he_public *pk);
SC_MUST_USE sc_err sc_noise_draw(const sc_he_public *pk, sc_rng *rng,
                                 uint64_t *alphas, size_t n);
SC_MUST_USE sc_err sc_encrypt_with(const sc_encryptor *e, sc_cipher *c,
                                   const uint64_t *m, const uint64_t *alphas);

/* ---- all the noise there is, without an encryptor --------------------------- */

/* c = (1 + m*n) * r^n: the reference. Each takes |n|/8 bytes of rng, r big-endian,
 * again while r is 0 or not below n. Returns as sc_encrypt. */
SC_MUST_USE sc_err sc_encrypt_plainly(sc_rng *rng, sc_cipher *c,
                                      const uint64_t *m);
/* Multiply each of c by r^n, as above: it holds the same, and for an n that is
 * proved (he/prove_modulus.h) or dealt nobody can tell of which ciphertexts it was
 * made, not the key's owner either. Powers of hs would not do: they are a small part
 * of all noise, and what of c's noise lies outside it would stay; so a mark that a
 * stranger, or the owner, put into it.
 *   Returns: SC_E_RNG, SC_E_MEM; c as it was
 *   Cost:    a power mod n^2 with n as exponent each */
SC_MUST_USE sc_err sc_rerandomise(sc_rng *rng, sc_cipher *c);

/* ---- for the room's other files ------------------------------------------ */

/* Exponents of hs that the table reaches: alpha times a challenge, and 128 bits
 * more to hide it. */
#define SC_NOISE_MORE_BITS 256
const sc_he_public *sc_encryptor_key(const sc_encryptor *e);
/* a[i] = a[i] * hs^exponents[i], of `bits` bits at most; out among threads. */
SC_MUST_USE sc_err sc_noise_mul(const sc_encryptor *e, uint64_t *a,
                                const uint64_t *exponents, size_t bits,
                                size_t n);

#endif
