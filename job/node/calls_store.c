/* job/node/calls_store.c: the folders of calls, at the start and when they go. */
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/node/calls_inner.h"
#include "job/run/call.h"
#include "job/run/post_file.h"

#define DAY_S ((int64_t)86400)

/* A folder without a call that this node can go on with: a crash before it was stored,
 * what a session remembered of a call that this party did not keep, a call that this
 * version does not plan. */
static void skip(const sc_calls *cs, const char *folder, sc_err err,
                 sc_fault *why)
{
    const sc_house *h = cs->house;
    int64_t until = 0;
    sc_err claimed = err == SC_E_NOT_FOUND
                         ? sc_call_claimed_until(&until, folder, why)
                         : err;

    if (claimed != SC_OK && claimed != SC_E_NOT_FOUND) {
        sc_log_line(h->log, SC_LOG_WARN, "call", "%s is left alone: %s", folder,
                    why->text);
    } else if (sc_clock_wall() - until > (int64_t)h->conf->keep_days * DAY_S) {
        sc_call_remove(folder, h->log);
    }
}

static sc_err load_one(sc_calls *cs, const char *calls, const char *name,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *folder = sc_path_join(calls, name);
    sc_call *call = NULL;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    err = sc_call_load(&call, cs->house, folder, why);
    if (err == SC_E_NOT_FOUND || err == SC_E_REFUSED || err == SC_E_CONFIG) {
        skip(cs, folder, err, why);
        *why = (sc_fault){0};
        err = SC_OK;
        goto out;
    }
    SC_TRY(err);
    SC_TRY(sc_calls_add(cs, &call));
    err = SC_OK;
out:
    sc_call_free(&call);
    sc_free(folder);
    return sc_fault_from(why, err);
}

sc_err sc_calls_load(sc_calls *cs, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *calls = sc_path_join(cs->house->conf->store, "calls");
    char **names = NULL;
    size_t n = 0;

    SC_REQUIRE(calls != NULL, SC_E_MEM);
    err = sc_dir_list(&names, &n, calls, why);
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    *why = (sc_fault){0};
    for (size_t i = 0; i < n; i++) {
        SC_TRY(load_one(cs, calls, names[i], why));
    }
    err = SC_OK;
out:
    sc_free(names);
    sc_free(calls);
    return sc_fault_from(why, err);
}

void sc_calls_remove(const sc_calls *cs, const sc_call *call)
{
    char *folder = sc_post_file_dir(cs->house, call->digest);

    if (folder != NULL) {
        sc_call_remove(folder, cs->house->log);
    }
    sc_free(folder);
}
