/* job/run/call.h: what holds of a call, and of the posts that a job says answer it.
 *
 * A call is a job whose owners, or some of them, post and leave (job/plan/plan.h). It
 * lasts for days, at most call_days of the consortium's rules. The job that runs in the
 * end holds every such owner's post; its session is that of the others.
 *
 * Adversary: an asker that calls for ever, runs a job with posts for another call or
 * plan, or opens two sums of one call. */
#ifndef SC_JOB_CALL_H
#define SC_JOB_CALL_H

#include "job/run/house.h"
#include "job/run/outcome.h"
#include "ledger/post.h"

#define SC_CALL_CLOCK_SLACK_S 120 /* between the asker's clock and mine */
#define SC_CALL_POST_SLACK_S  240 /* between two others', by way of mine */

/* In STORE/calls/<call>, once the call has ended here without a job of this party's
 * asking (job/node/call.h). */
#define SC_CALL_END_FILE "end"

/* Has the call begun, is it not over, and may it last so long? Words for its owner.
 * SC_E_REFUSED. */
SC_MUST_USE sc_err sc_call_check_times(const sc_consortium *c, int64_t time,
                                       int64_t not_after, int64_t now,
                                       sc_fault *why);

/* Fill in what the owner of a post signs. call: sc_job_call_digest. */
void sc_call_post(sc_post *out, const sc_job_post *p, const sc_plan *plan,
                  const sc_consortium *c, const uint8_t call[static 32]);

/* Every post of the job is signed by its owner, for this call and this plan, within
 * the call's time and before the job's; the job is within the call's time.
 *   Returns: SC_E_CHEAT  why names the owner */
SC_MUST_USE sc_err sc_call_check_posts(const sc_job *job, const sc_plan *plan,
                                       const sc_consortium *c,
                                       const uint8_t call[static 32],
                                       sc_fault *why);
/* Of a call one sum is opened. Each party that is there remembers for which session it
 * signed, in STORE/calls/<call>/job, and signs for no other while that one may still
 * be, or is, in the log.
 *   Returns: SC_E_REFUSED  another session of this call has a receipt, or is not
 *                          decided yet; why says which job's */
SC_MUST_USE sc_err sc_call_check_open(const sc_house *h,
                                      const uint8_t call[static 32],
                                      sc_fault *why);
/* The same, and remember this session for it, durably: before a signature under the
 * receipt of this session leaves.
 *   In:  not_after  the call's: it need not be remembered longer than jobs of it may
 *                   begin */
SC_MUST_USE sc_err sc_call_claim(const sc_house *h,
                                 const uint8_t call[static 32],
                                 const uint8_t sid[static 32],
                                 const uint8_t job[static 16],
                                 int64_t not_after, sc_fault *why);
/* Has the session that this party signed for, or of which it was told, a receipt in the
 * log? Its job. SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_call_answered(const sc_house *h,
                                    const uint8_t call[static 32],
                                    uint8_t job[static 16]);
/* When such a memory may go: the call's time. For what is left of a call that this
 * party did not keep (job/node/calls.h). SC_E_NOT_FOUND: there is none. */
SC_MUST_USE sc_err sc_call_claimed_until(int64_t *not_after, const char *folder,
                                         sc_fault *why);

/* The files of all its posts are here, and they are these (job/run/post_file.h): for
 * who adds up.
 *   Returns: SC_E_REFUSED  one is not here, or is another than the job's; or the asker
 *                          said that it has given the call up */
SC_MUST_USE sc_err sc_call_check_files(const sc_job *job, const sc_house *h,
                                       const uint8_t call[static 32],
                                       sc_fault *why);

#endif
