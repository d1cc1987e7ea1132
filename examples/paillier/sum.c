/* examples/paillier/sum.c: three firms' kilograms of four months, added up by who
 * cannot read them.
 *
 *     cc -fopenmp sum.c $(pkg-config --cflags --libs sharechain-he)
 */
#include <inttypes.h>
#include <stdio.h>

#include "he/he.h"

enum { FIRMS = 3, MONTHS = 4 };

static const int64_t kilograms[FIRMS][MONTHS] = {
    {1200, 900, 1100, 1300},
    {300, 310, 290, -20}, /* a correction */
    {7000, 7100, 6900, 7050},
};

/* A firm: it has the public key alone. */
static sc_err encrypt(sc_buf *bytes, const sc_he_public *pk,
                      const int64_t *months)
{
    uint64_t m[MONTHS * SC_HE_MAX_LIMBS];
    sc_rng rng = sc_rng_system();
    sc_encryptor *e = NULL;
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_encryptor_new(&e, pk, 0));
    SC_TRY(sc_cipher_new(&c, pk, MONTHS));
    sc_plain_from_i64(pk, m, months, MONTHS);
    SC_TRY(sc_encrypt(e, &rng, c, m));
    SC_TRY(sc_cipher_put(bytes, c));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    sc_encryptor_free(&e);
    return err;
}

/* Whoever adds up: bytes in, and no key but the public one. */
static sc_err add(sc_cipher *total, const sc_he_public *pk, sc_bytes bytes)
{
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_cipher_get(&c, pk, bytes)); /* refuses what is no ciphertext */
    SC_TRY(sc_cipher_add(total, total, c));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    return err;
}

/* The key's owner, who sees the total alone. */
static sc_err print(const sc_he_private *sk, const sc_cipher *total)
{
    const sc_he_public *pk = sc_he_private_public(sk);
    uint64_t m[MONTHS * SC_HE_MAX_LIMBS];
    int64_t months[MONTHS];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_he_decrypt(sk, m, total));
    SC_TRY(sc_plain_to_i64(pk, months, m, MONTHS));
    for (size_t i = 0; i < MONTHS; i++) {
        (void)printf("month %zu: %" PRId64 " kg\n", i + 1, months[i]);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err run(void)
{
    sc_rng rng = sc_rng_system();
    const sc_he_public *pk;
    sc_he_private *sk = NULL;
    sc_cipher *total = NULL;
    sc_err err = SC_E_BUG;
    sc_buf bytes = {0};

    SC_TRY(sc_he_generate(&sk, &rng, 2048, "kilograms", 0));
    pk = sc_he_private_public(sk);
    SC_TRY(sc_cipher_new(&total, pk, MONTHS)); /* holds 0 */
    for (size_t i = 0; i < FIRMS; i++) {
        SC_TRY(encrypt(&bytes, pk, kilograms[i]));
        SC_TRY(add(total, pk, sc_buf_bytes(&bytes)));
        sc_buf_reset(&bytes);
    }
    SC_TRY(print(sk, total));
    err = SC_OK;
out:
    sc_buf_clear(&bytes);
    sc_cipher_free(&total);
    sc_he_private_free(&sk);
    return err;
}

int main(void)
{
    const sc_err err = run();

    if (err != SC_OK) {
        (void)fprintf(stderr, "%s\n", sc_err_text(err));
    }
    return err == SC_OK ? 0 : 1;
}
