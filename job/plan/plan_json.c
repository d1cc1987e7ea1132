/* job/plan/plan_json.c: one function for each list of the plan. */
#include "job/plan/plan_json.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/jcs.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/plan/ranges.h"

static sc_err set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? SC_OK : SC_E_MEM;
}

static sc_err push(json_t *list, json_t *value)
{
    return json_array_append_new(list, value) == 0 ? SC_OK : SC_E_MEM;
}

/* An integer, as text where JSON numbers would lose it. */
static json_t *integer(int64_t v)
{
    char text[24];

    if (v >= -SC_JSON_MAX_INT && v <= SC_JSON_MAX_INT) {
        return json_integer(v);
    }
    (void)snprintf(text, sizeof text, "%lld", (long long)v);
    return json_string(text);
}

/* A new list in *list, set as a member of object, which owns it. */
static sc_err set_list(json_t *object, const char *key, json_t **list)
{
    *list = json_array();
    return set(object, key, *list);
}

/* A new object at the end of list, which owns it. */
static sc_err push_object(json_t *list, json_t **object)
{
    *object = json_object();
    return push(list, *object);
}

static sc_err set_pred(json_t *object, const char *key, const sc_pred *p,
                       const sc_table *t)
{
    json_t *ir = NULL;
    sc_err err = SC_E_BUG;

    if (p == NULL) {
        return set(object, key, json_null());
    }
    SC_TRY(sc_pred_json(&ir, p, t));
    SC_TRY(set(object, key, ir));
    err = SC_OK;
out:
    return err;
}

static sc_err set_finish(json_t *object, const char *key, const sc_finish *f)
{
    json_t *ir = NULL;
    sc_err err = SC_E_BUG;

    if (f == NULL) {
        return set(object, key, json_null());
    }
    SC_TRY(sc_finish_json(&ir, f));
    SC_TRY(set(object, key, ir));
    err = SC_OK;
out:
    return err;
}

static sc_err set_columns(json_t *object, const char *key, uint64_t mask,
                          const sc_table *t)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(set_list(object, key, &list));
    for (size_t c = 0; c < t->n_columns; c++) {
        if ((mask >> c & 1) != 0) {
            SC_TRY(push(list, json_string(t->columns[c].name)));
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err set_parties(json_t *object, const char *key, uint32_t mask,
                          const sc_consortium *c)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(set_list(object, key, &list));
    for (size_t i = 0; i < c->n_parties; i++) {
        if ((mask >> i & 1) != 0) {
            SC_TRY(push(list, json_string(c->parties[i].did)));
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err set_texts(json_t *object, const char *key, char *const *texts,
                        size_t n_texts)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(set_list(object, key, &list));
    for (size_t i = 0; i < n_texts; i++) {
        SC_TRY(push(list, json_string(texts[i])));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- what owners compute -------------------------------------------- */

static sc_err put_key(json_t *o, const sc_key *k, const sc_table *t)
{
    json_t *list;
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, "column", json_string(t->columns[k->column].name)));
    SC_TRY(set_list(o, "breaks", &list));
    for (size_t i = 0; i < k->n_breaks; i++) {
        SC_TRY(push(list, integer(k->breaks[i])));
    }
    SC_TRY(set_list(o, "outcome", &list));
    for (size_t i = 0; i <= k->n_breaks; i++) {
        SC_TRY(push(list, json_integer(k->outcome[i])));
    }
    SC_TRY(set(o, "outcome_null", json_integer(k->outcome_null)));
    SC_TRY(set_texts(o, "domain", k->labels, k->n_labels));
    if (k->has_null) {
        SC_TRY(push(json_object_get(o, "domain"), json_null()));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_sum(json_t *o, const sc_local_sum *s, const sc_table *t)
{
    json_t *factors;
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, "bits", json_integer(s->bits)));
    SC_TRY(set_list(o, "factors", &factors));
    if (s->a != SC_NO_COLUMN) {
        SC_TRY(push(factors, json_string(t->columns[s->a].name)));
    }
    if (s->b != SC_NO_COLUMN) {
        SC_TRY(push(factors, json_string(t->columns[s->b].name)));
    }
    SC_TRY(set_columns(o, "need", s->need, t));
    SC_TRY(set_pred(o, "filter", s->filter, t));
    err = SC_OK;
out:
    return err;
}

static sc_err put_uses(json_t *plan, const sc_plan *p)
{
    static const char *const names[] = {"group", "filter", "aggregate"};
    json_t *uses = json_object(), *list;
    sc_err err = SC_E_BUG;

    SC_TRY(set(plan, "uses", uses));
    for (size_t c = 0; c < p->table->n_columns; c++) {
        if (p->uses[c] == 0) {
            continue;
        }
        SC_TRY(set_list(uses, p->table->columns[c].name, &list));
        for (size_t i = 0; i < 3; i++) {
            if ((p->uses[c] >> i & 1) != 0) {
                SC_TRY(push(list, json_string(names[i])));
            }
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_fragment(json_t *plan, const sc_plan *p)
{
    json_t *list, *o;
    sc_err err = SC_E_BUG;

    SC_TRY(set(plan, "table", json_string(p->table->name)));
    SC_TRY(set(plan, "cells", integer((int64_t)p->n_cells)));
    SC_TRY(set_pred(plan, "where", p->where, p->table));
    SC_TRY(set_list(plan, "keys", &list));
    for (size_t i = 0; i < p->n_keys; i++) {
        SC_TRY(push_object(list, &o));
        SC_TRY(put_key(o, &p->keys[i], p->table));
    }
    SC_TRY(set_list(plan, "sums", &list));
    for (size_t i = 0; i < p->n_sums; i++) {
        SC_TRY(push_object(list, &o));
        SC_TRY(put_sum(o, &p->sums[i], p->table));
    }
    SC_TRY(put_uses(plan, p));
    SC_TRY(set_texts(plan, "functions", p->functions, p->n_functions));
    err = SC_OK;
out:
    return err;
}

/* ---- what is opened ------------------------------------------------- */

static sc_err put_support(json_t *o, const sc_support *s, const sc_table *t)
{
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, "count", json_integer((json_int_t)s->count)));
    SC_TRY(set_columns(o, "need", s->need, t));
    SC_TRY(set_pred(o, "filter", s->filter, t));
    SC_TRY(set(o, "threshold", integer((int64_t)s->threshold)));
    err = SC_OK;
out:
    return err;
}

static sc_err put_opened(json_t *o, const sc_opened *v)
{
    char text[SC_I128_TEXT_LEN];
    json_t *terms, *term;
    sc_err err = SC_E_BUG;

    SC_TRY(set(o, "support", json_integer((json_int_t)v->support)));
    SC_TRY(set(o, "scale", json_integer(v->scale)));
    SC_TRY(set(o, "bits", json_integer(v->bits)));
    SC_TRY(set(o, "words", json_string(v->words)));
    SC_TRY(set_list(o, "terms", &terms));
    for (size_t i = 0; i < v->n_terms; i++) {
        term = json_array();
        SC_TRY(push(terms, term));
        SC_TRY(push(term, json_integer((json_int_t)v->terms[i])));
        sc_i128_print(text, v->coefs[i], 0);
        SC_TRY(push(term, json_string(text)));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_opening(json_t *plan, const sc_plan *p)
{
    json_t *list, *o;
    sc_err err = SC_E_BUG;

    SC_TRY(set_list(plan, "supports", &list));
    for (size_t i = 0; i < p->n_supports; i++) {
        SC_TRY(push_object(list, &o));
        SC_TRY(put_support(o, &p->supports[i], p->table));
    }
    SC_TRY(set_list(plan, "overlaps", &list));
    for (size_t i = 0; i < p->n_overlaps; i++) {
        const sc_overlap *v = &p->overlaps[i];

        SC_TRY(push(list, json_pack("[I, I, I]", (json_int_t)v->i,
                                    (json_int_t)v->j, (json_int_t)v->joint)));
    }
    SC_TRY(set_list(plan, "margins", &list));
    for (size_t i = 0; i < p->n_margins; i++) {
        const sc_margin *m = &p->margins[i];

        o = json_array();
        SC_TRY(push(list, o));
        SC_TRY(push(o, json_integer((json_int_t)m->support)));
        for (size_t k = 0; k < m->n_parts; k++) {
            SC_TRY(push(o, json_integer((json_int_t)m->parts[k])));
        }
    }
    SC_TRY(set(plan, "min_group", integer((int64_t)p->min_group)));
    SC_TRY(set_list(plan, "opened", &list));
    for (size_t i = 0; i < p->n_opened; i++) {
        SC_TRY(push_object(list, &o));
        SC_TRY(put_opened(o, &p->opened[i]));
    }
    SC_TRY(set_texts(plan, "reveals", p->reveals, p->n_reveals));
    SC_TRY(set_texts(plan, "leaks", p->leaks, p->n_leaks));
    err = SC_OK;
out:
    return err;
}

/* ---- what is printed ------------------------------------------------ */

static sc_err put_printing(json_t *plan, const sc_plan *p)
{
    json_t *list, *o;
    sc_err err = SC_E_BUG;

    SC_TRY(set_list(plan, "outputs", &list));
    for (size_t i = 0; i < p->n_outputs; i++) {
        SC_TRY(push_object(list, &o));
        SC_TRY(set(o, "name", json_string(p->outputs[i].name)));
        SC_TRY(set(o, "key", json_integer(p->outputs[i].key)));
        SC_TRY(set_finish(o, "value", p->outputs[i].value));
    }
    SC_TRY(set_finish(plan, "having", p->having));
    SC_TRY(set_list(plan, "order", &list));
    for (size_t i = 0; i < p->n_order; i++) {
        const sc_order *by = &p->order[i];

        SC_TRY(push_object(list, &o));
        SC_TRY(set_finish(o, "by", by->by));
        SC_TRY(set(o, "key", json_integer(by->key)));
        SC_TRY(set(o, "descending", json_boolean(by->is_descending)));
        SC_TRY(set(o, "nulls_first", json_boolean(by->nulls_first)));
    }
    SC_TRY(set(plan, "limit", integer(p->limit)));
    SC_TRY(set(plan, "offset", integer(p->offset)));
    err = SC_OK;
out:
    return err;
}

/* ---- the whole ------------------------------------------------------ */

/* The key, who holds it, and how values lie in a plaintext. */
static sc_err put_ciphertexts(json_t *plan, const sc_plan *p,
                              const sc_consortium *c)
{
    const sc_sumkey_terms *key = &c->sumkey;
    json_t *o = json_object();
    sc_err err = SC_E_BUG;

    SC_TRY(set(plan, "ciphertexts", o));
    SC_TRY(sc_json_set_hex(o, "key", (sc_bytes){key->digest, 32}));
    SC_TRY(set(o, "bits", integer((int64_t)key->bits)));
    SC_TRY(set(o, "dealer", json_string(key->dealer)));
    SC_TRY(set(o, "needed", integer((int64_t)key->needed)));
    SC_TRY(set_parties(o, "holders", p->holders, c));
    SC_TRY(set(o, "width", integer((int64_t)sc_ctsum_width(&p->shape))));
    SC_TRY(set(o, "slots", integer((int64_t)sc_ctsum_slots(&p->shape))));
    SC_TRY(set(o, "ranges", json_string(sc_ranges_words_of(p)->name)));
    err = SC_OK;
out:
    return err;
}

static sc_err put_protocol(json_t *plan, const sc_plan *p,
                           const sc_consortium *c)
{
    json_t *bytes = json_object();
    sc_err err = SC_E_BUG;

    SC_TRY(set(plan, "bytes", bytes));
    SC_TRY(set(bytes, "share", integer((int64_t)p->share_bytes)));
    SC_TRY(set(bytes, "received", integer((int64_t)p->received_bytes)));
    SC_TRY(set(bytes, "owner", integer((int64_t)p->owner_bytes)));
    SC_TRY(set(bytes, "other", integer((int64_t)p->other_bytes)));
    SC_TRY(set(plan, "type", json_string("plan/1")));
    SC_TRY(set(plan, "protocol", json_string(sc_plan_protocol_name(p))));
    SC_TRY(set(plan, "model", json_string(SC_PLAN_MODEL)));
    SC_TRY(set(plan, "collusion",
               json_string(p->protocol == SC_PLAN_CIPHERTEXT_SUM
                               ? "t-1 of the key's holders"
                               : "n-2 of n inputs")));
    SC_TRY(set(plan, "ring", json_integer(p->ring)));
    SC_TRY(set(plan, "rounds", json_integer(p->rounds)));
    SC_TRY(set_parties(plan, "owners", p->owners, c));
    SC_TRY(set_parties(plan, "results", p->results, c));
    if (p->posting != 0) {
        SC_TRY(set_parties(plan, "posting", p->posting, c));
    }
    if (p->protocol == SC_PLAN_CIPHERTEXT_SUM) {
        SC_TRY(put_ciphertexts(plan, p, c));
        SC_TRY(set(bytes, "part", integer((int64_t)p->part_bytes)));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_plan_json(sc_plan *p, const sc_consortium *c,
                    const uint8_t job_digest[static 32])
{
    json_t *plan = json_object();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(plan != NULL, SC_E_MEM);
    SC_TRY(put_protocol(plan, p, c));
    SC_TRY(put_fragment(plan, p));
    SC_TRY(put_opening(plan, p));
    SC_TRY(put_printing(plan, p));
    SC_TRY(sc_jcs_digest(p->query_digest, plan));
    SC_TRY(sc_json_set_hex(plan, "job", (sc_bytes){job_digest, 32}));
    SC_TRY(sc_jcs_put(&p->text, plan));
    sc_sha256(p->digest, sc_buf_bytes(&p->text));
    err = SC_OK;
out:
    json_decref(plan);
    return err;
}
