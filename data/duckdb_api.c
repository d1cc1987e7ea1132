/* data/duckdb_api.c: finding libduckdb.so and its calls. */
#include "data/duckdb_api.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY   "libduckdb.so"
#define MIN_MAJOR 1
#define MIN_MINOR 2 /* allowed_paths */

static void *open_library(const char *path, sc_fault *why)
{
    void *library =
        dlopen(path != NULL ? path : LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        (void)sc_fault_set(why, SC_E_CONFIG, "cannot load DuckDB: %s",
                           dlerror());
        sc_fault_remedy(why, "run `make deps`, or set SC_DUCKDB to the path of "
                             "libduckdb.so");
    }
    return library;
}

static int find(void *call, void *library, const char *name)
{
    void *p = dlsym(library, name);

    static_assert(sizeof p == sizeof(void (*)(void)), "POSIX promises it");
    memcpy(call, &p, sizeof p);
    return p != NULL;
}

static sc_err find_calls(sc_duckdb_api *api, sc_fault *why)
{
    const char *missing = NULL;

#define X(result, name, arguments)                                             \
    if (!find(&api->name, api->library, "duckdb_" #name)) {                    \
        missing = #name;                                                       \
    }
    SC_DUCKDB_CALLS(X)
#undef X
    if (missing != NULL) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "this libduckdb has no duckdb_%s: it is another "
                            "version or another library",
                            missing);
    }
    return SC_OK;
}

static sc_err check_version(const sc_duckdb_api *api, sc_fault *why)
{
    const char *version = api->library_version();
    unsigned long major = 0, minor = 0;
    char *end = NULL;

    if (version[0] == 'v') { /* "v1.5.6"; else 0.0, which is too old */
        major = strtoul(version + 1, &end, 10);
        minor = end[0] == '.' ? strtoul(end + 1, NULL, 10) : 0;
    }
    if (major < MIN_MAJOR || (major == MIN_MAJOR && minor < MIN_MINOR)) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "DuckDB %.32s cannot be locked to single files",
                           version);
        sc_fault_remedy(why, "use DuckDB %d.%d or later", MIN_MAJOR, MIN_MINOR);
        return SC_E_CONFIG;
    }
    return SC_OK;
}

sc_err sc_duckdb_load(sc_duckdb_api *api, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    memset(api, 0, sizeof *api);
    api->library = open_library(path, why);
    SC_REQUIRE(api->library != NULL, SC_E_CONFIG);
    SC_TRY(find_calls(api, why));
    SC_TRY(check_version(api, why));
    err = SC_OK;
out:
    if (err != SC_OK) {
        api->library = NULL;
    }
    return err;
}
