/* data/engine_config.c: see the header. */
#include "data/engine_config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "data/wire.h"

static sc_err bad_file(const char *file, const char *words, sc_fault *why)
{
    (void)sc_fault_set(why, SC_E_CONFIG, "%s", words);
    sc_fault_at(why, file, 0, 0);
    return SC_E_CONFIG;
}

static sc_err check_source(const sc_source *s, sc_fault *why)
{
    if (s->n_files == 0 || s->n_files > SC_ENGINE_MAX_FILES ||
        s->n_nulls > SC_ENGINE_MAX_NULLS) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "table %s needs 1 to %d files, and at most %d "
                            "texts for NULL",
                            s->table->name, SC_ENGINE_MAX_FILES,
                            SC_ENGINE_MAX_NULLS);
    }
    for (size_t i = 0; i < s->n_nulls; i++) {
        if (strpbrk(s->nulls[i], "\",;|\t\r\n") != NULL) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "table %s: a text for NULL may hold no quote, "
                                "comma, semicolon, bar, tab or line end",
                                s->table->name);
        }
    }
    for (size_t i = 0; i < s->n_files; i++) {
        const char *file = s->files[i];

        if (file[0] != '/') {
            return bad_file(file, "not an absolute path", why);
        }
        if (strpbrk(file, "*?[]{}") != NULL) {
            return bad_file(file,
                            "a name with any of *?[]{} would be a pattern",
                            why);
        }
        if (access(file, R_OK) != 0) {
            return bad_file(file, strerror(errno), why);
        }
    }
    return SC_OK;
}

sc_err sc_engine_config_check(const sc_engine_config *c, sc_fault *why)
{
    if (c->n_sources == 0 || c->n_sources > SC_ENGINE_MAX_SOURCE) {
        return sc_fault_set(why, SC_E_CONFIG, "1 to %d tables, not %zu",
                            SC_ENGINE_MAX_SOURCE, c->n_sources);
    }
    for (size_t i = 0; i < c->n_sources; i++) {
        sc_err err = check_source(&c->sources[i], why);

        if (err != SC_OK) {
            return err;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(c->sources[i].table->name, c->sources[j].table->name) ==
                0) {
                return sc_fault_set(why, SC_E_CONFIG, "table %s twice",
                                    c->sources[i].table->name);
            }
        }
    }
    return SC_OK;
}
