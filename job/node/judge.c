/* job/node/judge.c: see the header. */
#include "job/node/judge.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "job/run/call.h"
#include "job/run/tally.h"

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
static int is_of_job(const sc_receipt *r, const sc_job *job)
{
    return memcmp(r->job_id, job->id, sizeof job->id) == 0 &&
           r->started == job->time && r->not_after == job->not_after;
}

/* Are its parties those of the plan, with the plan's roles, in its order? */
static int has_parties(const sc_receipt *r, const sc_plan *p, size_t asker,
                       const sc_consortium *c)
{
    size_t next = 0;

    for (size_t who = 0; who < c->n_parties; who++) {
        unsigned roles = sc_plan_roles(p, who, asker);

        if ((p->job_parties >> who & 1) == 0) {
            continue;
        }
        if (next == r->n_parties ||
            strcmp(r->parties[next].did, c->parties[who].did) != 0 ||
            r->parties[next].roles != roles) {
            return 0;
        }
        next++;
    }
    return next == r->n_parties;
}

/* Do the posts that it holds stand in the job, for the call that the job is of, and are
 * they of the owners who post and leave? Its own signatures are checked elsewhere. */
static int has_posts(const sc_receipt *r, const sc_job *job, const sc_plan *p,
                     const sc_consortium *c)
{
    uint8_t call[32];
    size_t next = 0;

    if (p->posting == 0) {
        return !r->has_call;
    }
    if (!r->has_call || sc_job_call_digest(call, job, c) != SC_OK ||
        memcmp(call, r->call, 32) != 0 ||
        memcmp(p->query_digest, r->call_plan, 32) != 0 ||
        sc_call_check_posts(job, p, c, call, NULL) != SC_OK) {
        return 0;
    }
    for (size_t i = 0; i < r->n_parties; i++) {
        const sc_receipt_party *party = &r->parties[i];
        const sc_job_post *post = &job->posts[next];
        size_t who = sc_consortium_party_did(c, party->did);

        if (party->is_posted != (int)(p->posting >> who & 1)) {
            return 0;
        }
        if (party->is_posted) {
            if (next++ == job->n_posts || post->party != who ||
                post->time != party->posted ||
                memcmp(post->proof, party->post, sizeof post->proof) != 0 ||
                memcmp(post->input, party->input, 32) != 0 ||
                memcmp(post->output, party->output, 32) != 0) {
                return 0;
            }
        }
    }
    return next == job->n_posts;
}

/* Does it list what is opened, then what else is learnt, in the plan's words? */
static int has_words(const json_t *disclosed, const sc_plan *p)
{
    size_t n = p->n_reveals + p->n_leaks;

    for (size_t i = 0; i < n; i++) {
        const char *said = json_string_value(json_array_get(disclosed, i));
        const char *due =
            i < p->n_reveals ? p->reveals[i] : p->leaks[i - p->n_reveals];

        if (said == NULL || strcmp(said, due) != 0) {
            return 0;
        }
    }
    return json_array_size(disclosed) == n;
}

/* Does it say of the plan what the plan says? */
static int is_of_plan(const sc_receipt *r, const sc_plan *p,
                      const sc_consortium *c)
{
    char collusion[SC_PLAN_COLLUSION_LEN];

    sc_plan_collusion_words(collusion, p);
    return memcmp(p->digest, r->plan_digest, 32) == 0 &&
           strcmp(sc_plan_protocol_name(p), r->protocol) == 0 &&
           strcmp(SC_PLAN_MODEL, r->model) == 0 &&
           strcmp(collusion, r->collusion) == 0 && p->ring == r->ring &&
           p->n_cells == r->cells &&
           p->n_supports + p->n_opened == r->vectors &&
           sc_plan_share_words(p) == sc_receipt_share_words(r) &&
           c->rules.min_group == r->min_group && has_words(r->disclosed, p);
}

/* What the bundle holds of one question. */
typedef struct {
    const sc_bundle *bundle;
    const sc_receipt *receipt;
    const sc_judge_watch *watch; /* or NULL */
    sc_consortium *c;
    sc_job *job;
    sc_plan *plan;
    sc_sumkey *key;
    sc_tally *tally;
    sc_opened_share shares[SC_MAX_PARTIES];
} judged;

static sc_err take_plan(judged *j, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(take_consortium(&j->c, j->bundle->consortium, why));
    SC_TRY(sc_jcs_put(&text, j->bundle->job));
    SC_TRY(sc_job_take(&j->job, j->c, sc_buf_bytes(&text), why));
    SC_REQUIRE(is_of_job(j->receipt, j->job),
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt names another job or time than the "
                            "question's own text"));
    SC_TRY(sc_plan_make(&j->plan, j->job, j->c, why));
    SC_REQUIRE(has_parties(j->receipt, j->plan, j->job->asker, j->c),
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt's parties, or what they do in it, are "
                            "not those of this job"));
    SC_REQUIRE(has_posts(j->receipt, j->job, j->plan, j->c),
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt's posts are not those of this job"));
    SC_REQUIRE(is_of_plan(j->receipt, j->plan, j->c),
               sc_fault_set(why, SC_E_CHEAT,
                            "the receipt's plan is not that of this job"));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* Masked shares by position, from the bundle's, which are in the receipt's order. */
static sc_err take_shares(judged *j)
{
    size_t next = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < j->receipt->n_parties; i++) {
        if ((j->receipt->parties[i].roles & SC_ROLE_COMPUTING) != 0) {
            SC_REQUIRE(next < j->bundle->n_shares, SC_E_CHEAT);
            SC_TRY(sc_buf_put_bytes(&j->shares[i].vector,
                                    j->bundle->shares[next++].words));
            j->shares[i].is_there = 1;
        }
    }
    err = SC_OK;
out:
    return err;
}

/* Position of the holder with this DID, or SIZE_MAX. */
static size_t holder_of(const judged *j, const char *did)
{
    for (size_t i = 0; i < j->receipt->n_parties; i++) {
        if (strcmp(j->receipt->parties[i].did, did) == 0 &&
            (j->receipt->parties[i].roles & SC_ROLE_HOLDER) != 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static sc_err take_parts(judged *j, sc_fault *why)
{
    const sc_bundle *b = j->bundle;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(b->n_parts == j->plan->needed,
               sc_fault_set(why, SC_E_CHEAT,
                            "it has %zu parts of the sum; the key takes %zu",
                            b->n_parts, j->plan->needed));
    for (size_t i = 0; i < b->n_parts; i++) {
        size_t holder = holder_of(j, b->parts[i].did);

        SC_REQUIRE(holder != SIZE_MAX &&
                       (i == 0 || holder > holder_of(j, b->parts[i - 1].did)),
                   SC_E_CHEAT);
        err = sc_tally_take_part(j->tally, holder, b->parts[i].words);
        SC_REQUIRE(err != SC_E_WIRE && err != SC_E_CHEAT,
                   sc_fault_set(why, SC_E_CHEAT,
                                "a part of the sum is not made with its "
                                "holder's share"));
        SC_TRY(err);
    }
    err = SC_OK;
out:
    return err;
}

/* Of a party that is in the plan. */
static const char *name_of(const judged *j, const char *did)
{
    return j->c->parties[sc_consortium_party_did(j->c, did)].name;
}

/* One owner's ciphertexts. They may lie in a file that is changed meanwhile: what is
 * added is a copy that is the receipt's. */
static sc_err take_entry(judged *j, size_t position,
                         const sc_bundle_share *from, sc_fault *why)
{
    const sc_receipt_party *p = &j->receipt->parties[position];
    sc_opened_share *copy = &j->shares[position];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_bytes(&copy->vector, from->words));
    memcpy(copy->r32, from->r32, sizeof copy->r32);
    SC_TRY(sc_opened_share_verify(copy,
                                  sc_receipt_share_sid(j->receipt, position),
                                  p->did, p->output));
    err = sc_tally_add(j->tally, position, sc_buf_bytes(&copy->vector));
    SC_REQUIRE(err != SC_E_WIRE && err != SC_E_CHEAT,
               sc_fault_set(why, SC_E_CHEAT,
                            "the proof of %s's ciphertexts does not hold",
                            name_of(j, p->did)));
    SC_TRY(err);
    err = SC_OK;
out:
    sc_opened_shares_clear(copy, 1);
    return err;
}

/* The first n_done shares are checked. */
static void show(const judged *j, size_t n_done)
{
    uint64_t done = 0, total = 0;

    for (size_t i = 0; i < j->bundle->n_shares; i++) {
        total += j->bundle->shares[i].words.len;
        done += i < n_done ? j->bundle->shares[i].words.len : 0;
    }
    if (j->watch != NULL) {
        j->watch->show(j->watch->ctx, done, total);
    }
}

static sc_err take_entries(judged *j, sc_fault *why)
{
    size_t next = 0;
    sc_err err = SC_E_BUG;

    show(j, 0);
    for (size_t i = 0; i < j->receipt->n_parties; i++) {
        if ((j->receipt->parties[i].roles & SC_ROLE_COMPUTING) != 0) {
            SC_REQUIRE(next < j->bundle->n_shares, SC_E_CHEAT);
            SC_TRY(take_entry(j, i, &j->bundle->shares[next++], why));
            show(j, next);
        }
    }
    SC_REQUIRE(sc_tally_is_whole(j->tally), SC_E_CHEAT);
    err = SC_OK;
out:
    return err;
}

/* Add up the ciphertexts again, and check the parts that open the sum: no key is
 * needed for that. */
static sc_err take_sum(judged *j, sc_fault *why)
{
    size_t parties[SC_MAX_PARTIES];
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < j->receipt->n_parties; i++) {
        parties[i] = sc_consortium_party_did(j->c, j->receipt->parties[i].did);
    }
    SC_TRY(sc_sumkey_take(&j->key, &j->c->sumkey, j->bundle->key, why));
    SC_TRY(sc_tally_new(&j->tally, j->plan, j->c, j->key, j->receipt->sid,
                        j->receipt->call, parties, j->receipt->n_parties));
    SC_TRY(take_entries(j, why));
    SC_TRY(take_parts(j, why));
    err = SC_OK;
out:
    return err;
}

static void clear_judged(judged *j)
{
    sc_opened_shares_clear(j->shares, SC_MAX_PARTIES);
    sc_tally_free(&j->tally);
    sc_sumkey_free(&j->key);
    sc_plan_free(&j->plan);
    sc_job_free(&j->job);
    sc_consortium_free(&j->c);
}

static sc_err answer(void *ctx, json_t **out, const sc_bundle *b,
                     const sc_receipt *receipt, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    judged *j = sc_alloc(1, sizeof *j);
    sc_buf text = {0};

    SC_REQUIRE(j != NULL, SC_E_MEM);
    j->bundle = b;
    j->receipt = receipt;
    j->watch = ctx;
    SC_TRY(take_plan(j, why));
    if (j->plan->protocol == SC_PLAN_CIPHERTEXT_SUM) {
        SC_TRY(take_sum(j, why));
    } else {
        SC_TRY(take_shares(j));
        SC_REQUIRE(b->n_parts == 0, SC_E_CHEAT);
    }
    SC_TRY(sc_outcome_answer(&text, j->plan, j->tally, j->shares,
                             receipt->n_parties));
    SC_TRY(sc_json_parse_canonical(out, sc_buf_bytes(&text), text.len, why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    if (j != NULL) {
        clear_judged(j);
    }
    sc_free(j);
    return sc_fault_from(why, err);
}

sc_bundle_judge sc_judge(sc_judge_watch *watch)
{
    return (sc_bundle_judge){parse, answer, watch};
}
