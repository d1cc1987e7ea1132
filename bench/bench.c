/* bench/bench.c: order statistics of wall-clock times. */
#include "bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

/* The model's name as Linux tells it on x86; "" elsewhere. */
static void read_cpu(char *out, size_t len)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];

    out[0] = '\0';
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        const char *colon = strchr(line, ':');

        if (colon != NULL && strncmp(line, "model name", 10) == 0) {
            snprintf(out, len, "%.*s", (int)strcspn(colon + 2, "\n"),
                     colon + 2);
            break;
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

void sc_bench_init(sc_bench *b, const char *title)
{
    const char *ms = getenv("SC_BENCH_MS");
    struct utsname os = {0};
    char cpu[160];

    memset(b, 0, sizeof *b);
    b->case_ns = 1000000 * (ms != NULL            ? strtoull(ms, NULL, 10)
                            : sc_bench_is_quick() ? 30
                                                  : 300);
    read_cpu(cpu, sizeof cpu);
    uname(&os);
    printf("# %s: %s %s, %s, %ld processors, compiler %s\n", title, os.sysname,
           os.machine, cpu, sysconf(_SC_NPROCESSORS_ONLN), __VERSION__);
}

void sc_bench_begin(sc_bench *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(b->name, sizeof b->name, format, args);
    va_end(args);
    b->n_runs = 0;
    b->is_warm = 0;
    b->began = 0;
}

static void start_run(sc_bench *b)
{
    b->cpu_started = read_ns(CLOCK_PROCESS_CPUTIME_ID);
    b->started = now_ns();
    if (b->began == 0) {
        b->began = b->started;
    }
}

/* Keep the times, unless this run was the one that warms up. */
static void end_run(sc_bench *b)
{
    uint64_t now = now_ns();

    if (b->is_warm && b->n_runs < SC_BENCH_MAX_RUNS) {
        b->ns[b->n_runs] = now - b->started;
        b->cpu_ns[b->n_runs++] =
            read_ns(CLOCK_PROCESS_CPUTIME_ID) - b->cpu_started;
    }
    b->is_warm = 1;
}

int sc_bench_wants_more(const sc_bench *b)
{
    return b->n_runs < SC_BENCH_MAX_RUNS &&
           (b->n_runs < SC_BENCH_MIN_RUNS || now_ns() - b->began < b->case_ns);
}

/* Called before each run and after the last. */
int sc_bench_next(sc_bench *b)
{
    if (b->began != 0) {
        end_run(b);
    }
    if (b->began != 0 && !sc_bench_wants_more(b)) {
        return 0;
    }
    start_run(b);
    return 1;
}

void sc_bench_timed(sc_bench *b, void (*work)(void *ctx), void *ctx)
{
    start_run(b);
    work(ctx);
    end_run(b);
}

int sc_bench_is_quick(void)
{
    const char *quick = getenv("SC_BENCH_QUICK");

    return quick != NULL && quick[0] != '\0' && strcmp(quick, "0") != 0;
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double sc_bench_report(sc_bench *b, uint64_t n_bytes)
{
    const size_t n = b->n_runs;
    uint64_t median;
    double rate = 0;

    qsort(b->ns, n, sizeof b->ns[0], compare_u64);
    qsort(b->cpu_ns, n, sizeof b->cpu_ns[0], compare_u64);
    median = b->ns[n / 2];
    printf("%s median_ns=%llu p10=%llu p90=%llu runs=%zu", b->name,
           (unsigned long long)median, (unsigned long long)b->ns[n / 10],
           (unsigned long long)b->ns[n * 9 / 10], n);
    if (n_bytes > 0) {
        rate = (double)n_bytes / (double)median;
        printf(" GB/s=%.2f per_core=%.2f", rate, sc_bench_per_core(b, n_bytes));
    }
    printf("\n");
    fflush(stdout);
    return rate;
}

double sc_bench_per_core(const sc_bench *b, uint64_t n_bytes)
{
    const size_t middle = b->n_runs / 2;

    return (double)n_bytes / (double)b->cpu_ns[middle];
}
