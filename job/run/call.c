/* job/run/call.c: see the header. */
#include "job/run/call.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/run/post_file.h"

#define DAY_S ((int64_t)86400)

sc_err sc_call_check_times(const sc_consortium *c, int64_t time,
                           int64_t not_after, int64_t now, sc_fault *why)
{
    if (time > now + SC_CALL_CLOCK_SLACK_S) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the call begins in %lld s by this node's clock",
                            (long long)(time - now));
    }
    if (not_after <= now) {
        return sc_fault_set(why, SC_E_REFUSED, "the call is over");
    }
    if (not_after <= time ||
        not_after - time > (int64_t)c->rules.call_days * DAY_S) {
        sc_fault_set(why, SC_E_REFUSED,
                     "a call may last %llu days here (call_days)",
                     (unsigned long long)c->rules.call_days);
        return SC_E_REFUSED;
    }
    return SC_OK;
}

/* ---- signatures ----------------------------------------------------------- */

void sc_call_post(sc_post *out, const sc_job_post *p, const sc_plan *plan,
                  const sc_consortium *c, const uint8_t call[static 32])
{
    memcpy(out->call, call, 32);
    memcpy(out->plan, plan->query_digest, 32);
    memcpy(out->consortium, c->digest, 32);
    out->did = c->parties[p->party].did;
    memcpy(out->input, p->input, 32);
    memcpy(out->output, p->output, 32);
    out->time = p->time;
}

static sc_err name_owner(const sc_consortium *c, size_t party, sc_err code,
                         sc_fault *why, const char *text)
{
    sc_fault_set(why, code, "%s", text);
    sc_fault_party(why, c->parties[party].name);
    return code;
}

sc_err sc_call_check_posts(const sc_job *job, const sc_plan *plan,
                           const sc_consortium *c,
                           const uint8_t call[static 32], sc_fault *why)
{
    if (job->n_posts > 0 &&
        (job->time < job->call.time || job->time > job->call.not_after)) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the job is not within the time of its call");
    }
    for (size_t i = 0; i < job->n_posts; i++) {
        const sc_job_post *p = &job->posts[i];
        sc_post post;

        if (p->time < job->call.time - SC_CALL_POST_SLACK_S ||
            p->time > job->time) {
            return name_owner(c, p->party, SC_E_CHEAT, why,
                              "it posted outside the call's time");
        }
        sc_call_post(&post, p, plan, c, call);
        if (sc_post_check(&post, c->parties[p->party].identity, p->proof) !=
            SC_OK) {
            return name_owner(c, p->party, SC_E_CHEAT, why,
                              "the signature of its post does not hold");
        }
    }
    return SC_OK;
}

/* ---- files ---------------------------------------------------------------- */

static sc_err check_file(const sc_job_post *p, const sc_house *h,
                         const uint8_t call[static 32], sc_fault *why)
{
    const sc_party *party = &h->consortium->parties[p->party];
    sc_opened_share share = {0};
    sc_err err = sc_post_file_get(NULL, &share, h, call, p->party, why);

    if (err == SC_OK &&
        sc_opened_share_verify(&share, call, party->did, p->output) != SC_OK) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "the job has another post of %s than the one that "
                           "came here: of a call one sum is opened",
                           party->name);
    } else if (err == SC_E_NOT_FOUND) {
        why->code = err = SC_E_REFUSED;
    }
    sc_buf_clear(&share.vector);
    return err;
}

sc_err sc_call_check_files(const sc_job *job, const sc_house *h,
                           const uint8_t call[static 32], sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *folder = sc_post_file_dir(h, call), *end = NULL;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    end = sc_path_join(folder, SC_CALL_END_FILE);
    SC_REQUIRE(end != NULL, SC_E_MEM);
    SC_REQUIRE(job->asker == h->me || access(end, F_OK) != 0,
               sc_fault_set(why, SC_E_REFUSED,
                            "its asker said that it has given the call up"));
    for (size_t i = 0; i < job->n_posts; i++) {
        SC_TRY(check_file(&job->posts[i], h, call, why));
    }
    err = SC_OK;
out:
    sc_free(end);
    sc_free(folder);
    return err;
}
