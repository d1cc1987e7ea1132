/* cli/progress.h: how far a job is, one line a phase, on a terminal only. */
#ifndef SC_CLI_PROGRESS_H
#define SC_CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    FILE *to;
    int is_on;      /* `to` is a terminal */
    char phase[32]; /* of the line that stands; "" if none */
    uint64_t since_ms, shown_ms;
    uint64_t since_bytes; /* what was done when the phase began */
} sc_progress;

/* Silent unless `to` is a terminal. */
void sc_progress_init(sc_progress *p, FILE *to);
/* done of total bytes (total 0: unknown), of all phases. A new phase ends the
 * line of the one before; the rate is its own. */
void sc_progress_show(sc_progress *p, const char *phase, uint64_t done,
                      uint64_t total);
/* End the line that stands. */
void sc_progress_end(sc_progress *p);

/* The words of a line: "load     1.2 MB of 4.0 MB  600 kB/s  5 s left". since:
 * of done, what came before the elapsed_ms. */
void sc_progress_words(char *out, size_t len, const char *phase, uint64_t done,
                       uint64_t total, uint64_t since, uint64_t elapsed_ms);

#endif
