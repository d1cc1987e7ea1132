/* base/err.c: the list of err.h turned into words and exit statuses. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

#define X(name, text) [name] = (text),
static const char *const texts[SC_N_ERRORS] = {SC_ERRORS(X)};
#undef X

const char *sc_err_text(sc_err e)
{
    if ((unsigned)e >= SC_N_ERRORS) {
        return "unknown error";
    }
    return texts[e];
}

int sc_err_exit_status(sc_err e)
{
    switch (e) {
    case SC_OK:
        return 0;
    case SC_E_ARG:
    case SC_E_CONFIG:
        return 2;
    case SC_E_REFUSED:
        return 3;
    case SC_E_CHEAT:
    case SC_E_CORRUPT:
        return 4;
    case SC_E_UNANCHORED:
        return 5;
    default:
        return 1;
    }
}

void sc_assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, what);
    abort();
}
