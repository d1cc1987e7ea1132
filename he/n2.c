/* he/n2.c: one element at a time (n2_one.h) or, where the machine can, eight
 * (n2_lots.h): who calls sees no difference but in time. */
#include "he/n2.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "base/ct.h"
#include "base/mem.h"
#include "he/n2_lots.h"
#include "he/scan.h"
#include "he/words.h"

#define MAX SC_N2_MAX_LIMBS

static_assert(SC_N2_MAX_ENTRIES <= SC_SCAN_MAX_ENTRIES, "a table can be read");

struct sc_n2 {
    sc_n2_one one;
    sc_n2_lots *lots; /* NULL: one at a time */
};

/* ---- the modulus --------------------------------------------------------- */

sc_err sc_n2_new(sc_n2 **n2, const uint64_t *N, size_t n_limbs)
{
    sc_err err = SC_E_BUG;
    uint64_t is_bad;
    sc_n2 *made = NULL;

    *n2 = NULL;
    if (n_limbs == 0 || n_limbs > MAX) {
        return SC_E_ARG;
    }
    is_bad = (N[0] & 1) ^ 1;
    is_bad |= sc_mask_equal(N[n_limbs - 1], 0);
    is_bad |= sc_mask_equal(N[n_limbs - 1], 1) & sc_mask_equal(n_limbs, 1);
    SC_CT_PUBLIC(&is_bad, sizeof is_bad); /* no modulus of ours is any of it */
    if (is_bad != 0) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    sc_n2_one_init(&made->one, N, n_limbs);
    if (n_limbs >= SC_N2_LANES_MIN_LIMBS && sc_n2_lanes_are_here()) {
        SC_TRY(sc_n2_lots_new(&made->lots, &made->one));
    }
    *n2 = made;
    made = NULL;
    err = SC_OK;
out:
    sc_n2_free(&made);
    return err;
}

void sc_n2_free(sc_n2 **n2)
{
    if (*n2 != NULL) {
        sc_n2_lots_free(&(*n2)->lots);
        sc_wipe(*n2, sizeof **n2);
        sc_free(*n2);
        *n2 = NULL;
    }
}

size_t sc_n2_limbs(const sc_n2 *n2)
{
    return n2->one.L;
}

const uint64_t *sc_n2_modulus(const sc_n2 *n2)
{
    return n2->one.N;
}

size_t sc_n2_words(const sc_n2 *n2, size_t n)
{
    return n2->lots != NULL ? sc_n2_lots_words(n2->lots, n) : 2 * n2->one.L * n;
}

/* ---- into the internal form and out of it -------------------------------- */

void sc_n2_enter(const sc_n2 *n2, uint64_t *out, const uint64_t *x,
                 size_t x_limbs, size_t n)
{
    sc_n2_work w;

    SC_ASSERT(x_limbs <= SC_N2_PIECES * n2->one.L);
    if (n2->lots != NULL) {
        sc_n2_lots_enter(n2->lots, out, x, x_limbs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc_n2_one_enter(&n2->one, &w, out + 2 * n2->one.L * i, x + x_limbs * i,
                        x_limbs);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_leave(const sc_n2 *n2, uint64_t *digits, const uint64_t *a, size_t n)
{
    const uint64_t one[2 * MAX] = {1};
    const size_t size = 2 * n2->one.L;
    sc_n2_work w;

    if (n2->lots != NULL) {
        sc_n2_lots_leave(n2->lots, digits, a, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc_n2_one_mul(&n2->one, &w, digits + size * i, a + size * i, one);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_value(const sc_n2 *n2, uint64_t *x, const uint64_t *a, size_t n)
{
    const size_t L = n2->one.L;
    uint64_t digits[2 * MAX], itch[SC_WORDS_ITCH(MAX)];

    sc_n2_leave(n2, x, a, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t *to = x + 2 * L * i;
        uint64_t carry;

        memcpy(digits, to, 16 * L);
        sc_words_mul(to, digits + L, n2->one.N, L, itch);
        carry = mpn_add_n(to, to, digits, (mp_size_t)L);
        (void)sc_n2_add_bit(to + L, L, carry); /* a0 + a1*N < N^2 */
    }
    sc_wipe(digits, sizeof digits);
    sc_wipe(itch, sizeof itch);
}

/* (1 + m*N)*R = R + (m*R mod N)*N. */
static void one_plus(const sc_n2_one *k, sc_n2_work *w, uint64_t *C,
                     const uint64_t *m)
{
    uint64_t digit[MAX], top;

    sc_n2_one_digit_mul(k, w, digit, m, k->power[0]);
    memcpy(C, k->one, 16 * k->L);
    top = mpn_add_n(C + k->L, C + k->L, digit, (mp_size_t)k->L);
    (void)sc_n2_one_take_off(k, w, C + k->L, &top);
    sc_wipe(digit, sizeof digit);
}

void sc_n2_one_plus(const sc_n2 *n2, uint64_t *out, const uint64_t *m, size_t n)
{
    const size_t L = n2->one.L;
    sc_n2_work w;

    if (n2->lots != NULL) {
        sc_n2_lots_one_plus(n2->lots, out, m, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        one_plus(&n2->one, &w, out + 2 * L * i, m + L * i);
    }
    sc_wipe(&w, sizeof w);
}

/* ---- operations ---------------------------------------------------------- */

void sc_n2_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
               const uint64_t *b, size_t n)
{
    sc_n2_sqr_mul(n2, c, a, 0, b, n);
}

void sc_n2_sqr(const sc_n2 *n2, uint64_t *c, const uint64_t *a, size_t n)
{
    const size_t size = 2 * n2->one.L;
    sc_n2_work w;

    if (n2->lots != NULL) {
        sc_n2_lots_sqr(n2->lots, c, a, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc_n2_one_sqr(&n2->one, &w, c + size * i, a + size * i);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_sqr_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                   size_t times, const uint64_t *b, size_t n)
{
    const size_t size = 2 * n2->one.L;
    sc_n2_work w;

    if (n2->lots != NULL) {
        sc_n2_lots_sqr_mul(n2->lots, c, a, times, b, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t *from = a + size * i;

        for (size_t j = 0; j < times; j++) {
            sc_n2_one_sqr(&n2->one, &w, c + size * i, from);
            from = c + size * i;
        }
        sc_n2_one_mul(&n2->one, &w, c + size * i, from, b + size * i);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_select(const sc_n2 *n2, uint64_t *out, const uint64_t *table,
                  size_t n_entries, const uint32_t *which, size_t n)
{
    const size_t size = 2 * n2->one.L;

    SC_ASSERT(n_entries <= SC_N2_MAX_ENTRIES);
    if (n2->lots != NULL) {
        sc_n2_lots_select(n2->lots, out, table, n_entries, which, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc_scan(out + size * i, table + size * i, size, size * n, n_entries,
                which[i]);
    }
}

void sc_n2_copy(const sc_n2 *n2, uint64_t *array, size_t at,
                const uint64_t *from, size_t which)
{
    const size_t lanes = n2->lots == NULL ? 1 : SC_N2_LANES;
    const size_t size = sc_n2_words(n2, 1) / lanes;

    array += sc_n2_words(n2, at / lanes * lanes) + at % lanes;
    from += sc_n2_words(n2, which / lanes * lanes) + which % lanes;
    for (size_t j = 0; j < size; j++) {
        array[lanes * j] = from[lanes * j];
    }
}

/* ---- a table that many elements choose from -------------------------------
 *
 * One at a time: an entry is its residue, L words, and its logarithm times R^2
 * mod N, L words. A sum of logarithms has a word more. */

size_t sc_n2_table_words(const sc_n2 *n2, size_t n_entries)
{
    return n2->lots != NULL ? sc_n2_lots_table_words(n2->lots, n_entries)
                            : 2 * n2->one.L * n_entries;
}

size_t sc_n2_log_words(const sc_n2 *n2, size_t n)
{
    return n2->lots != NULL ? sc_n2_lots_log_words(n2->lots, n)
                            : (n2->one.L + 1) * n;
}

/* With digits (a0, a1) of a*R and (b0, b1) of R/a: the logarithm is a1/a0 mod N,
 * and 1/a0 = b0/R^2. */
void sc_n2_table_put(const sc_n2 *n2, uint64_t *tables, size_t n_entries,
                     size_t at, const uint64_t *a, const uint64_t *inverses,
                     size_t n)
{
    const size_t L = n2->one.L;
    sc_n2_work w;

    SC_ASSERT(n_entries <= SC_N2_MAX_ENTRIES && at < n_entries);
    SC_ASSERT(n <= SC_N2_LANES);
    if (n2->lots != NULL) {
        sc_n2_lots_table_put(n2->lots, tables, n_entries, at, a, inverses, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t *to = tables + 2 * L * (n_entries * i + at);
        const uint64_t *own = a + 2 * L * i;

        memcpy(to, own, 8 * L);
        sc_n2_one_digit_mul(&n2->one, &w, to + L, own + L,
                            inverses + 2 * L * i);
        sc_n2_one_digit_mul(&n2->one, &w, to + L, to + L, n2->one.power[0]);
    }
}

void sc_n2_table_mul(const sc_n2 *n2, uint64_t *a, uint64_t *logs,
                     const uint64_t *table, size_t n_entries,
                     const uint32_t *which, size_t n)
{
    const size_t L = n2->one.L;
    uint64_t entry[2 * MAX];
    sc_n2_work w;

    SC_ASSERT(n_entries <= SC_N2_MAX_ENTRIES);
    if (n2->lots != NULL) {
        sc_n2_lots_table_mul(n2->lots, a, logs, table, n_entries, which, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t *log = logs + (L + 1) * i;

        sc_scan(entry, table, 2 * L, 2 * L, n_entries, which[i]);
        sc_n2_one_mul_digit(&n2->one, &w, a + 2 * L * i, a + 2 * L * i, entry);
        log[L] += mpn_add_n(log, log, entry + L, (mp_size_t)L);
    }
    sc_wipe(entry, sizeof entry);
    sc_wipe(&w, sizeof w);
}

void sc_n2_add_logs(const sc_n2 *n2, uint64_t *a, const uint64_t *logs,
                    size_t n)
{
    const size_t L = n2->one.L;
    uint64_t power[2 * MAX], digit[MAX], top;
    sc_n2_work w;

    if (n2->lots != NULL) {
        sc_n2_lots_add_logs(n2->lots, a, logs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) { /* as one_plus, for what is times R^2 */
        memset(w.s, 0, 16 * L);
        memcpy(w.s, logs + (L + 1) * i, 8 * (L + 1));
        sc_n2_one_digit_reduce(&n2->one, &w, digit);
        memcpy(power, n2->one.one, 16 * L);
        top = mpn_add_n(power + L, power + L, digit, (mp_size_t)L);
        (void)sc_n2_one_take_off(&n2->one, &w, power + L, &top);
        sc_n2_one_mul(&n2->one, &w, a + 2 * L * i, a + 2 * L * i, power);
    }
    sc_wipe(power, sizeof power);
    sc_wipe(digit, sizeof digit);
    sc_wipe(&w, sizeof w);
}

/* ---- numbers mod N alone ------------------------------------------------- */

void sc_n2_digit_mul(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n)
{
    const size_t L = n2->one.L;
    sc_n2_work w;

    for (size_t i = 0; i < n; i++) {
        sc_n2_one_digit_mul(&n2->one, &w, c + L * i, a + L * i, b + L * i);
    }
    sc_wipe(&w, sizeof w);
}

void sc_n2_digit_enter(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) { /* R^2 mod N: the low digit of R^2 */
        sc_n2_digit_mul(n2, c + n2->one.L * i, a + n2->one.L * i,
                        n2->one.power[0], 1);
    }
}

void sc_n2_digit_sub(const sc_n2 *n2, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n)
{
    const mp_size_t L = (mp_size_t)n2->one.L;

    for (size_t i = 0; i < n; i++) {
        uint64_t *to = c + n2->one.L * i;
        uint64_t less = mpn_sub_n(to, a + n2->one.L * i, b + n2->one.L * i, L);

        mpn_cnd_add_n(less, to, to, n2->one.N, L);
    }
}
