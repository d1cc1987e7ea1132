/* he/scan.c: every entry under a mask, all or nothing. */
#include "he/scan.h"

#include "base/err.h"
#include "base/mem.h"
#include "he/words.h"

/* Two words at once, which every x86-64 and arm64 can. */
typedef uint64_t pair __attribute__((vector_size(16), aligned(8), may_alias));

#define COLUMNS 16 /* words of an element that are summed together: 8 pairs */

/* out = COLUMNS words of the entry whose mask is all ones. Written out, for the
 * sums are to stay in registers. */
static void scan_columns(uint64_t *out, const uint64_t *table, size_t step,
                         const pair *mask, size_t n_entries)
{
    pair a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    pair *to = (pair *)out;

    for (size_t i = 0; i < n_entries; i++) {
        const pair *x = (const pair *)(table + step * i), m = mask[i];

        a |= x[0] & m;
        b |= x[1] & m;
        c |= x[2] & m;
        d |= x[3] & m;
        e |= x[4] & m;
        f |= x[5] & m;
        g |= x[6] & m;
        h |= x[7] & m;
    }
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
    to[4] = e;
    to[5] = f;
    to[6] = g;
    to[7] = h;
}

void sc_scan(uint64_t *out, const uint64_t *table, size_t size, size_t step,
             size_t n_entries, uint64_t which)
{
    pair mask[SC_SCAN_MAX_ENTRIES];
    size_t at = 0;

    SC_ASSERT(n_entries <= SC_SCAN_MAX_ENTRIES);
    for (size_t e = 0; e < n_entries; e++) {
        uint64_t m = sc_mask_equal(e, which);

        mask[e] = (pair){m, m};
    }
    for (; at + COLUMNS <= size; at += COLUMNS) {
        scan_columns(out + at, table + at, step, mask, n_entries);
    }
    for (; at < size; at++) {
        out[at] = 0;
        for (size_t e = 0; e < n_entries; e++) {
            out[at] |= table[step * e + at] & mask[e][0];
        }
    }
    sc_wipe(mask, sizeof *mask * n_entries);
}
