/* tests/fuzz/fuzz_paillier.c: key files and ciphertexts: what is taken is made
 * again to the byte. */
#include "base/mem.h"
#include "he/key_file.h"

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
    for (size_t i = 0, n_lines = 0; i < size && n_lines < 3; i++) {
        n_lines += data[i] == '\n';
        if (n_lines == 3 && /* a key, and ciphertexts behind it */
            sc_he_public_get(&pk, (sc_bytes){data, i + 1}, SC_HE_TEST_SIZE) ==
                SC_OK) {
            fuzz_cipher(pk, (sc_bytes){data + i + 1, size - i - 1});
            sc_he_public_free(&pk);
        }
    }
    return 0;
}
