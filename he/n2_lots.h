/* he/n2_lots.h: arrays of elements mod N^2 as lots of eight lanes.
 *
 * What stands behind he/n2.h where the machine has the lanes of n2_lanes.h. Every
 * function takes n elements and goes lot by lot; of the last lot only the lanes
 * that are asked for are written. Adversary: as in n2.h. */
#ifndef SC_HE_N2_LOTS_H
#define SC_HE_N2_LOTS_H

#include "he/n2_lanes.h"
#include "he/n2_one.h"

typedef struct {
    sc_n2_lanes lanes;
    const sc_n2_one *one; /* the same modulus */
    uint64_t *constants;  /* lots, each the same in all lanes */
} sc_n2_lots;

/*   Returns: SC_E_MEM */
SC_MUST_USE sc_err sc_n2_lots_new(sc_n2_lots **lots, const sc_n2_one *one);
void sc_n2_lots_free(sc_n2_lots **lots); /* wipes */

size_t sc_n2_lots_words(const sc_n2_lots *lots, size_t n);

void sc_n2_lots_enter(const sc_n2_lots *lots, uint64_t *out, const uint64_t *x,
                      size_t x_limbs, size_t n);
void sc_n2_lots_leave(const sc_n2_lots *lots, uint64_t *digits,
                      const uint64_t *a, size_t n);
void sc_n2_lots_one_plus(const sc_n2_lots *lots, uint64_t *out,
                         const uint64_t *m, size_t n);
void sc_n2_lots_mul(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                    const uint64_t *b, size_t n);
void sc_n2_lots_sqr(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                    size_t n);
void sc_n2_lots_sqr_mul(const sc_n2_lots *lots, uint64_t *c, const uint64_t *a,
                        size_t times, const uint64_t *b, size_t n);
void sc_n2_lots_select(const sc_n2_lots *lots, uint64_t *out,
                       const uint64_t *table, size_t n_entries,
                       const uint32_t *which, size_t n);

/* Tables that many elements choose from, as he/n2.h has them. */
size_t sc_n2_lots_table_words(const sc_n2_lots *lots, size_t n_entries);
size_t sc_n2_lots_log_words(const sc_n2_lots *lots, size_t n);
void sc_n2_lots_table_put(const sc_n2_lots *lots, uint64_t *tables,
                          size_t n_entries, size_t at, const uint64_t *a,
                          const uint64_t *inverses, size_t n);
void sc_n2_lots_table_mul(const sc_n2_lots *lots, uint64_t *a, uint64_t *logs,
                          const uint64_t *table, size_t n_entries,
                          const uint32_t *which, size_t n);
void sc_n2_lots_add_logs(const sc_n2_lots *lots, uint64_t *a,
                         const uint64_t *logs, size_t n);

#endif
