/* he/challenge.c: SHA-256 over parts behind their lengths. */
#include "he/challenge.h"

#include "base/mem.h"
#include "he/words.h"

#define LANES ((size_t)SC_N2_LANES)

sc_err sc_challenge_new(sc_challenge *c, const char *kind, sc_bytes context)
{
    sc_err err = sc_hash_new(&c->hash);

    if (err == SC_OK) {
        sc_hash_reset(c->hash);
        sc_challenge_put(c, sc_bytes_of(kind));
        sc_challenge_put(c, context);
    }
    return err;
}

void sc_challenge_free(sc_challenge *c)
{
    sc_hash_free(&c->hash);
}

void sc_challenge_put(sc_challenge *c, sc_bytes part)
{
    sc_hash_update_sized(c->hash, part);
}

void sc_challenge_put_number(sc_challenge *c, uint64_t number)
{
    uint8_t bytes[8];

    sc_store_le64(bytes, number);
    sc_challenge_put(c, (sc_bytes){bytes, sizeof bytes});
}

void sc_challenge_put_key(sc_challenge *c, const sc_he_public *pk)
{
    uint8_t n[8 * SC_HE_MAX_LIMBS];
    const size_t L = sc_he_limbs(pk);

    sc_words_put(n, sc_he_modulus(pk), L);
    sc_challenge_put(c, (sc_bytes){n, 8 * L});
    sc_challenge_put(c, sc_bytes_of(sc_he_id(pk)));
}

sc_err sc_challenge_put_elements(sc_challenge *c, const sc_he_public *pk,
                                 const uint64_t *a, size_t n)
{
    const size_t words = 2 * sc_he_limbs(pk);
    uint64_t *x = sc_alloc(LANES * words, 8);
    uint8_t bytes[16 * SC_HE_MAX_LIMBS];

    if (x == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (i % LANES == 0) {
            sc_n2_value(sc_he_n2(pk), x, a + sc_n2_words(sc_he_n2(pk), i),
                        n - i < LANES ? n - i : LANES);
        }
        sc_words_put(bytes, x + words * (i % LANES), words);
        sc_challenge_put(c, (sc_bytes){bytes, 8 * words});
    }
    sc_free(x);
    return SC_OK;
}

void sc_challenge_draw(sc_challenge *c, uint8_t e[static SC_CHALLENGE_LEN])
{
    uint8_t all[SC_HASH_LEN];

    sc_hash_final(c->hash, all);
    memcpy(e, all, SC_CHALLENGE_LEN);
}
