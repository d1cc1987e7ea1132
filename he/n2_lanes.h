/* he/n2_lanes.h: eight elements mod N^2 at a time, in digits of 52 bits.
 *
 * What stands behind he/n2.h where the machine has AVX-512 IFMA: the same digits
 * in base N (n2.c has the algebra), with R = 2^(52*D), D digits a number, and
 * R > 2^8 * N. The slack lets numbers stay below 8N between operations; they
 * become least residues when they leave.
 *
 * A lot is 2*D rows of eight words: row d has digit d of each of eight numbers
 * A0, row D + d those of A1. Adversary: as in n2.h; addresses and time depend on
 * D and the counts alone. */
#ifndef SC_HE_N2_LANES_H
#define SC_HE_N2_LANES_H

#include <stddef.h>
#include <stdint.h>

#define SC_N2_LANES_MIN_LIMBS  4 /* below: too little slack in N itself */
#define SC_N2_LANES_MAX_DIGITS 80
#define SC_N2_LANES_DIGIT_BITS 52
#define SC_N2_PICK_LOTS        4

typedef struct {
    size_t L, D;
    uint64_t neg_inv; /* -1/N mod 2^52 */
    uint64_t N[SC_N2_LANES_MAX_DIGITS];
    uint64_t offset[SC_N2_LANES_MAX_DIGITS + 2]; /* a multiple of N, above R */
} sc_n2_lanes;

/* Has the machine the instructions, and nobody forbade them (SC_CPU)? */
int sc_n2_lanes_are_here(void);
/* N has L >= SC_N2_LANES_MIN_LIMBS words, is odd, top word not 0. */
void sc_n2_lanes_init(sc_n2_lanes *k, const uint64_t *N, size_t L);
/* Words of a lot. */
size_t sc_n2_lanes_lot(const sc_n2_lanes *k);

/* Lots in and out, n_lots of them; c may be a or b. a and b below 8N. */
void sc_n2_lanes_mul(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                     const uint64_t *b, size_t n_lots);
void sc_n2_lanes_sqr(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                     size_t n_lots);
/* c = a^(2^times) * b; c is not b, unless times is 0. */
void sc_n2_lanes_sqr_mul(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                         size_t times, const uint64_t *b, size_t n_lots);
/* c = a*x for one digit x: the lot of (x, 0) without its second half. */
void sc_n2_lanes_mul_digit(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                           const uint64_t *x, size_t n_lots);
/* out = columns/R mod N, for D columns of 64 bits; below 2N. */
void sc_n2_lanes_fold(const sc_n2_lanes *k, uint64_t *out,
                      const uint64_t *columns);
/* c = a + b, digit by digit, carries done; nothing is reduced. One lot. */
void sc_n2_lanes_add(const sc_n2_lanes *k, uint64_t *c, const uint64_t *a,
                     const uint64_t *b);
/* The D digits of a number of n_words words, every step words apart from the
 * last: `step` 8 is one lane of a lot's half. */
void sc_n2_lanes_split(const sc_n2_lanes *k, uint64_t *digits, size_t step,
                       const uint64_t *x, size_t n_words);
/* n_words words of the number that they are digits of. */
void sc_n2_lanes_join(const sc_n2_lanes *k, uint64_t *x, size_t n_words,
                      const uint64_t *digits, size_t step);
/* Each lane of out is that lane of the table's entry which[lane], the entries
 * being lots step words apart. All are read. */
void sc_n2_lanes_select(const sc_n2_lanes *k, uint64_t *out,
                        const uint64_t *table, size_t step, size_t n_entries,
                        const uint32_t *which);
/* ---- a table for all lanes: 2*D rows of sc_n2_lanes_row(n_entries) words ------ */

size_t sc_n2_lanes_row(size_t n_entries);
/* For n_lots <= SC_N2_PICK_LOTS lots of choices: the first D rows of the entries
 * chosen, and the last D rows added to logs. All of the table is read. */
void sc_n2_lanes_pick(const sc_n2_lanes *k, uint64_t *residues, uint64_t *logs,
                      const uint64_t *table, size_t n_entries,
                      const uint32_t *which, size_t n_lots);

#endif
