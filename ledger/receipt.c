/* ledger/receipt.c: the body is built one way only. Reading takes the fields out
 * and builds them again: what comes out must equal what went in, so there is no
 * second list of what may be where. */
#include "ledger/receipt.h"

#include <string.h>

#include "base/json.h"
#include "ledger/merkle.h"

#define TYPE      "ComputationReceipt"
#define PROOF_MAX 512 /* bytes of one proof, well above what it has */

static const struct {
    unsigned role;
    const char *name;
} role_names[] = {
    {SC_ROLE_INPUT, "input"},   {SC_ROLE_COMPUTING, "computing"},
    {SC_ROLE_RESULT, "result"}, {SC_ROLE_ASKER, "asker"},
    {SC_ROLE_HOLDER, "holder"},
};
#define N_ROLES (sizeof role_names / sizeof *role_names)

/* ---- making ------------------------------------------------------------ */

/* Takes ownership of v, NULL meaning that memory ran out. */
static sc_err put(json_t *object, const char *key, json_t *v)
{
    return json_object_set_new(object, key, v) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err put_hash(json_t *object, const char *key,
                       const uint8_t hash[static SC_HASH_LEN])
{
    return sc_json_set_hex(object, key, (sc_bytes){hash, SC_HASH_LEN});
}

/* Its time and proof, as they are written elsewhere in a receipt. */
static sc_err put_post(json_t *party, const sc_receipt_party *p)
{
    json_t *post = json_object();
    sc_buf proof = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(post != NULL, SC_E_MEM);
    SC_TRY(sc_multibase_put(&proof, (sc_bytes){p->post, sizeof p->post}));
    SC_TRY(put(post, "time", json_integer(p->posted)));
    SC_TRY(put(post, "proof", json_stringn((const char *)proof.p, proof.len)));
    SC_REQUIRE(json_object_set(party, "post", post) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(post);
    sc_buf_clear(&proof);
    return err;
}

static sc_err put_party(json_t *list, const sc_receipt_party *p)
{
    char vm[SC_DID_VM_LEN + 1];
    json_t *o = json_object(), *roles = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL && roles != NULL, SC_E_MEM);
    SC_TRY(sc_did_vm(vm, p->did));
    SC_TRY(put(o, "did", json_string(p->did)));
    SC_TRY(put(o, "vm", json_string(vm)));
    if ((p->roles & SC_ROLE_INPUT) != 0) {
        SC_TRY(put_hash(o, "inputCommitment", p->input));
    }
    if ((p->roles & SC_ROLE_COMPUTING) != 0) {
        SC_TRY(put_hash(o, "outputCommitment", p->output));
    }
    if (p->is_posted) {
        SC_TRY(put_post(o, p));
    }
    for (size_t k = 0; k < N_ROLES; k++) {
        if ((p->roles & role_names[k].role) != 0) {
            SC_REQUIRE(json_array_append_new(roles,
                                             json_string(role_names[k].name)) ==
                           0,
                       SC_E_MEM);
        }
    }
    SC_REQUIRE(json_object_set(o, "roles", roles) == 0 &&
                   json_array_append(list, o) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    json_decref(roles);
    return err;
}

static sc_err put_parties(json_t *body, const sc_receipt *r)
{
    json_t *list = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(list != NULL, SC_E_MEM);
    for (size_t i = 0; i < r->n_parties; i++) {
        SC_TRY(put_party(list, &r->parties[i]));
    }
    SC_REQUIRE(json_object_set(body, "parties", list) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(list);
    return err;
}

/* Sign of channel a against b by (from, to) as DIDs. */
static int order(const sc_receipt *r, size_t a, size_t b)
{
    const sc_receipt_channel *x = &r->channels[a], *y = &r->channels[b];
    int cmp = strcmp(r->parties[x->from].did, r->parties[y->from].did);

    return cmp != 0 ? cmp
                    : strcmp(r->parties[x->to].did, r->parties[y->to].did);
}

/* Append a record to the list and its leaf to the tree. */
static sc_err put_channel(json_t *list, sc_merkle_range *tree,
                          const sc_receipt *r, const sc_receipt_channel *c)
{
    json_t *o = json_object();
    sc_buf text = {0};
    sc_node_hash leaf;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL, SC_E_MEM);
    SC_TRY(put(o, "bytes", json_integer((json_int_t)c->bytes)));
    SC_TRY(put(o, "from", json_string(r->parties[c->from].did)));
    SC_TRY(put_hash(o, "hash", c->hash));
    SC_TRY(put(o, "messages", json_integer((json_int_t)c->messages)));
    SC_TRY(put(o, "to", json_string(r->parties[c->to].did)));
    SC_TRY(sc_jcs_put(&text, o));
    sc_merkle_leaf(&leaf, sc_buf_bytes(&text));
    SC_TRY(sc_merkle_append(tree, &leaf));
    SC_REQUIRE(json_array_append(list, o) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    sc_buf_clear(&text);
    return err;
}

static sc_err put_channels(json_t *body, const sc_receipt *r)
{
    size_t sorted[SC_RECEIPT_MAX_CHANNELS];
    sc_merkle_range tree = {0};
    sc_node_hash root;
    json_t *list = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(list != NULL, SC_E_MEM);
    for (size_t i = 0; i < r->n_channels; i++) {
        size_t k = i;

        for (; k > 0 && order(r, sorted[k - 1], i) > 0; k--) {
            sorted[k] = sorted[k - 1];
        }
        sorted[k] = i;
    }
    for (size_t i = 0; i < r->n_channels; i++) {
        SC_TRY(put_channel(list, &tree, r, &r->channels[sorted[i]]));
    }
    sc_merkle_root(&root, &tree);
    SC_TRY(put_hash(body, "transcriptRoot", root.b));
    SC_REQUIRE(json_object_set(body, "channels", list) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(list);
    return err;
}

static sc_err put_job_and_plan(json_t *body, const sc_receipt *r)
{
    json_t *job = json_object(), *plan = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(job != NULL && plan != NULL, SC_E_MEM);
    SC_TRY(sc_json_set_hex(job, "id", (sc_bytes){r->job_id, sizeof r->job_id}));
    SC_TRY(put_hash(job, "digest", r->job_digest));
    SC_TRY(put_hash(plan, "digest", r->plan_digest));
    SC_TRY(put(plan, "collusion", json_string(r->collusion)));
    SC_TRY(put(plan, "model", json_string(r->model)));
    SC_TRY(put(plan, "protocol", json_string(r->protocol)));
    SC_TRY(put(plan, "ring", json_integer(r->ring)));
    SC_REQUIRE(json_object_set(body, "job", job) == 0 &&
                   json_object_set(body, "plan", plan) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    json_decref(job);
    json_decref(plan);
    return err;
}

/* What the posts in it are for. */
static sc_err put_call(json_t *body, const sc_receipt *r)
{
    json_t *call = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(call != NULL, SC_E_MEM);
    SC_TRY(put_hash(call, "digest", r->call));
    SC_TRY(put_hash(call, "plan", r->call_plan));
    SC_REQUIRE(json_object_set(body, "call", call) == 0, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(call);
    return err;
}

static sc_err put_output(json_t *body, const sc_receipt *r)
{
    json_t *o = json_object(), *recipients = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(o != NULL && recipients != NULL, SC_E_MEM);
    for (size_t i = 0; i < r->n_parties; i++) {
        if ((r->parties[i].roles & SC_ROLE_RESULT) != 0) {
            SC_REQUIRE(json_array_append_new(recipients,
                                             json_string(r->parties[i].did)) ==
                           0,
                       SC_E_MEM);
        }
    }
    SC_TRY(put(o, "cells", json_integer((json_int_t)r->cells)));
    SC_TRY(put(o, "vectors", json_integer((json_int_t)r->vectors)));
    if (r->words != 0) {
        SC_TRY(put(o, "words", json_integer((json_int_t)r->words)));
    }
    SC_REQUIRE(json_object_set(o, "recipients", recipients) == 0 &&
                   json_object_set(body, "output", o) == 0,
               SC_E_MEM);
    err = SC_OK;
out:
    json_decref(o);
    json_decref(recipients);
    return err;
}

/* The members that are one value, or an object of texts. */
static sc_err put_plain(json_t *body, const sc_receipt *r)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put(body, "type", json_string(TYPE)));
    SC_TRY(put(body, "v", json_integer(1)));
    SC_TRY(put(body, "status", json_string(SC_RECEIPT_STATUS)));
    SC_TRY(put_hash(body, "consortium", r->consortium));
    SC_TRY(put_hash(body, "sid", r->sid));
    SC_TRY(put_hash(body, "salt", r->salt));
    SC_TRY(put(body, "disclosed", json_deep_copy(r->disclosed)));
    SC_TRY(put(body, "notAfter", json_integer(r->not_after)));
    SC_TRY(put(body, "time",
               json_pack("{s:I}", "started", (json_int_t)r->started)));
    SC_TRY(put(body, "rules",
               json_pack("{s:I}", "minGroup", (json_int_t)r->min_group)));
    SC_TRY(put(body, "sw",
               json_pack("{s:s, s:s}", "name", r->sw_name, "version",
                         r->sw_version)));
    err = SC_OK;
out:
    return err;
}

/* Short enough that the proofs still fit. */
static sc_err check_len(const json_t *body)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_jcs_put(&text, body));
    SC_REQUIRE(text.len <= SC_RECEIPT_MAX - SC_MAX_PARTIES * PROOF_MAX,
               SC_E_ARG);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_receipt_make(json_t **body, const sc_receipt *r)
{
    json_t *b = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_receipt_check_ranges(r));
    b = json_object();
    SC_REQUIRE(b != NULL, SC_E_MEM);
    SC_TRY(put_plain(b, r));
    SC_TRY(put_job_and_plan(b, r));
    if (r->has_call) {
        SC_TRY(put_call(b, r));
    }
    SC_TRY(put_parties(b, r));
    SC_TRY(put_channels(b, r));
    SC_TRY(put_output(b, r));
    SC_TRY(check_len(b));
    *body = b;
    b = NULL;
    err = SC_OK;
out:
    json_decref(b);
    return err;
}

/* ---- taking ------------------------------------------------------------ */

static sc_err get_u64(uint64_t *out, const json_t *object, const char *key)
{
    int64_t v;
    sc_err err = sc_json_int(&v, object, key, 0, SC_JSON_MAX_INT);

    if (err == SC_OK) {
        *out = (uint64_t)v;
    }
    return err;
}

static sc_err get_post(sc_receipt_party *p, const json_t *party)
{
    json_t *post;
    const char *proof;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_object(&post, party, "post"));
    SC_TRY(sc_json_int(&p->posted, post, "time", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_str(&proof, post, "proof"));
    SC_TRY(sc_multibase_get(p->post, sizeof p->post, sc_bytes_of(proof)));
    p->is_posted = 1;
    err = SC_OK;
out:
    return err;
}

static sc_err get_party(sc_receipt_party *p, const json_t *o)
{
    json_t *roles;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_str(&p->did, o, "did"));
    SC_TRY(sc_json_array(&roles, o, "roles"));
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *name = json_string_value(json_array_get(roles, i));

        for (size_t k = 0; name != NULL && k < N_ROLES; k++) {
            if (strcmp(name, role_names[k].name) == 0) {
                p->roles |= role_names[k].role;
            }
        }
    }
    if ((p->roles & SC_ROLE_INPUT) != 0) {
        SC_TRY(sc_json_hex(p->input, SC_HASH_LEN, o, "inputCommitment"));
    }
    if ((p->roles & SC_ROLE_COMPUTING) != 0) {
        SC_TRY(sc_json_hex(p->output, SC_HASH_LEN, o, "outputCommitment"));
    }
    if (json_object_get(o, "post") != NULL) {
        SC_TRY(get_post(p, o));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err get_parties(sc_receipt *r, const json_t *body)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_array(&list, body, "parties"));
    SC_REQUIRE(json_array_size(list) <= SC_MAX_PARTIES, SC_E_WIRE);
    r->n_parties = json_array_size(list);
    for (size_t i = 0; i < r->n_parties; i++) {
        SC_TRY(get_party(&r->parties[i], json_array_get(list, i)));
    }
    err = SC_OK;
out:
    return err;
}

/* The index of the party whose DID stands there. */
static sc_err get_end(size_t *out, const sc_receipt *r, const json_t *o,
                      const char *key)
{
    const char *did;
    sc_err err = sc_json_str(&did, o, key);

    if (err != SC_OK) {
        return err;
    }
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(did, r->parties[i].did) == 0) {
            *out = i;
            return SC_OK;
        }
    }
    return SC_E_WIRE;
}

static sc_err get_channels(sc_receipt *r, const json_t *body)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_array(&list, body, "channels"));
    SC_REQUIRE(json_array_size(list) <= SC_RECEIPT_MAX_CHANNELS, SC_E_WIRE);
    r->n_channels = json_array_size(list);
    for (size_t i = 0; i < r->n_channels; i++) {
        sc_receipt_channel *c = &r->channels[i];
        const json_t *o = json_array_get(list, i);

        SC_TRY(get_end(&c->from, r, o, "from"));
        SC_TRY(get_end(&c->to, r, o, "to"));
        SC_TRY(sc_json_hex(c->hash, SC_HASH_LEN, o, "hash"));
        SC_TRY(get_u64(&c->messages, o, "messages"));
        SC_TRY(get_u64(&c->bytes, o, "bytes"));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err get_job_and_plan(sc_receipt *r, const json_t *body)
{
    json_t *job, *plan;
    int64_t ring;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_object(&job, body, "job"));
    SC_TRY(sc_json_hex(r->job_id, sizeof r->job_id, job, "id"));
    SC_TRY(sc_json_hex(r->job_digest, SC_HASH_LEN, job, "digest"));
    SC_TRY(sc_json_object(&plan, body, "plan"));
    SC_TRY(sc_json_hex(r->plan_digest, SC_HASH_LEN, plan, "digest"));
    SC_TRY(sc_json_str(&r->collusion, plan, "collusion"));
    SC_TRY(sc_json_str(&r->model, plan, "model"));
    SC_TRY(sc_json_str(&r->protocol, plan, "protocol"));
    SC_TRY(sc_json_int(&ring, plan, "ring", 64, 128));
    r->ring = (unsigned)ring;
    err = SC_OK;
out:
    return err;
}

static sc_err get_call(sc_receipt *r, const json_t *body)
{
    json_t *call;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_object(&call, body, "call"));
    SC_TRY(sc_json_hex(r->call, SC_HASH_LEN, call, "digest"));
    SC_TRY(sc_json_hex(r->call_plan, SC_HASH_LEN, call, "plan"));
    r->has_call = 1;
    err = SC_OK;
out:
    return err;
}

static sc_err get_plain(sc_receipt *r, const json_t *body)
{
    json_t *o, *disclosed;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_hex(r->consortium, SC_HASH_LEN, body, "consortium"));
    SC_TRY(sc_json_hex(r->sid, SC_HASH_LEN, body, "sid"));
    SC_TRY(sc_json_hex(r->salt, SC_HASH_LEN, body, "salt"));
    SC_TRY(sc_json_array(&disclosed, body, "disclosed"));
    r->disclosed = disclosed;
    SC_TRY(sc_json_int(&r->not_after, body, "notAfter", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_object(&o, body, "time"));
    SC_TRY(sc_json_int(&r->started, o, "started", 0, SC_JSON_MAX_INT));
    SC_TRY(sc_json_object(&o, body, "rules"));
    SC_TRY(get_u64(&r->min_group, o, "minGroup"));
    SC_TRY(sc_json_object(&o, body, "sw"));
    SC_TRY(sc_json_str(&r->sw_name, o, "name"));
    SC_TRY(sc_json_str(&r->sw_version, o, "version"));
    SC_TRY(sc_json_object(&o, body, "output"));
    SC_TRY(get_u64(&r->cells, o, "cells"));
    SC_TRY(get_u64(&r->vectors, o, "vectors"));
    if (json_object_get(o, "words") != NULL) {
        SC_TRY(get_u64(&r->words, o, "words"));
    }
    err = SC_OK;
out:
    return err;
}

/* Is again, the body built from what was read, all that body holds? */
static sc_err compare(const json_t *body, const json_t *again)
{
    json_t *bare = json_deep_copy(body);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(bare != NULL, SC_E_MEM);
    json_object_del(bare, "proof");
    SC_REQUIRE(json_equal(bare, again), SC_E_WIRE);
    err = SC_OK;
out:
    json_decref(bare);
    return err;
}

sc_err sc_receipt_take(sc_receipt *r, const json_t *body)
{
    sc_receipt got = {0};
    json_t *again = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(get_plain(&got, body));
    SC_TRY(get_job_and_plan(&got, body));
    if (json_object_get(body, "call") != NULL) {
        SC_TRY(get_call(&got, body));
    }
    SC_TRY(get_parties(&got, body));
    SC_TRY(get_channels(&got, body));
    err = sc_receipt_make(&again, &got);
    SC_TRY(err == SC_E_ARG ? SC_E_WIRE : err);
    SC_TRY(compare(body, again));
    *r = got;
    err = SC_OK;
out:
    json_decref(again);
    return err;
}
