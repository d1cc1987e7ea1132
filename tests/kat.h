/* tests/kat.h: known answers from files, and the checks of every test.
 *
 * A vector file is a row of blocks with a blank line between them; a line of a
 * block is `name = value`; a line that begins with # is a comment. The file is
 * found under $SC_VECTORS, else tests/vectors. Whatever is wrong with it (the
 * file is missing or has no block, a name is missing or twice there, a value is
 * malformed) fails the test that reads it.
 *
 *   sc_kat t;
 *
 *   for (sc_kat_open(&t, "shamir.kat"); sc_kat_next(&t);) {
 *       ... sc_kat_bytes(&t, "key") ...
 *   }
 *
 * A value is good until the next call of sc_kat_next, which closes the file
 * behind the last block. */
#ifndef SC_TESTS_KAT_H
#define SC_TESTS_KAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/err.h"

#define SC_KAT_MAX_VALUES 64 /* of one block */

typedef struct {
    char name[256]; /* of the file, for messages */
    char *text;     /* the file, cut into lines */
    char *rest;     /* what is not read yet */
    size_t n_blocks;
    size_t n_values;
    struct {
        const char *name, *value;
        uint8_t *bytes; /* decoded by sc_kat_bytes, else NULL */
    } values[SC_KAT_MAX_VALUES];
} sc_kat;

void sc_kat_open(sc_kat *t, const char *file);
/* 1 if there is another block. */
int sc_kat_next(sc_kat *t);

/* 1 if this block has the name. */
int sc_kat_has(const sc_kat *t, const char *name);
/* The value as it stands; "" is an empty one. */
const char *sc_kat_str(const sc_kat *t, const char *name);
sc_bytes sc_kat_text(const sc_kat *t, const char *name);
/* A value in hexadecimal, decoded. */
sc_bytes sc_kat_bytes(sc_kat *t, const char *name);
/* Decimal, or hexadecimal with 0x. */
uint64_t sc_kat_u64(const sc_kat *t, const char *name);
int64_t sc_kat_i64(const sc_kat *t, const char *name);
size_t sc_kat_size(const sc_kat *t, const char *name);
/* The i-th of several numbers with blanks between them, and how many. */
uint64_t sc_kat_u64_at(const sc_kat *t, const char *name, size_t i);
int64_t sc_kat_i64_at(const sc_kat *t, const char *name, size_t i);
size_t sc_kat_count(const sc_kat *t, const char *name);

/* ---- checks ------------------------------------------------------------- */

#define CHECK(ok)      _assert_true(!!(ok) ? 1 : 0, #ok, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_ERR(SC_OK, call)
#define CHECK_ERR(expected, call)                                              \
    sc_check_err((expected), (call), #call, __FILE__, __LINE__)
#define CHECK_U64(got, expected)                                               \
    _assert_int_equal((uint64_t)(got), (uint64_t)(expected), __FILE__, __LINE__)
#define CHECK_I64(got, expected)                                               \
    sc_check_i64((got), (expected), #got, __FILE__, __LINE__)
#define CHECK_STR(got, expected)                                               \
    _assert_string_equal((got), (expected), __FILE__, __LINE__)
#define CHECK_BYTES(got, expected, len)                                        \
    sc_check_bytes((got), (expected), (len), __FILE__, __LINE__)
/* Calls `sc_err body(void *arg)` with its first, second, ... sc_alloc failing:
 * SC_E_MEM each time, and SC_OK once none fails. Body leaves nothing behind. */
#define CHECK_ALLOC(body, arg) CHECK_ALLOC_THEN(body, NULL, arg)
/* The same, and `void after(void *arg)` tidies up each time, where nothing fails. */
#define CHECK_ALLOC_THEN(body, after, arg)                                     \
    sc_check_alloc((body), (after), (arg), #body, __FILE__, __LINE__)
#define CHECK_ZERO(p, len) sc_check_zero((p), (len), __FILE__, __LINE__)

void sc_check_err(sc_err expected, sc_err got, const char *call,
                  const char *file, int line);
void sc_check_i64(int64_t got, int64_t expected, const char *what,
                  const char *file, int line);
void sc_check_bytes(const void *got, const void *expected, size_t len,
                    const char *file, int line);
void sc_check_alloc(sc_err (*body)(void *), void (*after)(void *), void *arg,
                    const char *what, const char *file, int line);
void sc_check_zero(const void *p, size_t len, const char *file, int line);

#endif
