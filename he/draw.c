/* he/draw.c: bytes into words, and what is too large again. */
#include "he/draw.h"

#include "base/ct.h"
#include "base/mem.h"
#include "he/words.h"

#define MAX_WORDS (2 * SC_HE_MAX_LIMBS + 8)

sc_err sc_draw_bits(sc_rng *rng, uint64_t *x, size_t bits, size_t n)
{
    const size_t n_words = (bits + 63) / 64;
    uint8_t bytes[8 * MAX_WORDS];
    sc_err err = SC_E_BUG;

    SC_ASSERT(n_words <= MAX_WORDS);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_rng_bytes(rng, bytes, 8 * n_words));
        sc_words_get(x + n_words * i, n_words, bytes);
        if (bits % 64 != 0) {
            x[n_words * i + n_words - 1] &= (1ULL << bits % 64) - 1;
        }
    }
    err = SC_OK;
out:
    sc_wipe(bytes, sizeof bytes);
    return err;
}

sc_err sc_draw_residue(sc_rng *rng, const sc_he_public *pk, uint64_t *r)
{
    const size_t L = sc_he_limbs(pk);
    sc_err err = SC_E_BUG;
    int is_good = 0;

    while (!is_good) {
        SC_TRY(sc_draw_bits(rng, r, 64 * L, 1));
        is_good = (int)sc_words_less(r, sc_he_modulus(pk), L) &
                  (sc_ct_is_zero(r, 8 * L) ^ 1);
        SC_CT_PUBLIC(&is_good, sizeof is_good); /* says nothing of the last */
    }
    err = SC_OK;
out:
    return err;
}
