/* job/node/judge.c: see the header. */
#include "job/node/judge.h"

#include <string.h>

#include "base/json.h"
#include "job/plan/plan.h"

static sc_err take_consortium(sc_consortium **c, sc_bytes text, sc_fault *why)
{
    sc_faults faults = {0};
    sc_err err =
        sc_consortium_parse(c, &faults, "the bundle's consortium file", text);

    if (err != SC_OK && faults.n_faults > 0 && why != NULL) {
        *why = faults.faults[0];
    }
    sc_faults_clear(&faults);
    return sc_fault_from(why, err);
}

static sc_err parse(void *ctx, sc_roster *roster, sc_bytes text, sc_fault *why)
{
    sc_consortium *c = NULL;
    sc_err err = take_consortium(&c, text, why);

    (void)ctx;
    if (err == SC_OK) {
        *roster = c->roster;
    }
    sc_consortium_free(&c);
    return err;
}

/* Does the receipt say of the job what the job's own text says? */
static int is_of_job(const sc_receipt *r, const sc_job *job,
                     const sc_consortium *c)
{
    uint32_t results = 0, askers = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        size_t who = sc_consortium_party_did(c, r->parties[i].did);

        if (who == SIZE_MAX) {
            return 0;
        }
        if ((r->parties[i].roles & SC_ROLE_RESULT) != 0) {
            results |= (uint32_t)1 << who;
        }
        if ((r->parties[i].roles & SC_ROLE_ASKER) != 0) {
            askers |= (uint32_t)1 << who;
        }
    }
    return memcmp(r->job_id, job->id, sizeof job->id) == 0 &&
           r->started == job->time && r->not_after == job->not_after &&
           results == job->results && askers == (uint32_t)1 << job->asker;
}

static sc_err answer(void *ctx, json_t **out, sc_bytes text,
                     const sc_receipt *receipt, const json_t *job_json,
                     const sc_u128 *words, size_t n_words, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_consortium *c = NULL;
    sc_job *job = NULL;
    sc_plan *plan = NULL;
    sc_answer *table = NULL;
    sc_buf job_text = {0};

    (void)ctx;
    SC_TRY(take_consortium(&c, text, why));
    SC_TRY(sc_jcs_put(&job_text, job_json));
    SC_TRY(sc_job_take(&job, c, sc_buf_bytes(&job_text), why));
    SC_REQUIRE(is_of_job(receipt, job, c),
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt names another job, time, asker or "
                            "recipient than the question's own text"));
    SC_TRY(sc_plan_make(&plan, job, c, why));
    SC_REQUIRE(memcmp(plan->digest, receipt->plan_digest, 32) == 0 &&
                   sc_plan_vector_len(plan) == n_words,
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt's plan is not that of this job"));
    SC_TRY(sc_answer_make(&table, plan, words));
    SC_TRY(sc_answer_json(out, table));
    err = SC_OK;
out:
    sc_answer_free(&table);
    sc_plan_free(&plan);
    sc_job_free(&job);
    sc_consortium_free(&c);
    sc_buf_clear(&job_text);
    return sc_fault_from(why, err);
}

sc_bundle_judge sc_judge(void)
{
    return (sc_bundle_judge){parse, answer, NULL};
}
