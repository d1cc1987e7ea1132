/* base/log.h: lines on standard error for the operator.
 *
 * "2026-11-21T10:00:00Z alice info net: bob linked". SC_LOG=debug|info|warn|error
 * (default info). Never a secret, never a row (of data at most the
 * bad value that its owner must mend, made printable), never an unchecked peer
 * byte.
 * Thread-safe; a line is one write. */
#ifndef SC_BASE_LOG_H
#define SC_BASE_LOG_H

typedef enum {
    SC_LOG_DEBUG,
    SC_LOG_INFO,
    SC_LOG_WARN,
    SC_LOG_ERROR
} sc_log_level;

typedef struct {
    char who[32]; /* the party, or "" */
    sc_log_level least;
} sc_log;

/* Level from SC_LOG. */
sc_log sc_log_make(const char *who);
/* Accepts log = NULL (silent). */
void sc_log_line(const sc_log *log, sc_log_level level, const char *module,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
