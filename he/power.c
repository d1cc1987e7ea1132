/* he/power.c: eight elements at a time (SC_N2_LANES), a table of 2^w powers each.
 *
 * Powers 0 .. 2^w - 1 of an element lie behind one another; an entry is chosen by
 * reading all of them. From the highest window down: w squarings, a product. A
 * window that is zero multiplies by 1, as all do. */
#include "he/power.h"

#include <gmp.h>
#include <string.h>

#include "base/mem.h"
#include "he/words.h"

#define MAX_WINDOW 5

/* Exponents of n elements: step words from one to the next, 0 if all share. */
typedef struct {
    const uint64_t *words;
    size_t step, bits;
} exponents;

/* What costs least: bits squarings, bits / w products, 2^w - 2 for the table. */
static size_t window_for(size_t bits)
{
    return bits > 256 ? MAX_WINDOW : bits > 24 ? 4 : bits > 6 ? 2 : 1;
}

/* table[e] = a^e for n <= SC_N2_LANES elements. */
static void fill_table(const sc_n2 *n2, uint64_t *table, const uint64_t *a,
                       size_t n, size_t n_entries)
{
    const size_t size = sc_n2_words(n2, n);
    const uint64_t one = 1;

    for (size_t i = 0; i < n; i++) {
        sc_n2_enter(n2, table + sc_n2_words(n2, i), &one, 1, 1);
    }
    memcpy(table + size, a, 8 * size);
    for (size_t e = 2; e < n_entries; e++) {
        sc_n2_mul(n2, table + size * e, table + size * (e - 1), a, n);
    }
}

static void pow_lanes(const sc_n2 *n2, uint64_t *out, const exponents *e,
                      size_t first, size_t n, size_t window, uint64_t *table,
                      uint64_t *factor)
{
    const size_t n_entries = (size_t)1 << window;
    const size_t n_words = (e->bits + 63) / 64;
    uint32_t which[SC_N2_LANES];

    for (size_t at = (e->bits - 1) / window * window;; at -= window) {
        int is_first = at + window >= e->bits;

        for (size_t i = 0; i < n; i++) {
            which[i] = sc_words_bits(e->words + e->step * (first + i), n_words,
                                     at, window);
        }
        if (is_first) {
            sc_n2_select(n2, out, table, n_entries, which, n);
        } else {
            for (size_t i = 0; i < window; i++) {
                sc_n2_sqr(n2, out, out, n);
            }
            sc_n2_select(n2, factor, table, n_entries, which, n);
            sc_n2_mul(n2, out, out, factor, n);
        }
        if (at == 0) {
            break;
        }
    }
    sc_wipe(which, sizeof which);
}

static sc_err pow_all(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                      size_t n, const exponents *e)
{
    const size_t window = window_for(e->bits);
    const size_t n_entries = (size_t)1 << window;
    const size_t size = sc_n2_words(n2, SC_N2_LANES);
    uint64_t *table = sc_alloc(n_entries + 1, 8 * size);

    if (table == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < n; i += SC_N2_LANES) {
        size_t at = sc_n2_words(n2, i);
        size_t lanes = n - i < SC_N2_LANES ? n - i : SC_N2_LANES;

        fill_table(n2, table, a + at, lanes, n_entries);
        pow_lanes(n2, out + at, e, i, lanes, window, table,
                  table + n_entries * size);
    }
    sc_wipe(table, (n_entries + 1) * 8 * size);
    sc_free(table);
    return SC_OK;
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
    const exponents e = {exponents_, 1, exp_bits};

    SC_ASSERT(exp_bits > 0 && exp_bits <= 64);
    return pow_all(n2, out, a, n, &e);
}

/* ---- inverses ------------------------------------------------------------- */

/* x = 1/x mod N^2, 2*L words; 0 if there is none. */
static int invert_value(const sc_n2 *n2, uint64_t *x)
{
    const size_t L = sc_n2_limbs(n2);
    mpz_t v, N;
    int is_there;

    mpz_init(v);
    mpz_init(N);
    mpz_import(v, 2 * L, -1, 8, 0, 0, x);
    mpz_import(N, L, -1, 8, 0, 0, sc_n2_modulus(n2));
    mpz_mul(N, N, N);
    is_there = mpz_invert(v, v, N) != 0;
    if (is_there) {
        memset(x, 0, 16 * L);
        mpz_export(x, NULL, -1, 8, 0, 0, v);
    }
    mpz_clear(v);
    mpz_clear(N);
    return is_there;
}

/* before[i] = a[0] * ... * a[i]; then from the inverse of the last one, going
 * down, 1/a[i] = before[i - 1] / before[i]. */
sc_err sc_n2_invert_vartime(const sc_n2 *n2, uint64_t *out, const uint64_t *a,
                            size_t n)
{
    const size_t size = sc_n2_words(n2, 1);
    uint64_t *before = sc_alloc(n + 3, 8 * size), *rest, *own, *x;
    sc_err err = SC_E_BUG;

    if (before == NULL) {
        return SC_E_MEM;
    }
    rest = before + size * n;
    own = rest + size;
    x = own + size;
    memcpy(before, a, n > 0 ? 8 * size : 0);
    for (size_t i = 1; i < n; i++) {
        sc_n2_mul(n2, before + size * i, before + size * (i - 1), a + size * i,
                  1);
    }
    if (n > 0) {
        sc_n2_value(n2, x, before + size * (n - 1), 1);
        SC_REQUIRE(invert_value(n2, x), SC_E_ARG);
        sc_n2_enter(n2, rest, x, size, 1);
    }
    for (size_t i = n; i-- > 0;) {
        memcpy(own, a + size * i, 8 * size); /* out may be a */
        if (i > 0) {
            sc_n2_mul(n2, out + size * i, rest, before + size * (i - 1), 1);
            sc_n2_mul(n2, rest, rest, own, 1);
        } else {
            memcpy(out, rest, 8 * size);
        }
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(out, 0, 8 * size * n);
    }
    sc_free(before);
    return err;
}
