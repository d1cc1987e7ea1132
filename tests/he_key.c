/* tests/he_key.c: primes from the vectors' hexadecimal. */
#include "tests/he_key.h"

#include <string.h>

#include "base/mem.h"
#include "he/words.h"

uint64_t *sc_he_key_words(sc_kat *t, const char *name, size_t n_words)
{
    const sc_bytes in = sc_kat_bytes(t, name);
    const size_t n = in.len / (8 * n_words);
    uint64_t *x = sc_alloc(n * n_words, 8);

    assert_non_null(x);
    CHECK_U64(in.len, 8 * n_words * n);
    for (size_t i = 0; i < n; i++) {
        sc_words_get(x + n_words * i, n_words, in.p + 8 * n_words * i);
    }
    return x;
}

sc_he_private *sc_he_key_open(sc_kat *t)
{
    const size_t bits = sc_kat_size(t, "bits");
    uint64_t *p = sc_he_key_words(t, "p", bits / 128);
    uint64_t *q = sc_he_key_words(t, "q", bits / 128);
    sc_he_private *sk = NULL;

    CHECK_OK(sc_he_private_new(&sk, p, q, bits, sc_kat_str(t, "id"),
                               SC_HE_TEST_SIZE));
    CHECK_U64(sc_he_bits(sc_he_private_public(sk)), bits);
    sc_free(p);
    sc_free(q);
    return sk;
}

sc_he_private *sc_he_key(void)
{
    sc_he_private *sk;
    sc_kat t;

    sc_kat_open(&t, "paillier.kat");
    CHECK(sc_kat_next(&t));
    sk = sc_he_key_open(&t);
    while (sc_kat_next(&t)) {
    }
    return sk;
}

sc_threshold *sc_he_key_dealt(const char *id, sc_share *share)
{
    sc_threshold *key = NULL;
    uint64_t *s = NULL;
    size_t words;
    sc_kat t;

    for (sc_kat_open(&t, "threshold.kat"); sc_kat_next(&t);) {
        const size_t needed = sc_kat_size(&t, "needed");

        words = sc_kat_bytes(&t, "v").len / 8;
        sc_threshold_free(&key);
        CHECK_OK(sc_threshold_new(&key, sc_kat_bytes(&t, "n"), id, needed,
                                  sc_kat_size(&t, "parties"),
                                  sc_kat_bytes(&t, "v"), sc_kat_bytes(&t, "vs"),
                                  sc_kat_bytes(&t, "gs"), SC_HE_TEST_SIZE));
        if (share != NULL && needed == 1) {
            s = sc_he_key_words(&t, "shares", words);
            memset(share, 0, sizeof *share);
            share->index = 1;
            memcpy(share->s, s, 8 * words);
            sc_free(s);
        }
    }
    CHECK_U64(sc_threshold_needed(key), 1);
    return key;
}
