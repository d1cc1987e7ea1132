/* job/node/asked.c: see the header. */
#include "job/node/asked.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/conf/conf.h"

static sc_err no_such_party(const sc_consortium *c, const char *key,
                            const char *name, sc_fault *why)
{
    char quoted[SC_CONF_QUOTE_LEN], names[sizeof why->remedy] = "";

    for (size_t p = 0; p < c->n_parties; p++) {
        size_t at = strlen(names);

        (void)snprintf(names + at, sizeof names - at, "%s%s", p > 0 ? ", " : "",
                       c->parties[p].name);
    }
    (void)sc_fault_set(why, SC_E_CONFIG, "no party is named '%s' (`%s`)",
                       sc_conf_quote(quoted, name == NULL ? "" : name), key);
    sc_fault_remedy(why, "parties: %s", names);
    return SC_E_CONFIG;
}

/* A list of names: the parties' bits; 0 if the request has no such list. */
static sc_err take_names(const sc_house *h, uint32_t *parties,
                         const json_t *request, const char *key, sc_fault *why)
{
    const json_t *list = json_object_get(request, key);

    *parties = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        size_t party =
            name == NULL ? SIZE_MAX : sc_consortium_party(h->consortium, name);

        if (party == SIZE_MAX) {
            return no_such_party(h->consortium, key, name, why);
        }
        *parties |= (uint32_t)1 << party;
    }
    if (list != NULL && *parties == 0) {
        return sc_fault_set(why, SC_E_CONFIG, "`%s` names nobody", key);
    }
    return SC_OK;
}

static sc_err take_parties(const sc_house *h, sc_job *job,
                           const json_t *request, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(take_names(h, &job->results, request, "to", why));
    SC_TRY(take_names(h, &job->auditors, request, "auditor", why));
    if (job->results == 0) {
        job->results = (uint32_t)1 << h->me;
    }
    if ((job->auditors & (job->results | (uint32_t)1 << job->asker)) != 0) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "`auditor` names who asks or gets the result: it "
                            "has the receipt anyway");
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_asked_job(sc_job **job, sc_buf *text, const sc_house *h,
                    const json_t *request, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = h->consortium;
    sc_rng rng = sc_rng_system();
    sc_job fresh = {.asker = h->me, .time = sc_clock_wall()};
    const char *sql;

    err = sc_json_str(&sql, request, "sql");
    SC_REQUIRE(err == SC_OK,
               sc_fault_set(why, SC_E_CONFIG, "the request has no SQL text"));
    SC_REQUIRE(strlen(sql) <= SC_MAX_SQL_LEN,
               sc_fault_set(why, SC_E_CONFIG,
                            "the SQL text is longer than %d "
                            "bytes",
                            SC_MAX_SQL_LEN));
    SC_TRY(take_parties(h, &fresh, request, why));
    SC_TRY(sc_rng_bytes(&rng, fresh.id, sizeof fresh.id));
    fresh.not_after = fresh.time + (int64_t)(c->rules.job_ms / 1000);
    fresh.sql = sc_strdup(sql);
    SC_REQUIRE(fresh.sql != NULL, SC_E_MEM);
    SC_TRY(sc_job_put(text, &fresh, c));
    SC_TRY(sc_job_take(job, c, sc_buf_bytes(text), why));
    err = SC_OK;
out:
    sc_free(fresh.sql);
    return sc_fault_from(why, err);
}

#define DEFAULT_DAYS 30
#define DAY_S        ((int64_t)86400)

sc_err sc_asked_call(sc_job *job, sc_buf *text, const sc_house *h,
                     const json_t *request, sc_fault *why)
{
    int64_t most = (int64_t)h->consortium->rules.call_days;
    int64_t days = most < DEFAULT_DAYS ? most : DEFAULT_DAYS;

    if (json_object_get(request, "days") != NULL &&
        sc_json_int(&days, request, "days", 1, most) != SC_OK) {
        sc_fault_set(why, SC_E_CONFIG,
                     "`days`: a call lasts 1 to %lld days here (call_days in "
                     "the consortium file)",
                     (long long)most);
        return SC_E_CONFIG;
    }
    job->not_after = job->time + days * DAY_S;
    sc_buf_reset(text);
    return sc_fault_from(why, sc_job_put(text, job, h->consortium));
}
