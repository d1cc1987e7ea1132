/* tests/fuzz/fuzz_paillier.c: files of keys, shares, ciphertexts and proofs: what is
 * taken is made again to the byte. And proofs: what was made for nothing proves nothing. */
#include "base/mem.h"
#include "he/key_file.h"
#include "he/proof_file.h"
#include "he/prove_bits.h"
#include "he/prove_modulus.h"
#include "he/prove_plain.h"
#include "he/prove_range.h"
#include "he/share_file.h"
#include "mpc/ctsum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(sc_buf *made, sc_err err, sc_bytes in)
{
    SC_ASSERT(err == SC_OK);
    SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(made), in));
    sc_buf_clear(made);
}

/* Ciphertexts of a fixed n: the bytes behind a public key's text. */
static void fuzz_cipher(const sc_he_public *pk, sc_bytes in)
{
    sc_cipher *c = NULL;
    sc_buf made = {0};

    if (sc_cipher_get(&c, pk, in) == SC_OK) {
        SC_ASSERT(sc_cipher_count(c) * sc_cipher_len(pk) == in.len);
        again(&made, sc_cipher_put(&made, c), in);
        sc_cipher_free(&c);
    }
}

/* The bytes as a proof of ciphertexts of 0, cut to each kind's length: no proof of
 * so many fits by chance. */
static void fuzz_proofs(const sc_he_public *pk, sc_bytes in)
{
    const size_t n = in.len > 1024 ? 2 : 1;
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;

    if (sc_encryptor_new(&e, pk, 1) == SC_OK &&
        sc_cipher_new(&c, pk, n) == SC_OK) {
        const size_t plain = sc_prove_plain_len(pk, n);
        const size_t bits = sc_prove_bits_len(pk, n);

        if (in.len >= plain) {
            SC_ASSERT(sc_check_plain(e, sc_bytes_of("fuzz"), c,
                                     (sc_bytes){in.p, plain}) != SC_OK);
        }
        if (in.len >= bits) {
            SC_ASSERT(sc_check_bits(e, sc_bytes_of("fuzz"), c,
                                    (sc_bytes){in.p, bits}) != SC_OK);
        }
        SC_ASSERT(sc_check_modulus(pk, sc_bytes_of("fuzz"), in) != SC_OK);
    }
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
}

/* A head and the bytes behind it; for a key, ciphertexts of a file too. */
static void fuzz_cipher_file(const sc_he_public *pk, sc_bytes in)
{
    sc_cipher *c = NULL;
    sc_cipher_head head;
    sc_buf made = {0};
    sc_bytes rest;

    if (sc_cipher_head_get(&head, &rest, in) == SC_OK) {
        again(&made, sc_cipher_head_put(&made, &head),
              (sc_bytes){in.p, in.len - rest.len});
    }
    if (pk != NULL && sc_cipher_file_get(&head, &c, pk, in) == SC_OK) {
        again(&made, sc_cipher_file_put(&made, &head, c), in);
        sc_cipher_free(&c);
    }
}

static void fuzz_proof_file(sc_bytes in)
{
    sc_buf made = {0};
    sc_proof proof;

    if (sc_proof_get(&proof, in) == SC_OK) {
        again(&made, sc_proof_put(&made, &proof), in);
    }
}

/* The bytes as a proof that a ciphertext of 0 holds a bit. */
static void fuzz_range(const sc_threshold *key, sc_bytes in)
{
    const sc_he_public *pk = sc_threshold_public(key);
    sc_encryptor *e = NULL;
    sc_range *r = NULL;
    sc_cipher *c = NULL;

    if (sc_encryptor_new(&e, pk, 1) == SC_OK &&
        sc_range_new(&r, key, e, 1, 162, 1) == SC_OK &&
        sc_cipher_new(&c, pk, 1) == SC_OK) {
        const size_t len = sc_prove_range_len(r, 1);

        if (in.len >= len) {
            SC_ASSERT(sc_check_range(r, sc_bytes_of("fuzz"), c,
                                     (sc_bytes){in.p, len}) != SC_OK);
        }
    }
    sc_cipher_free(&c);
    sc_range_free(&r);
    sc_encryptor_free(&e);
}

/* The bytes over and over, up to len of them. */
static sc_err fill(sc_buf *out, sc_bytes in, size_t len)
{
    sc_err err = SC_OK;

    while (err == SC_OK && in.len > 0 && out->len < len) {
        err = sc_buf_put(out, in.p,
                         in.len < len - out->len ? in.len : len - out->len);
    }
    return err;
}

/* The bytes as an entry of a sum of ciphertexts, and as a part of a sum of nothing: cut,
 * left as they are, and again and again, for entries of bits are long. */
static void fuzz_sum(const sc_threshold *key, sc_bytes in)
{
    const sc_he_public *pk = sc_threshold_public(key);
    sc_encryptor *e = NULL;
    sc_cipher *sum = NULL, *taken = NULL;

    if (sc_encryptor_new(&e, pk, 1) != SC_OK ||
        sc_cipher_new(&sum, pk, 1) != SC_OK) {
        sc_encryptor_free(&e);
        return;
    }
    for (int ranges = 0; ranges <= SC_CTSUM_BY_BITS; ranges++) {
        const sc_ctsum_shape shape = {sc_he_bits(pk), 64, 1, 2,
                                      (sc_ctsum_ranges)ranges};
        const size_t len = sc_ctsum_entry_len(&shape);
        const size_t part_len = sc_ctsum_part_len(&shape);
        sc_buf whole = {0};
        sc_ctsum *s = NULL;

        if (sc_ctsum_new(&s, key, e, &shape) == SC_OK) {
            SC_ASSERT(sc_ctsum_take_entry(s, sc_bytes_of("fuzz"),
                                          (sc_bytes){in.p, in.len < len ? in.len
                                                                        : len},
                                          &taken) != SC_OK);
            SC_ASSERT(taken == NULL);
            SC_ASSERT(fill(&whole, in, len) == SC_OK);
            SC_ASSERT(sc_ctsum_take_entry(s, sc_bytes_of("fuzz"),
                                          sc_buf_bytes(&whole),
                                          &taken) != SC_OK);
            SC_ASSERT(taken == NULL);
            sc_buf_clear(&whole);
            SC_ASSERT(sc_ctsum_take_part(s, 1, sc_bytes_of("fuzz"), sum,
                                         (sc_bytes){in.p, in.len < part_len
                                                              ? in.len
                                                              : part_len},
                                         &taken) != SC_OK);
            SC_ASSERT(taken == NULL);
        }
        sc_ctsum_free(&s);
    }
    sc_cipher_free(&sum);
    sc_encryptor_free(&e);
}

/* A key in shares; the bytes behind it, which begin with an s, as a
 * share, and as a proof. */
static void fuzz_shares(sc_bytes in)
{
    sc_threshold *key = NULL;
    sc_share share;
    sc_buf made = {0};

    if (!sc_threshold_is_file(in)) {
        return;
    }
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] == '\n' && (i + 1 == in.len || in.p[i + 1] == 's') &&
            sc_threshold_get(&key, (sc_bytes){in.p, i + 1}, SC_HE_TEST_SIZE) ==
                SC_OK) {
            const sc_bytes rest = {in.p + i + 1, in.len - i - 1};

            again(&made, sc_threshold_put(&made, key), (sc_bytes){in.p, i + 1});
            if (sc_share_get(&share, key, rest) == SC_OK) {
                again(&made, sc_share_put(&made, key, &share), rest);
            }
            fuzz_range(key, rest);
            fuzz_sum(key, rest);
            sc_threshold_free(&key);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_bytes in = {data, size};
    sc_he_private *sk = NULL;
    sc_he_public *pk = NULL;
    sc_buf made = {0};

    if (sc_he_public_get(&pk, in, SC_HE_TEST_SIZE) == SC_OK) {
        again(&made, sc_he_public_put(&made, pk), in);
        sc_he_public_free(&pk);
    }
    if (sc_he_private_get(&sk, in, SC_HE_TEST_SIZE) == SC_OK) {
        again(&made, sc_he_private_put(&made, sk), in);
        sc_he_private_free(&sk);
    }
    fuzz_cipher_file(NULL, in);
    fuzz_proof_file(in);
    fuzz_shares(in);
    for (size_t i = 0, n_lines = 0; i < size && n_lines < 3; i++) {
        n_lines += data[i] == '\n';
        if (n_lines == 3 && /* a key, and ciphertexts behind it */
            sc_he_public_get(&pk, (sc_bytes){data, i + 1}, SC_HE_TEST_SIZE) ==
                SC_OK) {
            fuzz_cipher(pk, (sc_bytes){data + i + 1, size - i - 1});
            fuzz_cipher_file(pk, (sc_bytes){data + i + 1, size - i - 1});
            fuzz_proofs(pk, (sc_bytes){data + i + 1, size - i - 1});
            sc_he_public_free(&pk);
        }
    }
    return 0;
}
