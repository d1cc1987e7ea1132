/* tests/unit/test_keyfile.c: key files, made once, read only where private. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/conf/keyfile.h"
#include "tests/folder.h"
#include "tests/kat.h"

static const char *const names[] = {"identity.key", "log.key", "cosigner.key",
                                    "transport.key", "state.key"};
#define N_NAMES (sizeof names / sizeof *names)

/* A folder that does not exist yet, below the test's own; sc_free. */
static char *keys_folder(const char *dir)
{
    char *path = sc_path_join(dir, "deep/keys");

    CHECK(path != NULL);
    return path;
}

static void make_keys(sc_keys *keys, const char *folder)
{
    sc_rng rng = sc_rng_system();

    CHECK_OK(sc_keyfile_make(keys, folder, &rng, NULL));
}

static void test_make_and_load(void **state)
{
    char *folder = keys_folder(*state);
    sc_keys made = {0}, loaded = {0};
    struct stat st;

    make_keys(&made, folder);
    for (size_t i = 0; i < N_NAMES; i++) {
        char *path = sc_path_join(folder, names[i]);

        CHECK(stat(path, &st) == 0);
        CHECK_U64(st.st_mode & 07777, 0600);
        sc_free(path);
    }
    CHECK(stat(folder, &st) == 0);
    CHECK_U64(st.st_mode & 07777, 0700);
    CHECK_OK(sc_keyfile_load(&loaded, folder, NULL));
    CHECK_BYTES(&loaded, &made, sizeof made);
    sc_keys_clear(&made);
    sc_keys_clear(&loaded);
    sc_free(folder);
}

/* If any one of the five is there, nothing is written. */
static void test_never_over(void **state)
{
    const char *folder = *state;
    sc_rng rng = sc_rng_system();

    for (size_t i = 0; i < N_NAMES; i++) {
        char *path = sc_path_join(folder, names[i]);
        sc_keys keys = {0};
        sc_fault why = {0};
        char **found = NULL;
        size_t n = 0;

        CHECK_OK(sc_file_replace(path, sc_bytes_of("mine"), 0600, NULL));
        CHECK_ERR(SC_E_CONFIG, sc_keyfile_make(&keys, folder, &rng, &why));
        CHECK_STR(why.file, path);
        CHECK(why.remedy[0] != '\0');
        CHECK_ZERO(&keys, sizeof keys);
        CHECK_OK(sc_dir_list(&found, &n, folder, NULL));
        CHECK_U64(n, 1);
        sc_free(found);
        CHECK(unlink(path) == 0);
        sc_free(path);
    }
}

static void expect_refused(const char *folder, const char *name,
                           const char *words)
{
    sc_keys keys = {0};
    sc_fault why = {0};
    char *path = sc_path_join(folder, name);

    CHECK_ERR(SC_E_CONFIG, sc_keyfile_load(&keys, folder, &why));
    CHECK_STR(why.file, path);
    if (strstr(why.text, words) == NULL) {
        fail_msg("'%s' does not say '%s'", why.text, words);
    }
    CHECK_ZERO(&keys, sizeof keys);
    sc_free(path);
}

static void test_permissions(void **state)
{
    static const mode_t wide[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666};
    char *folder = keys_folder(*state);
    sc_keys keys = {0};

    make_keys(&keys, folder);
    for (size_t i = 0; i < N_NAMES; i++) {
        char *path = sc_path_join(folder, names[i]);

        for (size_t m = 0; m < sizeof wide / sizeof *wide; m++) {
            CHECK(chmod(path, wide[m]) == 0);
            expect_refused(folder, names[i], "others may read or write");
        }
        CHECK(chmod(path, 0400) == 0);
        CHECK_OK(sc_keyfile_load(&keys, folder, NULL));
        CHECK(chmod(path, 0600) == 0);
        sc_free(path);
    }
    sc_keys_clear(&keys);
    sc_free(folder);
}

static void test_damaged(void **state)
{
    char *folder = keys_folder(*state);
    sc_keys keys = {0};
    char *identity, *log_key, *elsewhere;
    sc_buf line = {0};

    make_keys(&keys, folder);
    identity = sc_path_join(folder, "identity.key");
    log_key = sc_path_join(folder, "log.key");
    elsewhere = sc_path_join(*state, "elsewhere");

    /* one key in another's place */
    CHECK_OK(sc_file_read(&line, log_key, 256, NULL));
    CHECK_OK(sc_file_replace(identity, sc_buf_bytes(&line), 0600, NULL));
    expect_refused(folder, "identity.key", "not a key of its purpose");
    /* too long, empty, absent, a folder, a link */
    for (int i = 0; i < 300; i++) {
        CHECK_OK(sc_buf_put_u8(&line, 'A'));
    }
    CHECK_OK(sc_file_replace(identity, sc_buf_bytes(&line), 0600, NULL));
    expect_refused(folder, "identity.key", "not a key of its purpose");
    CHECK_OK(sc_file_replace(identity, (sc_bytes){0}, 0600, NULL));
    expect_refused(folder, "identity.key", "not a key of its purpose");
    CHECK(unlink(identity) == 0);
    expect_refused(folder, "identity.key", "missing");
    CHECK(mkdir(identity, 0700) == 0);
    expect_refused(folder, "identity.key", "regular file");
    CHECK(rmdir(identity) == 0);
    CHECK_OK(sc_keys_put(&line, &keys, SC_KEY_IDENTITY));
    CHECK_OK(sc_file_replace(elsewhere, sc_buf_bytes(&line), 0600, NULL));
    CHECK(symlink(elsewhere, identity) == 0);
    expect_refused(folder, "identity.key", "regular file");

    sc_buf_clear(&line);
    sc_keys_clear(&keys);
    sc_free(identity);
    sc_free(log_key);
    sc_free(elsewhere);
    sc_free(folder);
}

static void test_no_folder(void **state)
{
    char *folder = keys_folder(*state);
    sc_rng dry = sc_rng_replay((sc_bytes){0});
    sc_keys keys = {0};

    expect_refused(folder, "identity.key", "missing");
    CHECK_ERR(SC_E_RNG, sc_keyfile_make(&keys, folder, &dry, NULL));
    CHECK_ZERO(&keys, sizeof keys);
    sc_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_make_and_load, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_never_over, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_permissions, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_damaged, sc_folder_setup,
                                        sc_folder_remove),
        cmocka_unit_test_setup_teardown(test_no_folder, sc_folder_setup,
                                        sc_folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
