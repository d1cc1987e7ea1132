/* he/power.c: some elements at a time, a table of 2^w powers each.
 *
 * Powers 0 .. 2^w - 1 of an element lie behind one another; an entry is chosen by
 * reading all of them. From the highest window down: w squarings, a product. A
 * window that is zero multiplies by 1, as all do. */
#include "he/power.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/numbers.h"
#include "he/words.h"

/* One lot: its table, 41 kB for primes of 1024 bits, is as near as it gets. */
#define GROUP ((size_t)SC_N2_LANES)

/* Exponents of n elements: step words from one to the next, 0 if all share. */
typedef struct {
    const uint64_t *words;
    size_t step, bits;
} exponents;

/* What costs least: bits squarings, bits / w products, 2^w - 2 for the table. With
 * 5 long ones save as many products as the larger table takes to read. */
static size_t window_for(size_t bits)
{
    return bits > 24 ? 4 : bits > 6 ? 2 : 1;
}

static_assert(SC_N2_LANES == 8, "so many ones");
static const uint64_t ones[GROUP] = {1, 1, 1, 1, 1, 1, 1, 1};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* table[e] = a^e for n <= GROUP elements. */
static void fill_table(const sc_n2 *n2, uint64_t *table, const uint64_t *a,
                       size_t n, size_t n_entries)
{
    const size_t size = sc_n2_words(n2, n);

    sc_n2_enter(n2, table, ones, 1, n);
    memcpy(table + size, a, 8 * size);
    for (size_t e = 2; e < n_entries; e++) {
        sc_n2_mul(n2, table + size * e, table + size * (e - 1), a, n);
    }
}

static void pow_group(const sc_n2 *n2, uint64_t *out, const exponents *e,
                      size_t first, size_t n, size_t window, uint64_t *table,
                      uint64_t *factor)
{
    const size_t n_entries = (size_t)1 << window;
    const size_t n_words = (e->bits + 63) / 64;
    uint32_t which[GROUP];

    for (size_t at = (e->bits - 1) / window * window;; at -= window) {
        int is_first = at + window >= e->bits;

        for (size_t i = 0; i < n; i++) {
            which[i] = sc_words_bits(e->words + e->step * (first + i), n_words,
                                     at, window);
        }
        if (is_first) {
            sc_n2_select(n2, out, table, n_entries, which, n);
        } else {
            sc_n2_select(n2, factor, table, n_entries, which, n);
            sc_n2_sqr_mul(n2, out, out, window, factor, n);
        }
        if (at == 0) {
            break;
        }
    }
    sc_wipe(which, sizeof which);
}

/* Elements first .. first + n - 1, with a table of their own. */
static sc_err pow_some(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                       const exponents *e, size_t first, size_t n)
{
    const size_t window = window_for(e->bits), at = sc_n2_words(n2, first);
    const size_t n_entries = (size_t)1 << window, size = sc_n2_words(n2, n);
    uint64_t *table = sc_alloc_aligned(n_entries + 1, 8 * size);

    if (table == NULL) {
        return SC_E_MEM;
    }
    fill_table(n2, table, a + at, n, n_entries);
    pow_group(n2, out + at, e, first, n, window, table,
              table + n_entries * size);
    sc_wipe(table, (n_entries + 1) * 8 * size);
    sc_free(table);
    return SC_OK;
}

static sc_err pow_all(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                      size_t n, const exponents *e)
{
    sc_err err = SC_OK;

#pragma omp parallel for schedule(dynamic) if (n > GROUP)
    for (size_t i = 0; i < n; i += GROUP) {
        sc_err own = pow_some(n2, out, a, e, i, least(n - i, GROUP));

        if (own != SC_OK) {
#pragma omp atomic write
            err = own;
        }
    }
    return err;
}

sc_err sc_n2_pow(const sc_n2 *n2, uint64_t *out, const uint64_t *a, size_t n,
                 const uint64_t *exponent, size_t exp_bits)
{
    const exponents e = {exponent, 0, exp_bits};

    SC_ASSERT(exp_bits > 0);
    return pow_all(n2, out, a, n, &e);
}

sc_err sc_n2_pow_each(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                      const uint64_t *exponents_, size_t n, size_t exp_bits)
{
    const exponents e = {exponents_, (exp_bits + 63) / 64, exp_bits};

    SC_ASSERT(exp_bits > 0);
    return pow_all(n2, out, a, n, &e);
}

/* ---- inverses -------------------------------------------------------------
 *
 * Each lane goes through the elements in steps of SC_N2_LANES:
 *     before[g] = a[0] * ... * a[g],  g = 0, 1, ...
 * and from the inverse of a lane's last product, going down,
 *     1/a[g] = before[g - 1] / before[g].
 * The lanes' own products are inverted together, by the same trick in GMP. */

/* The n <= SC_N2_LANES numbers of 2*L words become their inverses mod N^2; 0, and
 * they stay, if one has none. */
static int invert_values(const sc_n2 *n2, uint64_t *x, size_t n)
{
    const size_t L = sc_n2_limbs(n2);
    mpz_t v[SC_N2_LANES], before[SC_N2_LANES], rest, N;
    int is_there;

    mpz_init(rest);
    mpz_init(N);
    sc_mpz_from_words(N, sc_n2_modulus(n2), L);
    mpz_mul(N, N, N);
    for (size_t i = 0; i < n; i++) {
        mpz_init(v[i]);
        mpz_init(before[i]);
        sc_mpz_from_words(v[i], x + 2 * L * i, 2 * L);
        if (i > 0) {
            mpz_mul(before[i], before[i - 1], v[i]);
            mpz_mod(before[i], before[i], N);
        } else {
            mpz_set(before[0], v[0]);
        }
    }
    is_there = mpz_invert(rest, before[n - 1], N) != 0;
    for (size_t i = n; is_there && i-- > 0;) {
        if (i > 0) {
            mpz_mul(before[i], rest, before[i - 1]);
            mpz_mod(before[i], before[i], N);
            mpz_mul(rest, rest, v[i]);
            mpz_mod(rest, rest, N);
        } else {
            mpz_set(before[0], rest);
        }
        sc_mpz_to_words(x + 2 * L * i, 2 * L, before[i]);
    }
    for (size_t i = 0; i < n; i++) {
        mpz_clear(v[i]);
        mpz_clear(before[i]);
    }
    mpz_clear(rest);
    mpz_clear(N);
    return is_there;
}

sc_err sc_n2_invert_vartime(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                            size_t n)
{
    const size_t size = sc_n2_words(n2, SC_N2_LANES);
    const size_t n_steps = (n + SC_N2_LANES - 1) / SC_N2_LANES;
    const size_t n_lanes = least(n, SC_N2_LANES);
    uint64_t *before, *rest, *own, *x;
    sc_err err = SC_E_BUG;

    if (n == 0) {
        return SC_OK;
    }
    before = sc_alloc_aligned(n_steps + 4, 8 * size); /* before[0] = 1 */
    if (before == NULL) {
        return SC_E_MEM;
    }
    rest = before + size * (n_steps + 1);
    own = rest + size;
    x = own + size;
    sc_n2_enter(n2, before, ones, 1, n_lanes);
    for (size_t g = 0; g < n_steps; g++) {
        memcpy(before + size * (g + 1), before + size * g, 8 * size);
        sc_n2_mul(n2, before + size * (g + 1), before + size * g, a + size * g,
                  least(n - SC_N2_LANES * g, SC_N2_LANES));
    }
    sc_n2_value(n2, x, before + size * n_steps, n_lanes);
    SC_REQUIRE(invert_values(n2, x, n_lanes), SC_E_ARG);
    sc_n2_enter(n2, rest, x, 2 * sc_n2_limbs(n2), n_lanes);
    for (size_t g = n_steps; g-- > 0;) {
        const size_t lanes = least(n - SC_N2_LANES * g, SC_N2_LANES);

        memcpy(own, a + size * g, 8 * sc_n2_words(n2, lanes));
        sc_n2_mul(n2, out + size * g, rest, before + size * g, lanes);
        sc_n2_mul(n2, rest, rest, own, lanes); /* out may be a */
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(out, 0, 8 * sc_n2_words(n2, n));
    }
    sc_free(before);
    return err;
}
