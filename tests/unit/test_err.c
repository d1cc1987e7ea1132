/* tests/unit/test_err.c: each error has its own words and an exit status. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/kat.h"

static void test_each_has_its_words(void **state)
{
    (void)state;
    for (int a = 0; a < SC_N_ERRORS; a++) {
        CHECK(sc_err_text((sc_err)a)[0] != '\0');
        for (int b = 0; b < a; b++) {
            CHECK(strcmp(sc_err_text((sc_err)a), sc_err_text((sc_err)b)) != 0);
        }
    }
    CHECK_STR(sc_err_text(SC_OK), "success");
    CHECK_STR(sc_err_text(SC_E_WIRE), "a message is malformed");
    CHECK_STR(sc_err_text((sc_err)SC_N_ERRORS), "unknown error");
    CHECK_STR(sc_err_text((sc_err)-1), "unknown error");
}

static void test_exit_statuses(void **state)
{
    (void)state;
    CHECK_I64(sc_err_exit_status(SC_OK), 0);
    CHECK_I64(sc_err_exit_status(SC_E_MEM), 1);
    CHECK_I64(sc_err_exit_status(SC_E_TIMEOUT), 1);
    CHECK_I64(sc_err_exit_status(SC_E_BUG), 1);
    CHECK_I64(sc_err_exit_status(SC_E_ARG), 2);
    CHECK_I64(sc_err_exit_status(SC_E_CONFIG), 2);
    CHECK_I64(sc_err_exit_status(SC_E_REFUSED), 3);
    CHECK_I64(sc_err_exit_status(SC_E_CHEAT), 4);
    CHECK_I64(sc_err_exit_status(SC_E_CORRUPT), 4);
    CHECK_I64(sc_err_exit_status(SC_E_UNANCHORED), 5);
    for (int e = 1; e < SC_N_ERRORS; e++) {
        CHECK(sc_err_exit_status((sc_err)e) != 0);
    }
}

static sc_err first_of(sc_err a, sc_err b, int *n_calls)
{
    sc_err err = SC_E_BUG;

    SC_TRY(a);
    (*n_calls)++;
    SC_TRY(b);
    (*n_calls)++;
    SC_REQUIRE(*n_calls == 2, SC_E_STATE);
    err = SC_OK;
out:
    return err;
}

static void test_try_stops_at_the_first(void **state)
{
    int n_calls = 0;

    (void)state;
    CHECK_ERR(SC_E_IO, first_of(SC_E_IO, SC_E_MEM, &n_calls));
    CHECK_I64(n_calls, 0);
    CHECK_ERR(SC_E_MEM, first_of(SC_OK, SC_E_MEM, &n_calls));
    CHECK_I64(n_calls, 1);
    CHECK_ERR(SC_E_STATE, first_of(SC_OK, SC_OK, &n_calls)); /* 1 + 2 calls */
    n_calls = 0;
    CHECK_OK(first_of(SC_OK, SC_OK, &n_calls));
}

/* A broken invariant names its place on standard error and aborts. */
static void test_assert_aborts(void **state)
{
    const struct rlimit no_core = {0, 0};
    char said[256] = {0};
    int ends[2], status = 0;
    pid_t child;

    (void)state;
    SC_ASSERT(1 + 1 == 2);
    CHECK(pipe(ends) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL); /* not cmocka's handler */
        dup2(ends[1], STDERR_FILENO);
        SC_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    close(ends[1]);
    CHECK(read(ends[0], said, sizeof said - 1) > 0);
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK(strstr(said, "test_err.c:") != NULL);
    CHECK(strstr(said, "1 + 1 == 3") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_its_words),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_try_stops_at_the_first),
        cmocka_unit_test(test_assert_aborts),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
