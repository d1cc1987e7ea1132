/* tests/unit/engine_fixture.h: an engine over files of a test's own.
 *
 * The test binary is its own engine child: started as `engine FD [DUCKDB]`, its
 * main goes to sc_engine_child before cmocka is heard of. libduckdb.so is found
 * as in the product: SC_DUCKDB, the build's folder, the system. */
#ifndef SC_TESTS_ENGINE_FIXTURE_H
#define SC_TESTS_ENGINE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/engine.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define WAIT_MS 60000 /* generous: sanitizers, busy machines */

/* First line of main: does not return in the child. */
static inline void be_child(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "engine") == 0) {
        _exit(sc_engine_child((int)strtol(argv[2], NULL, 10),
                              argc > 3 ? argv[3] : NULL));
    }
}

/* ---- columns and tables ---------------------------------------------- */

static inline sc_column col(const char *name, sc_type type, int64_t min,
                            int64_t max)
{
    sc_column c = {.type = type, .min = min, .max = max};

    (void)snprintf(c.name, sizeof c.name, "%s", name);
    return c;
}

static inline sc_column decimal(const char *name, unsigned scale, int64_t min,
                                int64_t max)
{
    sc_column c = col(name, SC_T_DECIMAL, min, max);

    c.scale = scale;
    return c;
}

static inline sc_column category(const char *name, char **values, size_t n)
{
    sc_column c = col(name, SC_T_CATEGORY, 0, (int64_t)n - 1);

    c.categories = values;
    c.n_categories = n;
    return c;
}

static inline sc_table table_of(const char *name, sc_column *columns, size_t n)
{
    sc_table t = {.columns = columns, .n_columns = n, .max_rows = 1000000};

    (void)snprintf(t.name, sizeof t.name, "%s", name);
    return t;
}

/* ---- a place with one source ----------------------------------------- */

typedef struct {
    char path[512]; /* of the file */
    const char *files[1];
    sc_source source;
    sc_engine *engine;
    sc_fault why;
} place;

static inline void place_init(place *p, const char *dir, const char *file,
                              const char *text, const sc_table *t)
{
    static const char *const nulls[] = {"", "NA"};

    memset(p, 0, sizeof *p);
    (void)snprintf(p->path, sizeof p->path, "%s/%s", dir, file);
    if (text != NULL) {
        sc_folder_write(dir, file, text);
    }
    p->files[0] = p->path;
    p->source = (sc_source){.table = t,
                            .files = p->files,
                            .n_files = 1,
                            .nulls = nulls,
                            .n_nulls = 2};
}

/* DuckDB is not built with the thread sanitizer, which therefore reports its
 * pool: there it works on the one thread that asks. */
#ifdef __SANITIZE_THREAD__
#define ENGINE_THREADS 1
#else
#define ENGINE_THREADS 2
#endif

static inline sc_err place_start(place *p)
{
    sc_engine_config c = {.sources = &p->source,
                          .n_sources = 1,
                          .program = "/proc/self/exe",
                          .memory_mb = 512,
                          .threads = ENGINE_THREADS};

    memset(&p->why, 0, sizeof p->why);
    return sc_engine_new(&p->engine, &c, &p->why);
}

static inline void place_open(place *p)
{
    sc_err err = place_start(p);

    if (err != SC_OK) {
        print_error("%s\n", p->why.text);
    }
    CHECK_OK(err);
}

static inline sc_asset place_asset(place *p)
{
    sc_asset a;
    sc_err err =
        sc_engine_asset(p->engine, 0, &a, sc_clock_ms() + WAIT_MS, &p->why);

    if (err != SC_OK) {
        print_error("%s\n", p->why.text);
    }
    CHECK_OK(err);
    return a;
}

static inline sc_err place_run(place *p, const sc_asset *a,
                               const sc_fragment *f, sc_i128 *sums)
{
    memset(&p->why, 0, sizeof p->why);
    return sc_engine_run(p->engine, 0, a->digest, f, sums,
                         sc_clock_ms() + WAIT_MS, &p->why);
}

static inline void place_close(place *p)
{
    sc_engine_free(&p->engine);
}

#endif
