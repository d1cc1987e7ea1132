/* he/sigma.c: answers, and first messages made again. */
#include "he/sigma.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/draw.h"
#include "he/power.h"
#include "he/words.h"

#define E_WORDS          SC_CHALLENGE_WORDS
#define MAX_ANSWER_WORDS (SC_HE_MAX_LIMBS / 2 + SC_NOISE_MORE_BITS / 64)

size_t sc_sigma_bits(const sc_he_public *pk)
{
    return sc_he_bits(pk) / 2 + SC_NOISE_MORE_BITS;
}

size_t sc_sigma_words(const sc_he_public *pk)
{
    return sc_sigma_bits(pk) / 64;
}

size_t sc_sigma_len(const sc_he_public *pk)
{
    return sc_sigma_bits(pk) / 8;
}

sc_err sc_sigma_masks(const sc_he_public *pk, sc_rng *rng, uint64_t *betas,
                      size_t n)
{
    return sc_draw_bits(rng, betas, sc_sigma_bits(pk) - 1, n);
}

void sc_sigma_answer(const sc_he_public *pk, uint64_t *answer,
                     const uint64_t *beta,
                     const uint64_t e[static SC_CHALLENGE_WORDS],
                     const uint64_t *alpha)
{
    const size_t words = sc_sigma_words(pk), half = sc_noise_words(pk);
    uint64_t product[MAX_ANSWER_WORDS] = {0}, itch[MAX_ANSWER_WORDS + 64];

    SC_ASSERT(mpn_sec_mul_itch((mp_size_t)half, E_WORDS) <=
              (mp_size_t)(sizeof itch / 8));
    mpn_sec_mul(product, alpha, (mp_size_t)half, e, E_WORDS, itch);
    (void)mpn_add_n(answer, beta, product, (mp_size_t)words);
    sc_wipe(product, sizeof product);
    sc_wipe(itch, sizeof itch);
}

void sc_sigma_answer_plain(const sc_he_public *pk, uint64_t *w,
                           const uint64_t *x,
                           const uint64_t e[static SC_CHALLENGE_WORDS],
                           const uint64_t *m)
{
    const sc_n2 *n2 = sc_he_n2(pk);
    uint64_t wide[SC_HE_MAX_LIMBS] = {0}, zero[SC_HE_MAX_LIMBS] = {0};

    memcpy(wide, e, 8 * E_WORDS);
    sc_n2_digit_enter(n2, wide, wide, 1);
    sc_n2_digit_mul(n2, wide, m, wide, 1); /* e*m */
    sc_n2_digit_sub(n2, wide, zero, wide, 1);
    sc_n2_digit_sub(n2, w, x, wide, 1);
    sc_wipe(wide, sizeof wide);
}

sc_err sc_sigma_first(const sc_encryptor *enc, uint64_t *out,
                      const uint64_t *first, const uint64_t *answers,
                      const uint64_t *c, const uint64_t *e, size_t step,
                      size_t n)
{
    const sc_he_public *pk = sc_encryptor_key(enc);
    const sc_n2 *n2 = sc_he_n2(pk);
    uint64_t *power = sc_alloc_aligned(sc_n2_words(n2, n), 8);
    sc_err err = SC_E_BUG;

    SC_ASSERT(step == 0 || step == E_WORDS);
    SC_REQUIRE(power != NULL, SC_E_MEM);
    if (step == 0) {
        SC_TRY(sc_n2_pow(n2, power, c, n, e, SC_CHALLENGE_BITS));
    } else {
        SC_TRY(sc_n2_pow_each(n2, power, c, e, n, SC_CHALLENGE_BITS));
    }
    SC_TRY(sc_n2_invert_vartime(n2, power, power, n));
    sc_n2_mul(n2, out, first, power, n);
    SC_TRY(sc_noise_mul(enc, out, answers, sc_sigma_bits(pk), n));
    err = SC_OK;
out:
    sc_free(power);
    return err;
}

void sc_sigma_get(uint64_t e[static SC_CHALLENGE_WORDS],
                  const uint8_t bytes[static SC_CHALLENGE_LEN])
{
    sc_words_get(e, E_WORDS, bytes);
}

void sc_sigma_put(uint8_t bytes[static SC_CHALLENGE_LEN],
                  const uint64_t e[static SC_CHALLENGE_WORDS])
{
    sc_words_put(bytes, e, E_WORDS);
}
