/* cli/progress.c: the line is written anew ten times a second at most. */
#include "cli/progress.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_MS    100
#define SETTLED_MS  500 /* no rate from less than this */
#define CLEAR_RIGHT "\x1b[K"

/* "999 B", "1.2 kB", "34.5 MB". */
static void size_words(char *out, size_t len, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t u = 0;

    while (bytes >= 999.5 && u + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        u++;
    }
    (void)snprintf(out, len, u == 0 || bytes >= 99.95 ? "%.0f %s" : "%.1f %s",
                   bytes, units[u]);
}

static void time_words(char *out, size_t len, uint64_t s)
{
    if (s < 60) {
        (void)snprintf(out, len, "%llu s", (unsigned long long)s);
    } else if (s < 3600) {
        (void)snprintf(out, len, "%llu min %02llu s",
                       (unsigned long long)(s / 60),
                       (unsigned long long)(s % 60));
    } else {
        (void)snprintf(out, len, "%llu h %02llu min",
                       (unsigned long long)(s / 3600),
                       (unsigned long long)(s / 60 % 60));
    }
}

/* Append to a line that holds n of len bytes; returns its new length. */
static size_t append(char *out, size_t len, size_t n, const char *before,
                     const char *text, const char *after)
{
    int more = snprintf(out + n, len - n, "%s%s%s", before, text, after);

    if (more < 0) {
        return n;
    }
    return (size_t)more < len - n ? n + (size_t)more : len - 1;
}

void sc_progress_words(char *out, size_t len, const char *phase, uint64_t done,
                       uint64_t total, uint64_t since, uint64_t elapsed_ms)
{
    double rate = elapsed_ms == 0 || done < since
                      ? 0
                      : (double)(done - since) * 1000 / (double)elapsed_ms;
    char words[40];
    size_t n;

    (void)snprintf(words, sizeof words, "%-8.30s", phase);
    n = append(out, len, 0, words, "", "");
    if (done == 0 && total == 0) {
        return;
    }
    size_words(words, sizeof words, (double)done);
    n = append(out, len, n, " ", words, "");
    if (total > 0) {
        size_words(words, sizeof words, (double)total);
        n = append(out, len, n, " of ", words, "");
    }
    if (elapsed_ms < SETTLED_MS || rate < 1) {
        return;
    }
    size_words(words, sizeof words, rate);
    n = append(out, len, n, "  ", words, "/s");
    if (total > done) {
        time_words(words, sizeof words,
                   (uint64_t)((double)(total - done) / rate + 0.5));
        (void)append(out, len, n, "  ", words, " left");
    }
}

void sc_progress_init(sc_progress *p, FILE *to)
{
    *p = (sc_progress){.to = to, .is_on = isatty(fileno(to)) == 1};
}

void sc_progress_show(sc_progress *p, const char *phase, uint64_t done,
                      uint64_t total)
{
    uint64_t now = sc_clock_ms();
    char words[160];

    if (!p->is_on) {
        return;
    }
    if (strncmp(p->phase, phase, sizeof p->phase - 1) != 0) {
        sc_progress_end(p);
        (void)snprintf(p->phase, sizeof p->phase, "%s", phase);
        p->since_ms = now;
        p->since_bytes = done;
    } else if (now - p->shown_ms < EVERY_MS) {
        return;
    }
    p->shown_ms = now;
    sc_progress_words(words, sizeof words, p->phase, done, total,
                      p->since_bytes, now - p->since_ms);
    (void)fprintf(p->to, "\r%s" CLEAR_RIGHT, words);
    (void)fflush(p->to);
}

void sc_progress_end(sc_progress *p)
{
    if (p->is_on && p->phase[0] != '\0') {
        (void)fputc('\n', p->to);
        (void)fflush(p->to);
        p->phase[0] = '\0';
    }
}
