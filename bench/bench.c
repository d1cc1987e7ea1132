/* bench/bench.c: order statistics of wall-clock times. */
#include "bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
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
    b->case_ns = 1000000 * (ms != NULL ? strtoull(ms, NULL, 10) : 300);
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

/* Called before each run and after the last. */
int sc_bench_next(sc_bench *b)
{
    uint64_t now = now_ns();

    if (b->began == 0) { /* before the run that warms up */
        b->began = now;
        return 1;
    }
    if (b->is_warm) {
        b->ns[b->n_runs++] = now - b->started;
    }
    b->is_warm = 1;
    if (b->n_runs == SC_BENCH_MAX_RUNS ||
        (b->n_runs >= SC_BENCH_MIN_RUNS && now - b->began >= b->case_ns)) {
        return 0;
    }
    b->started = now_ns();
    return 1;
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
    median = b->ns[n / 2];
    printf("%s median_ns=%llu p10=%llu p90=%llu runs=%zu", b->name,
           (unsigned long long)median, (unsigned long long)b->ns[n / 10],
           (unsigned long long)b->ns[n * 9 / 10], n);
    if (n_bytes > 0) {
        rate = (double)n_bytes / (double)median;
        printf(" GB/s=%.2f", rate);
    }
    printf("\n");
    fflush(stdout);
    return rate;
}
