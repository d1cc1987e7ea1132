/* he/fixed_base.c: one window after the other for a few elements at once.
 *
 * The table is read from end to end for a group of elements, not for each: a
 * window's entries stay in the nearest cache while the group passes over them. */
#include "he/fixed_base.h"

#include <string.h>

#include "base/mem.h"
#include "he/words.h"

#define GROUP ((size_t)2 * SC_N2_LANES)

struct sc_fixed_base {
    const sc_n2 *n2;
    size_t exp_bits, window, n_windows;
    uint64_t *entries; /* [window j][digit d] base^(d * 2^(w*j)) */
};

static uint64_t *entries_of(const sc_fixed_base *t, size_t j)
{
    return t->entries + j * sc_n2_shared_words(t->n2, (size_t)1 << t->window);
}

/* All of window j, from power = base^(2^(w*j)), which becomes that of j + 1. */
static void fill_window(const sc_fixed_base *t, size_t j, uint64_t *power,
                        uint64_t *entry)
{
    const size_t n_entries = (size_t)1 << t->window;
    const uint64_t one = 1;

    sc_n2_enter(t->n2, entry, &one, 1, 1);
    for (size_t d = 0; d < n_entries; d++) {
        sc_n2_share(t->n2, entries_of(t, j), d, entry);
        sc_n2_mul(t->n2, entry, entry, power, 1);
    }
    memcpy(power, entry, 8 * sc_n2_words(t->n2, 1));
}

static sc_err fill(const sc_fixed_base *t, const uint64_t *base)
{
    const size_t size = sc_n2_words(t->n2, 1);
    uint64_t *power = sc_alloc(2 * size, 8);

    if (power == NULL) {
        return SC_E_MEM;
    }
    memcpy(power, base, 8 * size);
    for (size_t j = 0; j < t->n_windows; j++) {
        fill_window(t, j, power, power + size);
    }
    sc_free(power);
    return SC_OK;
}

sc_err sc_fixed_base_new(sc_fixed_base **table, const sc_n2 *n2,
                         const uint64_t *base, size_t exp_bits, size_t window)
{
    sc_fixed_base *made = NULL;
    sc_err err = SC_E_BUG;

    *table = NULL;
    if (window == 0 || window > SC_FIXED_BASE_MAX_WINDOW || exp_bits == 0) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->n2 = n2;
    made->exp_bits = exp_bits;
    made->window = window;
    made->n_windows = (exp_bits + window - 1) / window;
    made->entries =
        sc_alloc(made->n_windows * sc_n2_shared_words(n2, (size_t)1 << window),
                 8);
    SC_REQUIRE(made->entries != NULL, SC_E_MEM);
    SC_TRY(fill(made, base));
    *table = made;
    made = NULL;
    err = SC_OK;
out:
    sc_fixed_base_free(&made);
    return err;
}

void sc_fixed_base_free(sc_fixed_base **table)
{
    if (*table != NULL) {
        sc_free((*table)->entries);
        sc_free(*table);
        *table = NULL;
    }
}

static void mul_group(const sc_fixed_base *t, uint64_t *a,
                      const uint64_t *exponents, size_t n, uint64_t *factors)
{
    const size_t n_words = (t->exp_bits + 63) / 64;
    uint32_t which[GROUP];

    for (size_t j = 0; j < t->n_windows; j++) {
        for (size_t i = 0; i < n; i++) {
            which[i] = sc_words_bits(exponents + n_words * i, n_words,
                                     t->window * j, t->window);
        }
        sc_n2_select_shared(t->n2, factors, entries_of(t, j),
                            (size_t)1 << t->window, which, n);
        sc_n2_mul(t->n2, a, a, factors, n);
    }
    sc_wipe(which, sizeof which);
}

sc_err sc_fixed_base_mul(const sc_fixed_base *table, uint64_t *a,
                         const uint64_t *exponents, size_t n)
{
    const size_t n_words = (table->exp_bits + 63) / 64;
    const size_t size = 8 * sc_n2_words(table->n2, GROUP);
    uint64_t *factors = sc_alloc(size, 1);

    if (factors == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < n; i += GROUP) {
        mul_group(table, a + sc_n2_words(table->n2, i), exponents + n_words * i,
                  n - i < GROUP ? n - i : GROUP, factors);
    }
    sc_wipe(factors, size);
    sc_free(factors);
    return SC_OK;
}
