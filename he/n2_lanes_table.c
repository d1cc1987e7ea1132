/* he/n2_lanes_table.c: eight lanes choose from a table.
 *
 * Where each lane has a table of its own, all entries are read under masks. Where
 * all lanes share one, sixteen words of a row are in two registers and a
 * permutation picks a word for each lane: what it picks no address and no time
 * tells, and it is sixteen times as fast. */
#include "base/mem.h"
#include "he/lanes.h"
#include "he/n2_lanes.h"

#define BLOCK   10 /* rows in registers at a time; D is a multiple */
#define AT_ONCE 16

/* Registers only if no index is computed. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9)

LANES_INLINE lanes load_choice(const uint32_t *which)
{
    uint64_t wide[SC_LANES];
    lanes x;

    for (size_t i = 0; i < SC_LANES; i++) {
        wide[i] = which[i];
    }
    x = lanes_load(wide);
    sc_wipe(wide, sizeof wide);
    return x;
}

ON_LANES void sc_n2_lanes_select(const sc_n2_lanes *k, uint64_t *out,
                                 const uint64_t *table, size_t step,
                                 size_t n_entries, const uint32_t *which)
{
    const size_t lot = sc_n2_lanes_lot(k);
    const lanes chosen = load_choice(which);

    for (size_t j = 0; j < lot; j += 8 * BLOCK) {
#define NONE(i) lanes x##i = lanes_all(0);
#define READ(i) x##i = lanes_choose(x##i, mask, lanes_load(entry + 8 * (i)));
#define KEEP(i) lanes_store(out + j + 8 * (i), x##i);
        EACH(NONE)
        for (size_t e = 0; e < n_entries; e++) {
            const uint64_t *entry = table + step * e + j;
            const uint8_t mask = lanes_equal(chosen, e);

            EACH(READ)
        }
        EACH(KEEP)
    }
}

/* ---- shared ---------------------------------------------------------------- */

size_t sc_n2_lanes_row(size_t n_entries)
{
    return (n_entries + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
}

/* Ten rows, for one lot: its words of the rows go to out, added to what is there
 * if is_sum. */
LANES_BLOCK void pick(uint64_t *out, const uint64_t *rows, size_t row,
                      lanes chosen, int is_sum)
{
    const lanes high = lanes_div16(chosen);

#define START(i) lanes x##i = lanes_all(0);
#define PICK(i)                                                                \
    x##i = lanes_choose(x##i, mask, lanes_pick(rows + row * (i) + e, chosen));
#define ADD(i)   x##i = lanes_add(x##i, lanes_load(out + 8 * (i)));
#define STORE(i) lanes_store(out + 8 * (i), x##i);
    EACH(START)
    for (size_t e = 0; e < row; e += AT_ONCE) {
        const uint8_t mask = lanes_equal(high, e / AT_ONCE);

        EACH(PICK)
    }
    if (is_sum) {
        EACH(ADD)
    }
    EACH(STORE)
}

ON_LANES void sc_n2_lanes_pick(const sc_n2_lanes *k, uint64_t *residues,
                               uint64_t *logs, const uint64_t *table,
                               size_t n_entries, const uint32_t *which,
                               size_t n_lots)
{
    const size_t row = sc_n2_lanes_row(n_entries), half = 8 * k->D;
    const uint64_t *second = table + row * k->D;

    for (size_t d = 0; d < k->D; d += BLOCK) {
        for (size_t i = 0; i < n_lots; i++) { /* the rows stay at hand */
            const lanes chosen = load_choice(which + SC_LANES * i);

            pick(residues + half * i + 8 * d, table + row * d, row, chosen, 0);
            pick(logs + half * i + 8 * d, second + row * d, row, chosen, 1);
        }
    }
}
