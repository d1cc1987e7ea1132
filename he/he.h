/* he/he.h: Paillier's cryptosystem (ISO/IEC 18033-6) in one include.
 *
 *     cc -fopenmp sum.c $(pkg-config --cflags --libs sharechain-he)
 *
 * Whoever has the public key encrypts, anybody adds, the private key decrypts:
 *
 *     sc_rng rng = sc_rng_system();
 *     sc_he_private *sk = NULL;              free what you made, in any order but
 *     sc_encryptor *e = NULL;                keys last: others borrow them
 *     sc_cipher *a = NULL, *b = NULL;
 *     uint64_t m[SC_HE_MAX_LIMBS];           a plaintext: sc_he_limbs(pk) words
 *     int64_t x = 20, y = -3;
 *
 *     SC_TRY(sc_he_generate(&sk, &rng, SC_HE_DEFAULT_BITS, "my key", 0));
 *     const sc_he_public *pk = sc_he_private_public(sk);
 *     SC_TRY(sc_encryptor_new(&e, pk, 0));   a table; worth it from dozens on
 *     SC_TRY(sc_cipher_new(&a, pk, 1));      a vector of one, and b likewise
 *     sc_plain_from_i64(pk, m, &x, 1);
 *     SC_TRY(sc_encrypt(e, &rng, a, m));     b likewise from y
 *     SC_TRY(sc_cipher_add(a, a, b));        a holds x + y
 *     SC_TRY(sc_rerandomise(&rng, a));       before somebody sees it
 *     SC_TRY(sc_he_decrypt(sk, m, a));
 *     SC_TRY(sc_plain_to_i64(pk, &x, m, 1)); 17
 *
 * The whole of it, compiled and run by a test: examples/paillier/sum.c.
 *
 * Every function that can fail returns sc_err, and after a failure its outputs are
 * as they were, or zero, or of no use, as its comment says; sc_err_text has words.
 * Vectors of ciphertexts and arrays of plaintexts go element by element; what is
 * long is shared out among OpenMP's threads (OMP_NUM_THREADS). No function keeps
 * state but in what it is given: two threads may work on different vectors with
 * one key and one encryptor, and each with an sc_rng of its own. Sizes: n of 2048,
 * 3072 or 4096 bits. What is constant in time, and what rests on which assumption:
 * docs/protocols/paillier.md; bytes of files: docs/formats.md, section 16.
 *
 *     keys         he/public.h  he/private.h  he/key_file.h
 *     numbers      he/plaintext.h (signed)  he/pack.h (many in a plaintext)
 *                  he/range.h (many, whose ranges can be proved)
 *                  he/from_bits.h (many, of ciphertexts of their bits)
 *     encryption   he/encrypt.h
 *     arithmetic   he/cipher.h
 *     in shares    he/threshold.h  he/share_file.h
 *     proofs       he/prove_modulus.h  he/prove_plain.h  he/prove_bits.h
 *                  he/prove_range.h  he/prove_part.h  he/opening.h
 *     files        he/cipher_file.h  he/cipher_values.h  he/proof_file.h
 *     from base/   base/err.h  base/bytes.h  base/rng.h
 *
 * Adversary: each header says against whom it holds. In short: bytes that are
 * taken are checked (SC_E_WIRE, SC_E_CHEAT); what a ciphertext holds, nobody
 * checks without a proof; whoever decrypts what strangers send, and shows the
 * answer, is of help to them. */
#ifndef SC_HE_HE_H
#define SC_HE_HE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/rng.h"
#include "he/cipher.h"
#include "he/cipher_file.h"
#include "he/cipher_values.h"
#include "he/encrypt.h"
#include "he/from_bits.h"
#include "he/key_file.h"
#include "he/opening.h"
#include "he/pack.h"
#include "he/plaintext.h"
#include "he/private.h"
#include "he/proof_file.h"
#include "he/prove_bits.h"
#include "he/prove_modulus.h"
#include "he/prove_part.h"
#include "he/prove_plain.h"
#include "he/prove_range.h"
#include "he/public.h"
#include "he/range.h"
#include "he/share_file.h"
#include "he/threshold.h"

#endif
