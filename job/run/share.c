/* job/run/share.c: from an owner's sums to its share, committed to and safe on the
 * disk.
 *
 *   x = encoded sums, small cells noise
 *   y = x + z, z from the owners' seeds; or, of a sum of ciphertexts, the entry of x
 *   C = commitment to y under fresh randomness r32
 *   y and r32, sealed, to the job's record
 *
 * All of it before the tick (load.c), in time that passes anyway: of what comes
 * after the tick only the receipt is left to be stored before my signature may
 * leave. Without a signature the share is worth nothing, and end.c erases it. */
#include <string.h>

#include "base/mem.h"
#include "job/run/work.h"
#include "ledger/receipt.h"

/* Masks are among the owners alone: who owns nothing adds none. */
static sc_err mask(sc_run *r, sc_u128 *y, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n_share = sc_plan_vector_len(r->plan), n_owners = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        n_owners += r->plan->owners >> r->parties[i] & 1;
    }
    SC_REQUIRE(n_owners > 1, SC_E_BUG); /* alone it would mask by nothing */
    for (size_t i = 0; i < r->n_parties; i++) {
        if ((r->plan->owners >> r->parties[i] & 1) == 0) {
            sc_seeds_leave_out(r->seeds, i);
        }
    }
    SC_TRY(sc_sum_mask(r->seeds, y, n_share, 1, 0));
    SC_TRY(sc_buf_reserve(&r->share_bytes, n_share * sizeof *y));
    sc_ring128_put(r->share_bytes.p, y, n_share);
    r->share_bytes.len = n_share * sizeof *y;
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err commit(sc_run *r, sc_rng *rng)
{
    sc_err err = SC_E_BUG;
    sc_opt_bytes *mine = &r->outputs[r->my_position];

    SC_TRY(sc_rng_bytes(rng, r->r32, sizeof r->r32));
    mine->is_set = 1;
    sc_receipt_share_commit(mine->b, sc_run_share_id(r, r->my_position),
                            r->house->consortium->parties[r->house->me].did,
                            sc_buf_bytes(&r->share_bytes), r->r32);
    err = SC_OK;
out:
    return err;
}

static sc_err store(sc_run *r, sc_rng *rng, sc_fault *why)
{
    const sc_bytes share[] = {{r->r32, sizeof r->r32},
                              sc_buf_bytes(&r->share_bytes)};

    return sc_record_seal_share(r->record, r->house->keys->state, share, 2, rng,
                                why);
}

/* ---- the two protocols --------------------------------------------------- */

sc_err sc_run_open_tally(sc_run *r, sc_fault *why)
{
    if (r->plan->protocol != SC_PLAN_CIPHERTEXT_SUM || r->tally != NULL) {
        return SC_OK;
    }
    return sc_fault_from(why,
                         sc_tally_new(&r->tally, r->plan, r->house->consortium,
                                      r->house->sumkey, r->terms.sid, r->call,
                                      r->parties, r->n_parties));
}

typedef struct {
    sc_run *run;
    const sc_u128 *y;
    sc_rng *rng;
} entry_task;

static sc_err make_entry(void *ctx, sc_fault *why)
{
    entry_task *t = ctx;
    sc_run *r = t->run;
    sc_err err = sc_run_open_tally(r, why);

    if (err == SC_OK) {
        err = sc_tally_entry(r->tally, r->my_position, t->y, t->rng,
                             &r->share_bytes);
    }
    return sc_fault_from(why, err);
}

/* y becomes the bytes that are committed to, and sent once that is in the log. */
static sc_err hide(sc_run *r, sc_err *found, sc_u128 *y, sc_rng *rng,
                   sc_fault *why)
{
    entry_task t = {.run = r, .y = y, .rng = rng};

    if (r->plan->protocol == SC_PLAN_MASKED_SUM) {
        *found = mask(r, y, why);
        return SC_OK;
    }
    return sc_run_work(r, found, make_entry, NULL, &t, why);
}

static sc_err keep(sc_run *r, sc_rng *rng, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(commit(r, rng));
    if (!r->is_posting) { /* its post is stored (post.c) */
        SC_TRY(store(r, rng, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_run_make_share(sc_run *r, sc_err *found, const sc_i128 *sums,
                         sc_fault *why)
{
    sc_err ended = SC_OK;
    sc_rng rng = sc_rng_system();
    size_t n = sc_plan_vector_len(r->plan);
    sc_u128 *y = sc_alloc(n, sizeof *y);

    *found = y == NULL ? SC_E_MEM : sc_plan_encode(r->plan, y, sums, &rng);
    if (*found == SC_OK) {
        ended = hide(r, found, y, &rng, why);
    }
    if (ended == SC_OK && *found == SC_OK) {
        *found = keep(r, &rng, why);
    }
    if (y != NULL) {
        sc_wipe(y, n * sizeof *y);
    }
    sc_free(y);
    if (ended == SC_OK && *found != SC_OK) {
        sc_fault_from(why, *found);
    }
    return ended;
}
