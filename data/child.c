/* data/child.c: the engine child, from its first instruction to its last.
 *
 *   1. give up descriptors, files, core dumps, privileges
 *   2. take SETUP
 *   3. load DuckDB and open an instance: it looks at processors and limits
 *   4. enter the sandbox: from here on the owner's files, read-only, and nothing
 *      else
 *   5. start its threads, lock it, say READY
 *   6. answer CHECK and RUN, one after the other, until the node hangs up
 *
 * No byte of data is looked at before step 6. */
#define _GNU_SOURCE /* POLLRDHUP */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"
#include "data/duckdb.h"
#include "data/sandbox.h"

/* Address space beside the memory in use: code and small change; a thread's
 * stack and what its allocators reserve without touching it. */
#define CODE_MB   1024
#define THREAD_MB 160

typedef struct {
    int fd;
    sc_duckdb_api api;
    sc_engine_setup setup;
    sc_duck *duck;
    sc_buf in, out;
} child;

/* A node that dies must not leave a long query behind. A thread waits for the
 * hang-up; PR_SET_PDEATHSIG would be shorter, but fires when the thread that
 * started the child ends, not the process. */
static void *watch(void *arg)
{
    const int *fd = arg;
    struct pollfd p = {*fd, POLLRDHUP, 0};

    for (;;) {
        if (poll(&p, 1, -1) > 0 && p.revents != 0) {
            _exit(0);
        }
    }
}

static sc_err start_watch(child *c)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, watch, &c->fd) != 0 ||
        pthread_detach(thread) != 0) {
        return SC_E_MEM;
    }
    return SC_OK;
}

/* ---- answers --------------------------------------------------------- */

static sc_err answer_fault(child *c, const sc_fault *why)
{
    sc_buf words = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(&words, "%s%s%s%s%s", why->file,
                         why->file[0] != '\0' ? ": " : "", why->text,
                         why->remedy[0] != '\0' ? "; " : "", why->remedy));
    SC_TRY(sc_engine_send(c->fd, SC_ENGINE_FAULT, sc_buf_bytes(&words)));
    err = SC_OK;
out:
    sc_buf_clear(&words);
    return err;
}

static sc_err do_check(child *c, sc_fault *why)
{
    sc_asset_report report;
    size_t source = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(
        sc_engine_get_check(&source, sc_buf_bytes(&c->in), c->setup.n_sources));
    SC_TRY(sc_duck_check(c->duck, &report, source, why));
    SC_TRY(sc_engine_put_report(&c->out, &report,
                                c->setup.sources[source].table->n_columns));
    err = SC_OK;
out:
    return err;
}

static sc_err do_run(child *c, sc_fault *why)
{
    sc_engine_task task = {0};
    sc_i128 *sums = NULL;
    size_t n = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_engine_get_run(&task, sc_buf_bytes(&c->in), c->setup.sources,
                             c->setup.n_sources));
    n = sc_fragment_cells(&task.fragment) * task.fragment.n_sums;
    sums = sc_alloc(n, sizeof *sums);
    SC_REQUIRE(sums != NULL, SC_E_MEM);
    SC_TRY(sc_duck_run(c->duck, sums, &task, why));
    SC_TRY(sc_engine_put_sums(&c->out, sums, n));
    err = SC_OK;
out:
    if (sums != NULL) {
        sc_wipe(sums, n * sizeof *sums);
        sc_free(sums);
    }
    sc_engine_task_clear(&task);
    return err;
}

static sc_err answer(child *c, sc_engine_kind kind)
{
    sc_fault why = {0};
    int is_check = kind == SC_ENGINE_CHECK;
    sc_err err = SC_E_WIRE;

    if (is_check) {
        err = do_check(c, &why);
    } else if (kind == SC_ENGINE_RUN) {
        err = do_run(c, &why);
    }
    if (err == SC_OK) {
        err =
            sc_engine_send(c->fd, is_check ? SC_ENGINE_REPORT : SC_ENGINE_SUMS,
                           sc_buf_bytes(&c->out));
    } else {
        (void)sc_fault_from(&why, err);
        err = answer_fault(c, &why);
    }
    sc_buf_reset(&c->out); /* an owner's sums do not wait for the next answer */
    return err;
}

/* ---- start ----------------------------------------------------------- */

static sc_err enter(child *c, int *has_landlock, sc_fault *why)
{
    size_t n = 0;
    const char **files = NULL;
    uint64_t address_mb =
        c->setup.memory_mb + CODE_MB + (uint64_t)c->setup.threads * THREAD_MB;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < c->setup.n_sources; i++) {
        n += c->setup.sources[i].n_files;
    }
    files = sc_alloc(n, sizeof *files);
    SC_REQUIRE(files != NULL, SC_E_MEM);
    n = 0;
    for (size_t i = 0; i < c->setup.n_sources; i++) {
        const sc_source *s = &c->setup.sources[i];

        for (size_t j = 0; j < s->n_files; j++) {
            files[n++] = s->files[j];
        }
    }
    SC_TRY(sc_sandbox_enter(has_landlock, files, n, address_mb, why));
    err = SC_OK;
out:
    sc_free(files);
    return err;
}

static sc_err start(child *c, const char *duckdb_path, sc_fault *why)
{
    sc_engine_kind kind;
    int has_landlock = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_engine_take(c->fd, &kind, &c->in, SC_ENGINE_MAX_ASK));
    SC_REQUIRE(kind == SC_ENGINE_SETUP, SC_E_STATE);
    SC_TRY(sc_engine_get_setup(&c->setup, sc_buf_bytes(&c->in)));
    SC_TRY(sc_duckdb_load(&c->api, duckdb_path, why));
    SC_TRY(sc_duck_open(&c->duck, &c->api, &c->setup, why));
    SC_TRY(enter(c, &has_landlock, why));
    SC_TRY(start_watch(c));
    SC_TRY(sc_duck_lock(c->duck, why));
    SC_TRY(
        sc_engine_put_ready(&c->out, has_landlock, c->api.library_version()));
    SC_TRY(sc_engine_send(c->fd, SC_ENGINE_READY, sc_buf_bytes(&c->out)));
    sc_buf_reset(&c->out);
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static void loop(child *c)
{
    sc_engine_kind kind;

    while (sc_engine_take(c->fd, &kind, &c->in, SC_ENGINE_MAX_ASK) == SC_OK &&
           answer(c, kind) == SC_OK) {
    }
}

int sc_engine_child(int fd, const char *duckdb_path)
{
    child c = {.fd = fd};
    sc_fault why = {0};
    sc_err err;

    (void)signal(SIGPIPE, SIG_IGN);
    err = sc_sandbox_begin(fd, &why);
    if (err == SC_OK) {
        err = start(&c, duckdb_path, &why);
    }
    if (err == SC_OK) {
        loop(&c);
    } else {
        (void)answer_fault(&c, &why);
    }
    sc_duck_free(&c.duck);
    sc_engine_setup_clear(&c.setup);
    sc_buf_clear(&c.in);
    sc_buf_clear(&c.out);
    return err == SC_OK ? 0 : 1;
}
