/* cli/library.c: what is loaded runs with the node's rights, so it must be as hard
 * to change as the program itself. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIBRARY "libduckdb.so"

/* Root's or the program's owner's; no other user may write. */
static int is_as_safe(const char *path, const struct stat *program)
{
    struct stat st;

    return lstat(path, &st) == 0 &&
           (st.st_uid == 0 || st.st_uid == program->st_uid) &&
           (st.st_mode & S_IWOTH) == 0 &&
           ((st.st_mode & S_IWGRP) == 0 || st.st_gid == program->st_gid);
}

static sc_err check(const char *path, const char *program, sc_fault *why)
{
    char folder[PATH_MAX];
    struct stat st;

    (void)snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    if (stat(program, &st) == 0 && is_as_safe(path, &st) &&
        is_as_safe(folder, &st)) {
        return SC_OK;
    }
    (void)sc_fault_set(why, SC_E_CONFIG,
                       "it is not loaded: users who may not change this "
                       "program may change it or its folder");
    sc_fault_at(why, path, 0, 0);
    sc_fault_remedy(why, "give both to root or to the program's owner, closed "
                         "to others; or set SC_DUCKDB to a path you trust");
    return SC_E_CONFIG;
}

sc_err sc_library_find(char path[static PATH_MAX], const char *program,
                       sc_fault *why)
{
    static const char *const places[] = {"../lib/sharechain", "duckdb",
                                         "../duckdb"};
    const char *slash = strrchr(program, '/');

    path[0] = '\0';
    for (size_t i = 0; slash != NULL && i < sizeof places / sizeof *places;
         i++) {
        char place[2 * PATH_MAX];
        char *found;

        (void)snprintf(place, sizeof place, "%.*s/%s/" LIBRARY,
                       (int)(slash - program), program, places[i]);
        found = realpath(place, NULL);
        if (found == NULL || strlen(found) >= PATH_MAX) {
            free(found);
            continue;
        }
        memcpy(path, found, strlen(found) + 1);
        free(found);
        return check(path, program, why);
    }
    return SC_OK;
}
