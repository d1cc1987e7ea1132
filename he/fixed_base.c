/* he/fixed_base.c: one window after the other for a few elements at once.
 *
 * The table is read from end to end for a group of elements, not for each: a
 * window's entries stay in the nearest cache while the group passes over them. */
#include "he/fixed_base.h"

#include <string.h>

#include "base/mem.h"
#include "he/power.h"
#include "he/words.h"

#define LANES ((size_t)SC_N2_LANES)
#define GROUP (16 * LANES)

struct sc_fixed_base {
    const sc_n2 *n2;
    size_t exp_bits, window, n_windows;
    uint64_t *entries; /* [window j][digit d] base^(d * 2^(w*j)) */
};

static uint64_t *entries_of(const sc_fixed_base *t, size_t j)
{
    return t->entries + j * sc_n2_table_words(t->n2, (size_t)1 << t->window);
}

/* What fills SC_N2_LANES windows side by side. */
typedef struct {
    uint64_t *next;     /* base^(2^(w*j)), of the first window to come */
    uint64_t *powers;   /* the same of each window in hand */
    uint64_t *a;        /* [digit d] their entries */
    uint64_t *inverses; /* of those */
} filling;

/* Windows from `first` on; those behind the last are made and not kept. */
static sc_err fill_windows(const sc_fixed_base *t, const filling *f,
                           size_t first)
{
    static const uint64_t ones[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
    const size_t n_entries = (size_t)1 << t->window;
    const size_t lot = sc_n2_words(t->n2, LANES), rest = t->n_windows - first;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < LANES; i++) {
        sc_n2_copy(t->n2, f->powers, i, f->next, 0);
        for (size_t k = 0; k < t->window; k++) {
            sc_n2_sqr(t->n2, f->next, f->next, 1);
        }
    }
    sc_n2_enter(t->n2, f->a, ones, 1, LANES);
    for (size_t d = 1; d < n_entries; d++) {
        sc_n2_mul(t->n2, f->a + lot * d, f->a + lot * (d - 1), f->powers,
                  LANES);
    }
    SC_TRY(sc_n2_invert_vartime(t->n2, f->inverses, f->a, n_entries * LANES));
    for (size_t d = 0; d < n_entries; d++) {
        sc_n2_table_put(t->n2, entries_of(t, first), n_entries, d,
                        f->a + lot * d, f->inverses + lot * d,
                        rest < LANES ? rest : LANES);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err fill(const sc_fixed_base *t, const uint64_t *base)
{
    const size_t lot = sc_n2_words(t->n2, LANES);
    const size_t n_entries = (size_t)1 << t->window;
    uint64_t *all = sc_alloc_aligned(2 + 2 * n_entries, 8 * lot);
    filling f = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(all != NULL, SC_E_MEM);
    f = (filling){all, all + lot, all + 2 * lot, all + (2 + n_entries) * lot};
    sc_n2_copy(t->n2, f.next, 0, base, 0);
    for (size_t j = 0; j < t->n_windows; j += LANES) {
        SC_TRY(fill_windows(t, &f, j));
    }
    err = SC_OK;
out:
    sc_free(all);
    return err;
}

sc_err sc_fixed_base_new(sc_fixed_base **table, const sc_n2 *n2,
                         const uint64_t *base, size_t exp_bits, size_t window)
{
    sc_fixed_base *made = NULL;
    sc_err err = SC_E_BUG;

    *table = NULL;
    if (window == 0 || window > SC_FIXED_BASE_MAX_WINDOW || exp_bits == 0 ||
        (exp_bits + window - 1) / window > SC_N2_MAX_LOGS) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->n2 = n2;
    made->exp_bits = exp_bits;
    made->window = window;
    made->n_windows = (exp_bits + window - 1) / window;
    made->entries = sc_alloc_aligned(
        made->n_windows * sc_n2_table_words(n2, (size_t)1 << window), 8);
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
                      const uint64_t *exponents, size_t bits, size_t n,
                      uint64_t *logs)
{
    const size_t n_words = (bits + 63) / 64;
    uint32_t which[GROUP];

    memset(logs, 0, 8 * sc_n2_log_words(t->n2, n));
    for (size_t at = 0; at < bits; at += t->window) {
        for (size_t i = 0; i < n; i++) {
            which[i] =
                sc_words_bits(exponents + n_words * i, n_words, at, t->window);
        }
        sc_n2_table_mul(t->n2, a, logs, entries_of(t, at / t->window),
                        (size_t)1 << t->window, which, n);
    }
    sc_n2_add_logs(t->n2, a, logs, n);
    sc_wipe(which, sizeof which);
}

sc_err sc_fixed_base_mul(const sc_fixed_base *table, uint64_t *a,
                         const uint64_t *exponents, size_t bits, size_t n)
{
    const size_t n_words = (bits + 63) / 64;
    const size_t size = 8 * sc_n2_log_words(table->n2, GROUP);
    uint64_t *logs = sc_alloc_aligned(size, 1);

    SC_ASSERT(bits <= table->exp_bits);
    if (logs == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < n; i += GROUP) {
        mul_group(table, a + sc_n2_words(table->n2, i), exponents + n_words * i,
                  bits, n - i < GROUP ? n - i : GROUP, logs);
    }
    sc_wipe(logs, size);
    sc_free(logs);
    return SC_OK;
}
