/* cli/receipt_fetch.c: see the header. */
#include "cli/receipt_fetch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/encode.h"
#include "base/json.h"
#include "cli/cli.h"
#include "job/node/stored.h"
#include "ledger/bundle.h"

/* The node hashes all that follows the line before it answers. */
#define LINE_WAIT_MS 600000

/* ---- the line --------------------------------------------------------------- */

/* The whole file, or its line and what belongs to the rest. */
static sc_err read_answer(sc_receipt_file *f)
{
    const char *text, *id;
    int64_t rest;
    sc_err err = SC_E_BUG;

    f->is_first = json_is_true(json_object_get(f->answer, "first"));
    if (sc_json_str(&text, f->answer, "bundle") == SC_OK) {
        f->line = sc_bytes_of(text);
        return SC_OK;
    }
    SC_TRY(sc_json_str(&text, f->answer, "line"));
    SC_TRY(sc_json_str(&id, f->answer, "id"));
    SC_TRY(
        sc_json_int(&rest, f->answer, "rest", 1, (int64_t)SC_BUNDLE_MAX_REST));
    SC_REQUIRE(strlen(id) + 1 == sizeof f->id, SC_E_WIRE);
    memcpy(f->id, id, sizeof f->id);
    f->line = sc_bytes_of(text);
    f->rest = (uint64_t)rest;
    err = SC_OK;
out:
    return err;
}

int sc_receipt_ask(sc_receipt_file *f, const sc_ask_where *where,
                   const char *id, int with_result)
{
    int status;

    *f = (sc_receipt_file){0};
    status = sc_ask(&f->answer, NULL, where,
                    json_pack("{s:s, s:s, s:b}", "op", "receipt", "id", id,
                              "with_result", with_result),
                    LINE_WAIT_MS, NULL);
    if (status == 0 && read_answer(f) != SC_OK) {
        status = sc_ask_misfit();
    }
    return status;
}

void sc_receipt_file_clear(sc_receipt_file *f)
{
    json_decref(f->answer);
    *f = (sc_receipt_file){0};
}

/* ---- what follows it ---------------------------------------------------------- */

/* Append what stands in an answer: as much as is due. */
static sc_err read_page(sc_buf *page, const json_t *answer, size_t due,
                        sc_fault *why)
{
    const char *text;
    sc_err err = sc_json_str(&text, answer, "rest");

    if (err == SC_OK) {
        err = sc_base64_get(page, sc_bytes_of(text), due);
    }
    if (err == SC_E_WIRE || (err == SC_OK && page->len != due)) {
        err = sc_fault_set(why, SC_E_WIRE,
                           "the node's answer is not the %zu bytes that were "
                           "asked for",
                           due);
        sc_fault_remedy(why, "ask for the whole again");
    }
    return sc_fault_from(why, err);
}

/* Has one of these come? It is taken: it ends what we do, not us. Returns the exit
 * status, 0 if none has. */
static int check_stop(const sigset_t *held)
{
    static const struct timespec now;
    sc_fault why = {0};

    if (sigtimedwait(held, NULL, &now) <= 0) {
        return 0;
    }
    (void)sc_fault_set(&why, SC_E_CANCELLED, "stopped by a signal");
    return sc_cli_fail(&why);
}

/* One page, handed on. Returns the exit status. */
static int fetch_page(const sc_receipt_file *f, const sc_ask_where *where,
                      uint64_t at, size_t due, sc_receipt_sink sink, void *ctx)
{
    json_t *answer = NULL;
    sc_buf page = {0};
    sc_fault why = {0};
    int status = sc_ask(&answer, NULL, where,
                        json_pack("{s:s, s:s, s:I}", "op", "receipt_rest", "id",
                                  f->id, "at", (json_int_t)at),
                        SC_ASK_DEADLINE_MS, NULL);

    if (status == 0 && (read_page(&page, answer, due, &why) != SC_OK ||
                        sink(ctx, sc_buf_bytes(&page), &why) != SC_OK)) {
        status = sc_cli_fail(&why);
    }
    json_decref(answer);
    sc_buf_clear(&page);
    return status;
}

static int fetch_rest(const sc_receipt_file *f, const sc_ask_where *where,
                      sc_receipt_sink sink, void *ctx, const sigset_t *held,
                      sc_progress *progress)
{
    int status = check_stop(held);

    for (uint64_t at = 0; status == 0 && at < f->rest;) {
        uint64_t left = f->rest - at;
        size_t due = left < SC_STORED_PAGE ? (size_t)left : SC_STORED_PAGE;

        status = fetch_page(f, where, at, due, sink, ctx);
        at += due;
        sc_progress_show(progress, "export", at, f->rest);
        status = status == 0 ? check_stop(held) : status;
    }
    return status;
}

int sc_receipt_fetch(const sc_receipt_file *f, const sc_ask_where *where,
                     sc_receipt_sink sink, void *ctx)
{
    sigset_t held, before;
    sc_progress progress;
    sc_fault why = {0};
    int status = 0;

    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGINT);
    (void)sigaddset(&held, SIGTERM);
    (void)sigaddset(&held, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &held, &before);
    sc_progress_init(&progress, stderr);
    if (sink(ctx, f->line, &why) != SC_OK) {
        status = sc_cli_fail(&why);
    } else {
        status = fetch_rest(f, where, sink, ctx, &held, &progress);
    }
    sc_progress_end(&progress);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}
