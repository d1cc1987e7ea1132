/* base/mem.c: calloc with a counter. The two thread-local words are the one
 * exception to "no mutable state of a file": they let a test fail any chosen
 * allocation of the code under it. */
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local uint64_t n_calls; /* since sc_alloc_fail_at */
static _Thread_local uint64_t fail_at; /* 0: never */

#define LINE ((size_t)64)

/* 0 if there is to be no memory: no object is larger, and the product may wrap. */
static int is_possible(size_t n, size_t size)
{
    n_calls++;
    return n_calls != fail_at &&
           (size == 0 || n <= (PTRDIFF_MAX - LINE) / size);
}

void *sc_alloc(size_t n, size_t size)
{
    if (!is_possible(n, size)) {
        return NULL;
    }
    return n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
}

void *sc_alloc_aligned(size_t n, size_t size)
{
    size_t whole = (n * size + LINE - 1) / LINE * LINE;
    void *p;

    if (!is_possible(n, size)) {
        return NULL;
    }
    whole = whole == 0 ? LINE : whole;
    p = aligned_alloc(LINE, whole);
    if (p != NULL) {
        memset(p, 0, whole);
    }
    return p;
}

void sc_free(void *p)
{
    free(p);
}

void sc_wipe_free(void *p, size_t len)
{
    if (p != NULL) {
        sc_wipe(p, len);
    }
    sc_free(p);
}

char *sc_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = sc_alloc(size, 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void sc_wipe(void *p, size_t len)
{
    if (len > 0) {
        sodium_memzero(p, len);
    }
}

void sc_alloc_fail_at(uint64_t k)
{
    n_calls = 0;
    fail_at = k;
}

uint64_t sc_alloc_count(void)
{
    return n_calls;
}
