/* job/plan/job_posts.c: see the header. */
#include "job/plan/job_posts.h"

#include "base/json.h"

static sc_err set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? SC_OK : SC_E_MEM;
}

/* ---- put ------------------------------------------------------------------ */

static sc_err put_call(json_t *o, const sc_job *j)
{
    json_t *call = json_object();
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, "call", call));
    SC_TRY(sc_json_set_hex(call, "id", (sc_bytes){j->call.id, 16}));
    SC_TRY(set(call, "not_after", json_integer(j->call.not_after)));
    SC_TRY(set(call, "time", json_integer(j->call.time)));
    err = SC_OK;
out:
    return err;
}

static sc_err put_post(json_t *o, const sc_job_post *p, const sc_consortium *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_set_hex(o, "input", (sc_bytes){p->input, 32}));
    SC_TRY(sc_json_set_hex(o, "output", (sc_bytes){p->output, 32}));
    SC_TRY(set(o, "party", json_string(c->parties[p->party].did)));
    SC_TRY(sc_json_set_hex(o, "proof", (sc_bytes){p->proof, 64}));
    SC_TRY(set(o, "time", json_integer(p->time)));
    err = SC_OK;
out:
    return err;
}

sc_err sc_job_posts_put(json_t *o, const sc_job *j, const sc_consortium *c)
{
    json_t *list, *post;
    sc_err err = SC_E_BUG;

    if (j->n_posts == 0) {
        return SC_OK;
    }
    SC_TRY(put_call(o, j));
    list = json_array();
    SC_TRY(set(o, "posts", list));
    for (size_t i = 0; i < j->n_posts; i++) {
        SC_REQUIRE(j->posts[i].party < c->n_parties &&
                       (i == 0 || j->posts[i - 1].party < j->posts[i].party),
                   SC_E_ARG);
        post = json_object();
        SC_REQUIRE(json_array_append_new(list, post) == 0, SC_E_MEM);
        SC_TRY(put_post(post, &j->posts[i], c));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- take ----------------------------------------------------------------- */

static sc_err take_call(sc_job *j, const json_t *o)
{
    static const char *const keys[] = {"id", "not_after", "time", NULL};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(o, keys));
    SC_TRY(sc_json_hex(j->call.id, 16, o, "id"));
    SC_TRY(sc_json_int(&j->call.not_after, o, "not_after", 0, SC_JOB_MAX_TIME));
    SC_TRY(sc_json_int(&j->call.time, o, "time", 0, SC_JOB_MAX_TIME));
    err = SC_OK;
out:
    return err;
}

static sc_err take_post(sc_job_post *p, const json_t *o, const sc_consortium *c)
{
    static const char *const keys[] = {"input", "output", "party",
                                       "proof", "time",   NULL};
    const char *did;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_only(o, keys));
    SC_TRY(sc_json_str(&did, o, "party"));
    p->party = sc_consortium_party_did(c, did);
    SC_REQUIRE(p->party != SIZE_MAX, SC_E_WIRE);
    SC_TRY(sc_json_hex(p->input, 32, o, "input"));
    SC_TRY(sc_json_hex(p->output, 32, o, "output"));
    SC_TRY(sc_json_hex(p->proof, 64, o, "proof"));
    SC_TRY(sc_json_int(&p->time, o, "time", 0, SC_JOB_MAX_TIME));
    err = SC_OK;
out:
    return err;
}

sc_err sc_job_posts_take(sc_job *j, const json_t *o, const sc_consortium *c)
{
    const json_t *call = json_object_get(o, "call");
    json_t *list, *post;
    size_t i;
    sc_err err = SC_E_BUG;

    if (call == NULL && json_object_get(o, "posts") == NULL) {
        return SC_OK;
    }
    SC_REQUIRE(json_is_object(call), SC_E_WIRE);
    SC_TRY(take_call(j, call));
    SC_TRY(sc_json_array(&list, o, "posts"));
    SC_REQUIRE(json_array_size(list) > 0 &&
                   json_array_size(list) <= SC_MAX_PARTIES,
               SC_E_WIRE);
    json_array_foreach(list, i, post)
    {
        SC_TRY(take_post(&j->posts[i], post, c));
        SC_REQUIRE(i == 0 || j->posts[i - 1].party < j->posts[i].party,
                   SC_E_WIRE);
        j->n_posts++;
    }
    err = SC_OK;
out:
    return err;
}
