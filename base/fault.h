/* base/fault.h: an error with all that its reader needs.
 *
 * What happened, where (party, phase; or file, line, column) and what to do.
 * From net/session.h upward the last out argument of a call that can fail is
 * `sc_fault *why`; protocols keep the bare sc_err. Texts hold no secret and no
 * byte of a peer that was not checked to be printable. */
#ifndef SC_BASE_FAULT_H
#define SC_BASE_FAULT_H

#include <stddef.h>

#include "base/err.h"

typedef struct {
    sc_err code;
    char party[64];   /* who is named; "" if nobody */
    char phase[32];   /* "load", "commit", ...; "" outside a session */
    char file[256];   /* configuration or data file; "" if none */
    unsigned line;    /* from 1; 0 if none */
    unsigned column;  /* from 1; 0 if none */
    char text[512];   /* what happened: a sentence without a full stop */
    char remedy[256]; /* what to do; "" if nothing helps */
} sc_fault;

/* Fill why (accepts NULL) with code and printf-style text, clearing the rest,
 * and return code, so that a function can `return sc_fault_set(why, ...)`. */
sc_err sc_fault_set(sc_fault *why, sc_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add to an existing fault; each accepts NULL. */
void sc_fault_party(sc_fault *why, const char *party);
void sc_fault_phase(sc_fault *why, const char *phase);
void sc_fault_at(sc_fault *why, const char *file, unsigned line,
                 unsigned column);
void sc_fault_remedy(sc_fault *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* If why is still empty (code SC_OK), fill it with sc_err_text(code). Returns
 * code; the way to pass up a bare sc_err from a protocol. */
sc_err sc_fault_from(sc_fault *why, sc_err code);

/* "alice, commit: text (remedy)" or "file:3:7: text; remedy"; NUL-terminated,
 * cut to len. */
void sc_fault_print(char *out, size_t len, const sc_fault *why);

/* Texts that do not fit are cut between characters of UTF-8. The same for others' texts
 * that were cut: the first bytes of a character at the end are dropped. */
void sc_fault_cut(char *text);

#endif
