/* tests/kat.c: the whole file is read at once; values point into it. Memory
 * comes from calloc, not sc_alloc: that counter belongs to the code on test. */
#include "tests/kat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

#define MAX_FILE_LEN ((long)64 << 20)

static void close_file(sc_kat *t)
{
    for (size_t i = 0; i < t->n_values; i++) {
        free(t->values[i].bytes);
    }
    free(t->text);
    t->text = t->rest = NULL;
    t->n_values = 0;
}

void sc_kat_open(sc_kat *t, const char *file)
{
    const char *folder = getenv("SC_VECTORS");
    long len = -1;
    FILE *f;

    memset(t, 0, sizeof *t);
    snprintf(t->name, sizeof t->name, "%s/%s",
             folder != NULL ? folder : "tests/vectors", file);
    f = fopen(t->name, "rb");
    if (f == NULL) {
        fail_msg("%s: %s", t->name, strerror(errno));
    }
    if (fseek(f, 0, SEEK_END) == 0) {
        len = ftell(f);
    }
    if (len < 0 || len > MAX_FILE_LEN || fseek(f, 0, SEEK_SET) != 0) {
        fail_msg("%s: not a file of vectors", t->name);
    }
    t->text = calloc((size_t)len + 1, 1);
    assert_non_null(t->text);
    if (fread(t->text, 1, (size_t)len, f) != (size_t)len) {
        fail_msg("%s: cannot be read", t->name);
    }
    fclose(f);
    t->rest = t->text;
}

/* Cut the next line off; NULL at the end of the file. */
static char *next_line(sc_kat *t)
{
    char *line = t->rest, *end;

    if (*line == '\0') {
        return NULL;
    }
    end = strchr(line, '\n');
    if (end == NULL) {
        t->rest = line + strlen(line);
    } else {
        *end = '\0';
        t->rest = end + 1;
    }
    return line;
}

static void add_value(sc_kat *t, char *line)
{
    char *equals = strstr(line, " =");
    char *value = equals == NULL ? NULL : equals + 2;

    if (value == NULL || (*value != ' ' && *value != '\0')) {
        fail_msg("%s: `%s` is not `name = value`", t->name, line);
        return; /* not reached; for the static analyser */
    }
    *equals = '\0';
    if (sc_kat_has(t, line)) {
        fail_msg("%s: `%s` is twice in a block", t->name, line);
    }
    if (t->n_values == SC_KAT_MAX_VALUES) {
        fail_msg("%s: too many values in a block", t->name);
    }
    t->values[t->n_values].name = line;
    t->values[t->n_values].value = *value == ' ' ? value + 1 : value;
    t->n_values++;
}

int sc_kat_next(sc_kat *t)
{
    char *line;

    for (size_t i = 0; i < t->n_values; i++) {
        free(t->values[i].bytes);
    }
    memset(t->values, 0, sizeof t->values);
    t->n_values = 0;
    while ((line = next_line(t)) != NULL) {
        if (*line == '#') {
            continue;
        }
        if (*line != '\0') {
            add_value(t, line);
        } else if (t->n_values > 0) {
            break;
        }
    }
    if (t->n_values > 0) {
        t->n_blocks++;
        return 1;
    }
    close_file(t);
    if (t->n_blocks == 0) {
        fail_msg("%s: no vector in it", t->name);
    }
    return 0;
}

/* The place of a name in the block; n_values if it is not there. */
static size_t find(const sc_kat *t, const char *name)
{
    size_t i = 0;

    while (i < t->n_values && strcmp(t->values[i].name, name) != 0) {
        i++;
    }
    return i;
}

static size_t must_find(const sc_kat *t, const char *name)
{
    size_t i = find(t, name);

    if (i == t->n_values) {
        fail_msg("%s: block %zu has no `%s`", t->name, t->n_blocks, name);
    }
    return i;
}

int sc_kat_has(const sc_kat *t, const char *name)
{
    return find(t, name) < t->n_values;
}

const char *sc_kat_str(const sc_kat *t, const char *name)
{
    return t->values[must_find(t, name)].value;
}

sc_bytes sc_kat_text(const sc_kat *t, const char *name)
{
    return sc_bytes_of(sc_kat_str(t, name));
}

sc_bytes sc_kat_bytes(sc_kat *t, const char *name)
{
    size_t i = must_find(t, name);
    size_t len = strlen(t->values[i].value) / 2;

    if (t->values[i].bytes == NULL) {
        t->values[i].bytes = calloc(len + 1, 1);
        assert_non_null(t->values[i].bytes);
        if (sc_hex_get(t->values[i].bytes, len,
                       sc_bytes_of(t->values[i].value)) != SC_OK) {
            fail_msg("%s: block %zu: `%s` is not hexadecimal", t->name,
                     t->n_blocks, name);
        }
    }
    return (sc_bytes){t->values[i].bytes, len};
}

/* The i-th word of a value; fails if there is none. */
static const char *word_at(const sc_kat *t, const char *name, size_t i)
{
    const char *word = sc_kat_str(t, name);

    for (word += strspn(word, " "); i > 0 && *word != '\0'; i--) {
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    if (*word == '\0') {
        fail_msg("%s: block %zu: `%s` is too short", t->name, t->n_blocks,
                 name);
    }
    return word;
}

static int base_of(const char *word)
{
    return strncmp(word, "0x", 2) == 0 ? 16 : 10;
}

static void check_number(const sc_kat *t, const char *name, const char *word,
                         const char *end)
{
    if (errno != 0 || end == word || (*end != '\0' && *end != ' ')) {
        fail_msg("%s: block %zu: `%s` is no number that fits", t->name,
                 t->n_blocks, name);
    }
}

uint64_t sc_kat_u64_at(const sc_kat *t, const char *name, size_t i)
{
    const char *word = word_at(t, name, i);
    char *end;
    uint64_t v;

    errno = *word == '-' ? ERANGE : 0;
    v = strtoull(word, &end, base_of(word));
    check_number(t, name, word, end);
    return v;
}

int64_t sc_kat_i64_at(const sc_kat *t, const char *name, size_t i)
{
    const char *word = word_at(t, name, i);
    char *end;
    int64_t v;

    errno = 0;
    v = strtoll(word, &end, base_of(word));
    check_number(t, name, word, end);
    return v;
}

uint64_t sc_kat_u64(const sc_kat *t, const char *name)
{
    CHECK_U64(sc_kat_count(t, name), 1);
    return sc_kat_u64_at(t, name, 0);
}

int64_t sc_kat_i64(const sc_kat *t, const char *name)
{
    CHECK_U64(sc_kat_count(t, name), 1);
    return sc_kat_i64_at(t, name, 0);
}

size_t sc_kat_size(const sc_kat *t, const char *name)
{
    return (size_t)sc_kat_u64(t, name);
}

size_t sc_kat_count(const sc_kat *t, const char *name)
{
    const char *word = sc_kat_str(t, name);
    size_t n = 0;

    for (word += strspn(word, " "); *word != '\0'; n++) {
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    return n;
}

void sc_check_err(sc_err expected, sc_err got, const char *call,
                  const char *file, int line)
{
    if (got != expected) {
        print_error("%s\n  gave `%s`, expected `%s`\n", call, sc_err_text(got),
                    sc_err_text(expected));
        _fail(file, line);
    }
}

void sc_check_i64(int64_t got, int64_t expected, const char *what,
                  const char *file, int line)
{
    if (got != expected) {
        print_error("%s is %lld, expected %lld\n", what, (long long)got,
                    (long long)expected);
        _fail(file, line);
    }
}

void sc_check_bytes(const void *got, const void *expected, size_t len,
                    const char *file, int line)
{
    if (len > 0) {
        _assert_memory_equal(got, expected, len, file, line);
    }
}

void sc_check_zero(const void *p, size_t len, const char *file, int line)
{
    const uint8_t *bytes = p;

    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            print_error("byte %zu of %zu is 0x%02x, not zero\n", i, len,
                        bytes[i]);
            _fail(file, line);
        }
    }
}

void sc_check_alloc(sc_err (*body)(void *), void (*after)(void *), void *arg,
                    const char *what, const char *file, int line)
{
    int has_failed = 1;

    for (uint64_t k = 1; has_failed; k++) {
        sc_err err;

        sc_alloc_fail_at(k);
        err = body(arg);
        has_failed = sc_alloc_count() >= k;
        sc_alloc_fail_at(0);
        if (after != NULL) {
            after(arg);
        }
        if (err != (has_failed ? SC_E_MEM : SC_OK)) {
            print_error("  with its allocation %llu failing\n",
                        (unsigned long long)k);
        }
        sc_check_err(has_failed ? SC_E_MEM : SC_OK, err, what, file, line);
    }
}
