/* bench/bench.h: time a piece of code, print one line a case.
 *
 *     SC_BENCH(b, "sum_mask bits=%d n=%zu", bits, n) {
 *         ... the work ...
 *         sc_bench_keep(y);
 *     }
 *     sc_bench_report(b, n_bytes);
 *
 * prints "sum_mask bits=64 n=3 median_ns=.. p10=.. p90=.. runs=.. GB/s=..
 * per_core=..".
 * The body runs once to warm up, then as often as fits the case's time.
 *
 * Two things that are compared on a machine whose pace changes are timed in
 * turn: sc_bench_begin for both, then sc_bench_timed for each of them as long
 * as sc_bench_wants_more of one. */
#ifndef SC_BENCH_BENCH_H
#define SC_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define SC_BENCH_MAX_RUNS 2001
#define SC_BENCH_MIN_RUNS 7

typedef struct {
    char name[160];   /* of the case */
    uint64_t case_ns; /* time to spend on one case */
    uint64_t started, cpu_started, began;
    uint64_t ns[SC_BENCH_MAX_RUNS];     /* by the clock */
    uint64_t cpu_ns[SC_BENCH_MAX_RUNS]; /* of all threads of the process */
    size_t n_runs;
    int is_warm;
} sc_bench;

/* Prints the machine, as a line that begins with '#'. The environment's
 * SC_BENCH_MS is the time a case takes; default 300. */
void sc_bench_init(sc_bench *b, const char *title);

#define SC_BENCH(b, ...)                                                       \
    for (sc_bench_begin((b), __VA_ARGS__); sc_bench_next(b);)
void sc_bench_begin(sc_bench *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int sc_bench_next(sc_bench *b);
/* Run work(ctx) and keep its time; the first one of a case warms up only. */
void sc_bench_timed(sc_bench *b, void (*work)(void *ctx), void *ctx);
int sc_bench_wants_more(const sc_bench *b);
/* SC_BENCH_QUICK is set: small sizes are enough. */
int sc_bench_is_quick(void);

/* Print the case; n_bytes is what one run moved, 0 for none. Returns GB/s (10^9
 * bytes) at the median, 0 without bytes. */
double sc_bench_report(sc_bench *b, uint64_t n_bytes);
/* GB/s by the processors' time instead of the clock's: the rate of one core, and
 * steadier where other programs run too. After sc_bench_report. */
double sc_bench_per_core(const sc_bench *b, uint64_t n_bytes);
/* The compiler must believe that *p is read. */
static inline void sc_bench_keep(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

#endif
