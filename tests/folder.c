/* tests/folder.c: below $TMPDIR, else /tmp. */
#include "tests/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/kat.h"

int sc_folder_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = sc_path_join(tmp != NULL ? tmp : "/tmp", "sc_test_XXXXXX");

    *state = dir;
    return dir != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}

static void remove_all(const char *dir)
{
    char **found = NULL;
    size_t n = 0;

    if (sc_dir_list(&found, &n, dir, NULL) != SC_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        char *path = sc_path_join(dir, found[i]);
        struct stat st;

        if (path != NULL && lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            remove_all(path);
        } else if (path != NULL) {
            (void)unlink(path);
        }
        sc_free(path);
    }
    sc_free(found);
    (void)rmdir(dir);
}

int sc_folder_remove(void **state)
{
    remove_all(*state);
    sc_free(*state);
    return 0;
}

int sc_folder_enter(void **state)
{
    return sc_folder_setup(state) != 0 || chdir(*state) != 0;
}

int sc_folder_leave(void **state)
{
    return chdir("/") != 0 || sc_folder_remove(state) != 0;
}

void sc_folder_write(const char *dir, const char *name, const char *text)
{
    char *path = sc_path_join(dir, name);

    CHECK(path != NULL);
    CHECK_OK(sc_file_replace(path, sc_bytes_of(text), 0600, NULL));
    sc_free(path);
}
