/* job/plan/job.c: the agreed request as canonical bytes. */
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/plan/job_posts.h"
#include "job/plan/plan.h"
#include "net/messages.h"

static sc_err set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err set_parties(json_t *o, const char *key, uint32_t parties,
                          const sc_consortium *c)
{
    json_t *list = json_array();
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, key, list));
    for (size_t i = 0; i < c->n_parties; i++) {
        if ((parties >> i & 1) != 0 &&
            json_array_append_new(list, json_string(c->parties[i].did)) != 0) {
            err = SC_E_MEM;
            goto out;
        }
    }
    err = SC_OK;
out:
    return err;
}

/* Who asks or gets the result sees the receipt anyway. */
static int has_part(const sc_job *j, uint32_t parties)
{
    return (parties & (j->results | (uint32_t)1 << j->asker)) != 0;
}

sc_err sc_job_put(sc_buf *out, const sc_job *j, const sc_consortium *c)
{
    json_t *o = NULL;
    size_t before = out->len;
    sc_err err = SC_E_BUG;

    if (j->asker >= c->n_parties || j->results == 0 ||
        (uint64_t)(j->results | j->auditors) >> c->n_parties != 0 ||
        has_part(j, j->auditors)) {
        return SC_E_ARG;
    }
    o = json_object();
    SC_REQUIRE(o != NULL, SC_E_MEM);
    SC_TRY(set(o, "asker", json_string(c->parties[j->asker].did)));
    if (j->auditors != 0) {
        SC_TRY(set_parties(o, "auditors", j->auditors, c));
    }
    SC_TRY(sc_json_set_hex(o, "consortium", (sc_bytes){c->digest, 32}));
    SC_TRY(sc_json_set_hex(o, "id", (sc_bytes){j->id, 16}));
    SC_TRY(set(o, "model", json_string(SC_PLAN_MODEL)));
    SC_TRY(set(o, "not_after", json_integer(j->not_after)));
    SC_TRY(set_parties(o, "results", j->results, c));
    SC_TRY(set(o, "sql", json_string(j->sql)));
    SC_TRY(set(o, "time", json_integer(j->time)));
    SC_TRY(set(o, "type", json_string("job/1")));
    SC_TRY(sc_job_posts_put(o, j, c));
    SC_TRY(sc_jcs_put(out, o));
    if (out->len - before > SC_MSG_MAX_JOB) {
        out->len = before;
        err = SC_E_ARG;
        goto out;
    }
    err = SC_OK;
out:
    json_decref(o);
    return err;
}

static sc_err expect(const json_t *o, const char *key, const char *value)
{
    const char *text;
    sc_err err = sc_json_str(&text, o, key);

    return err == SC_OK && strcmp(text, value) != 0 ? SC_E_WIRE : err;
}

static sc_err take_party(size_t *party, const json_t *text,
                         const sc_consortium *c)
{
    *party = json_is_string(text)
                 ? sc_consortium_party_did(c, json_string_value(text))
                 : SIZE_MAX;
    return *party == SIZE_MAX ? SC_E_WIRE : SC_OK;
}

/* DIDs of parties, at least one, each once, in the consortium's order. */
static sc_err take_parties(uint32_t *parties, const json_t *o, const char *key,
                           const sc_consortium *c)
{
    json_t *list, *text;
    size_t i, party;
    sc_err err = SC_E_BUG;

    *parties = 0;
    SC_TRY(sc_json_array(&list, o, key));
    json_array_foreach(list, i, text)
    {
        SC_TRY(take_party(&party, text, c));
        SC_REQUIRE(*parties >> party == 0, SC_E_WIRE);
        *parties |= (uint32_t)1 << party;
    }
    SC_REQUIRE(*parties != 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

/* No list, or one of somebody; of none who has a part. */
static sc_err take_auditors(sc_job *j, const json_t *o, const sc_consortium *c)
{
    sc_err err = SC_E_BUG;

    if (json_object_get(o, "auditors") != NULL) {
        SC_TRY(take_parties(&j->auditors, o, "auditors", c));
        SC_REQUIRE(!has_part(j, j->auditors), SC_E_WIRE);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err take_sql(sc_job *j, const json_t *o)
{
    const char *sql;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&sql, o, "sql"));
    SC_REQUIRE(strlen(sql) <= SC_MAX_SQL_LEN, SC_E_WIRE);
    j->sql = sc_strdup(sql);
    SC_REQUIRE(j->sql != NULL, SC_E_MEM);
    err = SC_OK;
out:
    return err;
}

static sc_err take_members(sc_job *j, const json_t *o, const sc_consortium *c,
                           sc_fault *why)
{
    static const char *const keys[] = {"asker",      "auditors", "call",
                                       "consortium", "id",       "model",
                                       "not_after",  "posts",    "results",
                                       "sql",        "time",     "type",
                                       NULL};
    uint8_t digest[32];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(o, keys));
    SC_TRY(expect(o, "type", "job/1"));
    SC_TRY(expect(o, "model", SC_PLAN_MODEL));
    SC_TRY(sc_json_hex(digest, 32, o, "consortium"));
    if (memcmp(digest, c->digest, 32) != 0) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the job is about another consortium file");
    }
    SC_TRY(sc_json_hex(j->id, 16, o, "id"));
    SC_TRY(sc_json_int(&j->time, o, "time", 0, SC_JOB_MAX_TIME));
    SC_TRY(sc_json_int(&j->not_after, o, "not_after", 0, SC_JOB_MAX_TIME));
    SC_TRY(take_party(&j->asker, json_object_get(o, "asker"), c));
    SC_TRY(take_parties(&j->results, o, "results", c));
    SC_TRY(take_auditors(j, o, c));
    SC_TRY(take_sql(j, o));
    SC_TRY(sc_job_posts_take(j, o, c));
    err = SC_OK;
out:
    return err;
}

sc_err sc_job_take(sc_job **j, const sc_consortium *c, sc_bytes text,
                   sc_fault *why)
{
    sc_job *made = NULL;
    json_t *o = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_parse_canonical(&o, text, SC_MSG_MAX_JOB, why));
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    err = take_members(made, o, c, why);
    if (err == SC_E_WIRE) {
        sc_fault_set(why, SC_E_WIRE, "the job is malformed");
    }
    SC_TRY(err);
    *j = made;
    made = NULL;
    err = SC_OK;
out:
    json_decref(o);
    sc_job_free(&made);
    return sc_fault_from(why, err);
}

uint32_t sc_job_readers(const sc_job *j)
{
    uint32_t readers = j->auditors;

    for (size_t i = 0; i < j->n_posts; i++) {
        readers |= (uint32_t)1 << j->posts[i].party;
    }
    return readers;
}

sc_err sc_job_call_digest(uint8_t digest[static 32], const sc_job *j,
                          const sc_consortium *c)
{
    sc_job call = *j;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    if (j->n_posts > 0) {
        memcpy(call.id, j->call.id, sizeof call.id);
        call.time = j->call.time;
        call.not_after = j->call.not_after;
        call.n_posts = 0;
    }
    SC_TRY(sc_job_put(&text, &call, c));
    sc_sha256(digest, sc_buf_bytes(&text));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

void sc_job_free(sc_job **j)
{
    if (j == NULL || *j == NULL) {
        return;
    }
    sc_free((*j)->sql);
    sc_free(*j);
    *j = NULL;
}
