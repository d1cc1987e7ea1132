/* base/log.c: a line is built whole and leaves in one write(2), so that lines
 * of several threads and processes do not mix. What does not fit is cut; a
 * control byte becomes '?', so that a line stays a line. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"

#define LINE_MAX_LEN 1024 /* below PIPE_BUF: one write is not split */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

sc_log sc_log_make(const char *who)
{
    sc_log log = {.least = SC_LOG_INFO};
    const char *wanted = getenv("SC_LOG");

    snprintf(log.who, sizeof log.who, "%s", who);
    for (unsigned i = SC_LOG_DEBUG; wanted != NULL && i <= SC_LOG_ERROR; i++) {
        if (strcmp(wanted, level_names[i]) == 0) {
            log.least = (sc_log_level)i;
        }
    }
    return log;
}

/* snprintf's answer as the length that the text really has. */
static size_t fitted(int n, size_t room)
{
    if (n < 0) {
        return 0;
    }
    return (size_t)n < room ? (size_t)n : room - 1;
}

void sc_log_line(const sc_log *log, sc_log_level level, const char *module,
                 const char *format, ...)
{
    char line[LINE_MAX_LEN], when[21];
    const size_t room = sizeof line - 1; /* for the text; then the newline */
    size_t len;
    va_list args;

    if (log == NULL || level < log->least) {
        return;
    }
    sc_utc_print(when, sc_clock_wall());
    len = fitted(snprintf(line, room, "%s %s%s%s %s: ", when, log->who,
                          log->who[0] != '\0' ? " " : "", level_names[level],
                          module),
                 room);
    va_start(args, format);
    len += fitted(vsnprintf(line + len, room - len, format, args), room - len);
    va_end(args);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nowhere left to report to */
    }
}
