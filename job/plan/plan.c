/* job/plan/plan.c: from a job to its plan.
 *
 *   parse    PostgreSQL's grammar                       job/sql/parse.h
 *   hint     which protocol                             job/plan/protocol.h
 *   bind     names to the table's columns               job/plan/bind.h
 *   keys     GROUP BY to functions of a column          job/plan/key.h
 *   where    conditions to comparisons at cuts          job/plan/filter.h
 *   outputs  aggregates to sums of products, formulas   job/plan/output.h
 *   bounds   totals below 2^126, thresholds             job/plan/collect.h
 *   words    what is opened, what leaks                 job/plan/words.h
 *   bytes    what it costs; canonical form and digest   job/plan/plan_json.h
 *
 * Nothing here reads a clock, a row or a random number. */
#include "job/plan/plan.h"

#include "base/hash.h"
#include "base/mem.h"
#include "job/plan/bind.h"
#include "job/plan/collect.h"
#include "job/plan/cost.h"
#include "job/plan/filter.h"
#include "job/plan/fin.h"
#include "job/plan/key.h"
#include "job/plan/output.h"
#include "job/plan/plan_json.h"
#include "job/plan/pred.h"
#include "job/plan/protocol.h"
#include "job/plan/words.h"
#include "job/sql/parse.h"

/* Formulas and conditions are nested lists in the plan's bytes, which hold 512
 * levels (base/json.h), the plan's own included. One level of SQL is at most two
 * of these. */
#define MAX_DEPTH (2 * SC_MAX_SQL_DEPTH + 50)

/* ---- who ------------------------------------------------------------ */

static sc_err set_owners(sc_planner *pl, const sc_job *job)
{
    const sc_consortium *c = pl->consortium;
    int n = __builtin_popcount(pl->table->owners);
    sc_plan *p = pl->plan;

    p->table = pl->table;
    p->owners = pl->table->owners;
    p->results = job->results;
    p->job_parties = p->owners | p->results | (uint32_t)1 << job->asker;
    if (n < 2 || !pl->table->is_stacked) {
        return sc_planner_refuse(pl, SC_E_REFUSED, pl->select->table_at,
                                 "ask its owner",
                                 "%s has one owner; a sum over it would be "
                                 "that owner's own figure",
                                 pl->table->name);
    }
    if (n < 3 && !c->rules.two_party_exact) {
        return sc_planner_refuse(
            pl, SC_E_REFUSED, pl->select->table_at,
            "it takes a third owner, or two_party_exact: true in the rules",
            "%s has two owners; each could subtract its own figures and learn "
            "the other's",
            pl->table->name);
    }
    return SC_OK;
}

static sc_err refuse_offline(sc_planner *pl, size_t party, const char *what,
                             const char *remedy)
{
    return sc_planner_refuse(pl, SC_E_CONFIG, pl->select->table_at, remedy,
                             "%s posts and leaves (offline in the consortium "
                             "file): it %s",
                             pl->consortium->parties[party].name, what);
}

/* Owners who post and leave are in no session; nobody else may be offline. The posts
 * of a job, if it has any, are theirs, all of them. */
static sc_err set_posting(sc_planner *pl, const sc_job *job)
{
    const sc_consortium *c = pl->consortium;
    sc_plan *p = pl->plan;
    uint32_t posted = 0;

    for (size_t i = 0; i < c->n_parties; i++) {
        uint32_t bit = (uint32_t)1 << i;

        if (!c->parties[i].is_offline) {
            continue;
        }
        if (i == job->asker) {
            return refuse_offline(pl, i, "cannot ask",
                                  "let another party ask for it");
        }
        if (((job->results | job->auditors) & bit) != 0) {
            return refuse_offline(pl, i, "is sent nothing while a job runs",
                                  "hand it the exported receipt");
        }
        p->posting |= p->owners & bit;
    }
    for (size_t i = 0; i < job->n_posts; i++) {
        posted |= (uint32_t)1 << job->posts[i].party;
    }
    if (posted != 0 && posted != p->posting) {
        return sc_planner_refuse(pl, SC_E_REFUSED, pl->select->table_at, "",
                                 "the job's posts are not those of the owners "
                                 "who post and leave");
    }
    return SC_OK;
}

static sc_err check_auditors(sc_planner *pl, const sc_job *job)
{
    const sc_consortium *c = pl->consortium;

    for (size_t i = 0; i < c->n_parties; i++) {
        if ((job->auditors & pl->plan->job_parties) >> i & 1) {
            return sc_planner_refuse(pl, SC_E_CONFIG, pl->select->table_at,
                                     "name auditors who take no part",
                                     "%s takes part in this job: it has the "
                                     "receipt anyway",
                                     c->parties[i].name);
        }
    }
    return SC_OK;
}

/* ---- groups and rows ------------------------------------------------ */

static sc_err add_key(sc_planner *pl, const sc_ast *a)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < p->n_keys; i++) {
        if (sc_ast_equal(pl->key_exprs[i], a)) {
            return SC_OK; /* GROUP BY x, x */
        }
    }
    if (p->n_keys == SC_MAX_KEYS) {
        return sc_planner_refuse(pl, SC_E_CONFIG, a->at, "",
                                 "GROUP BY takes at most %d expressions",
                                 SC_MAX_KEYS);
    }
    SC_TRY(
        sc_key_make(pl, &p->keys[p->n_keys], &pl->key_kinds[p->n_keys], a, 1));
    pl->key_exprs[p->n_keys] = a;
    p->n_cells *= sc_key_values(&p->keys[p->n_keys]);
    p->n_keys++;
    if (p->n_cells > pl->consortium->rules.max_cells) {
        return sc_planner_refuse(
            pl, SC_E_REFUSED, a->at, "coarser groups",
            "this makes %zu groups; at most %llu", p->n_cells,
            (unsigned long long)pl->consortium->rules.max_cells);
    }
    err = SC_OK;
out:
    return err;
}

static sc_err make_keys(sc_planner *pl)
{
    const sc_select *s = pl->select;
    sc_err err = SC_E_BUG;

    pl->use = SC_USE_GROUP;
    pl->plan->n_cells = 1;
    for (size_t i = 0; i < s->n_groups; i++) {
        SC_TRY(add_key(pl, sc_bind_expr(s, &s->groups[i])));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err make_where(sc_planner *pl)
{
    const sc_ast *a = pl->select->where;
    sc_pred *where = NULL;
    sc_err err = SC_E_BUG;

    if (a == NULL) {
        return SC_OK;
    }
    pl->use = SC_USE_FILTER;
    SC_TRY(sc_filter_make(pl, &where, a));
    if (where->kind == SC_P_CONST && where->value == 1) {
        sc_pred_free(&where);
    }
    pl->plan->where = where;
    err = SC_OK;
out:
    return err;
}

/* ---- depth ---------------------------------------------------------- */

static sc_err check_finish(sc_planner *pl, const sc_finish *f, size_t at)
{
    if (f != NULL && sc_fin_depth(f) > MAX_DEPTH) {
        return sc_planner_refuse(pl, SC_E_CONFIG, at, "ask for the parts",
                                 "the formula nests too deep");
    }
    return SC_OK;
}

static sc_err check_depths(sc_planner *pl)
{
    const sc_select *s = pl->select;
    const sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < p->n_outputs; i++) {
        SC_TRY(check_finish(pl, p->outputs[i].value, s->outputs[i].expr->at));
    }
    for (size_t i = 0; i < p->n_order; i++) {
        SC_TRY(check_finish(pl, p->order[i].by, s->order[i].by.expr->at));
    }
    SC_TRY(check_finish(pl, p->having, s->having == NULL ? 0 : s->having->at));
    for (size_t i = 0; i <= p->n_filters; i++) {
        const sc_pred *f = i == p->n_filters ? p->where : p->filters[i];

        if (f != NULL && sc_pred_depth(f) > MAX_DEPTH) {
            return sc_planner_refuse(pl, SC_E_CONFIG, SIZE_MAX,
                                     "fewer parentheses",
                                     "a condition nests too deep");
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the plan ------------------------------------------------------- */

static sc_err make_all(sc_planner *pl, const sc_job *job,
                       const uint8_t job_digest[static 32])
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_bind(pl));
    p->is_explain = pl->select->is_explain;
    SC_TRY(set_owners(pl, job));
    SC_TRY(set_posting(pl, job));
    SC_TRY(sc_protocol_choose(pl));
    SC_TRY(check_auditors(pl, job));
    SC_TRY(make_keys(pl));
    SC_TRY(make_where(pl));
    SC_TRY(sc_collect_start(pl));
    SC_TRY(sc_output_make(pl));
    SC_TRY(check_depths(pl));
    SC_TRY(sc_collect_end(pl));
    SC_TRY(sc_protocol_shape(pl));
    p->fragment = (sc_fragment){.table = p->table,
                                .where = p->where,
                                .keys = p->keys,
                                .n_keys = p->n_keys,
                                .sums = p->sums,
                                .n_sums = p->n_sums};
    SC_TRY(sc_words_make(pl, job));
    SC_TRY(sc_cost_make(p));
    SC_TRY(sc_plan_json(p, pl->consortium, job_digest));
    err = SC_OK;
out:
    return err;
}

sc_err sc_plan_make(sc_plan **p, const sc_job *job, const sc_consortium *c,
                    sc_fault *why)
{
    sc_fault ignored = {0}; /* faults need a place to be written to */
    sc_planner *pl = sc_alloc(1, sizeof *pl);
    sc_buf text = {0};
    uint8_t job_digest[32];
    sc_err err = SC_E_BUG;

    why = why == NULL ? &ignored : why;
    *why = (sc_fault){0};
    SC_REQUIRE(pl != NULL, SC_E_MEM);
    *pl = (sc_planner){.sql = job->sql, .consortium = c, .why = why};
    pl->plan = sc_alloc(1, sizeof *pl->plan);
    SC_REQUIRE(pl->plan != NULL, SC_E_MEM);
    SC_TRY(sc_parse(&pl->select, job->sql, why));
    SC_TRY(sc_job_put(&text, job, c));
    sc_sha256(job_digest, sc_buf_bytes(&text));
    SC_TRY(make_all(pl, job, job_digest));
    *p = pl->plan;
    pl->plan = NULL;
    err = SC_OK;
out:
    if (pl != NULL) {
        sc_plan_free(&pl->plan);
        sc_select_free(&pl->select);
    }
    sc_free(pl);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* ---- release -------------------------------------------------------- */

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; texts != NULL && i < n; i++) {
        sc_free(texts[i]);
    }
    sc_free(texts);
}

static void free_printing(sc_plan *p)
{
    for (size_t i = 0; i < p->n_outputs; i++) {
        sc_free(p->outputs[i].name);
        sc_finish_free(&p->outputs[i].value);
    }
    for (size_t i = 0; i < p->n_order; i++) {
        sc_finish_free(&p->order[i].by);
    }
    sc_free(p->outputs);
    sc_free(p->order);
    sc_finish_free(&p->having);
}

void sc_plan_free(sc_plan **p)
{
    sc_plan *plan = p == NULL ? NULL : *p;

    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->n_filters; i++) {
        sc_pred_free(&plan->filters[i]);
    }
    for (size_t i = 0; i < plan->n_keys; i++) {
        sc_key_clear(&plan->keys[i]);
    }
    for (size_t i = 0; i < plan->n_opened; i++) {
        sc_free(plan->opened[i].terms);
        sc_free(plan->opened[i].coefs);
        sc_free(plan->opened[i].words);
    }
    sc_pred_free(&plan->where);
    sc_free(plan->filters);
    sc_free(plan->sums);
    sc_free(plan->supports);
    sc_free(plan->overlaps);
    for (size_t i = 0; i < plan->n_margins; i++) {
        sc_free(plan->margins[i].parts);
    }
    sc_free(plan->margins);
    sc_free(plan->opened);
    free_printing(plan);
    free_texts(plan->functions, plan->n_functions);
    free_texts(plan->reveals, plan->n_reveals);
    free_texts(plan->leaks, plan->n_leaks);
    sc_buf_clear(&plan->text);
    sc_free(plan);
    *p = NULL;
}
