/* job/node/sums.c: see the header. */
#include "job/node/sums.h"

void sc_sums_clear(sc_sums *s)
{
    sc_tally_free(&s->tally);
    sc_plan_free(&s->plan);
    sc_job_free(&s->job);
}

sc_err sc_sums_open(sc_sums *s, const sc_house *h, const sc_dossier *d,
                    sc_fault *why)
{
    sc_err err =
        s->plan != NULL ? SC_OK : sc_dossier_plan(d, h, &s->job, &s->plan, why);

    if (err != SC_OK) {
        sc_sums_clear(s);
    }
    return err;
}

/* Entries were checked against the receipt as they came; their proofs are now. */
static sc_err open_tally(sc_sums *s, const sc_house *h, const sc_dossier *d,
                         const sc_opened_share *shares, uint32_t *liars,
                         sc_fault *why)
{
    size_t parties[SC_MAX_PARTIES], liar = SIZE_MAX;
    sc_err err = SC_E_BUG;

    if (s->tally != NULL) {
        return SC_OK;
    }
    if (h->sumkey == NULL) {
        return sc_fault_set(why, SC_E_STATE,
                            "this node has not the key of the sum any more");
    }
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        parties[i] = sc_dossier_party(d, h, i);
    }
    SC_TRY(sc_tally_new(&s->tally, s->plan, h->consortium, h->sumkey, d->sid,
                        d->receipt.call, parties, d->receipt.n_parties));
    err = sc_tally_add_all(s->tally, &liar, shares);
    if (liar != SIZE_MAX && (err == SC_E_WIRE || err == SC_E_CHEAT)) {
        *liars |= (uint32_t)1 << parties[liar];
        err = sc_fault_set(why, SC_E_CHEAT,
                           "the proof of %s's ciphertexts does not hold: "
                           "nothing is opened",
                           h->consortium->parties[parties[liar]].name);
    }
    SC_TRY(err);
    err = SC_OK;
out:
    if (err != SC_OK) { /* all of it anew, if it is tried again */
        sc_tally_free(&s->tally);
    }
    return sc_fault_from(why, err);
}

int sc_sums_owes_part(const sc_dossier *d)
{
    return d->me != SIZE_MAX && sc_dossier_is(d, d->me, SC_ROLE_HOLDER) &&
           !sc_record_has_part(d->record);
}

static sc_err make_part(sc_sums *s, const sc_house *h, sc_dossier *d,
                        const sc_opened_share *shares, sc_buf *part,
                        uint32_t *liars, sc_fault *why)
{
    sc_rng rng = sc_rng_system();
    sc_err err = SC_E_BUG;

    sc_buf_reset(part);
    SC_TRY(open_tally(s, h, d, shares, liars, why));
    SC_TRY(sc_tally_part(s->tally, d->me, &rng, part));
    SC_TRY(sc_record_seal_part(d->record, h->keys->state, sc_buf_bytes(part),
                               &rng, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_sums_own_part(sc_sums *s, const sc_house *h, sc_dossier *d,
                        sc_opened_share *shares, uint32_t *liars, sc_fault *why)
{
    sc_opened_share *mine = &shares[d->receipt.n_parties + d->me];
    sc_err err = SC_E_BUG;

    if (mine->is_there) {
        return SC_OK;
    }
    err = sc_record_open_part(d->record, &mine->vector, h->keys->state, why);
    if (err == SC_E_NOT_FOUND || err == SC_E_CORRUPT) {
        *why = (sc_fault){0};
        err = make_part(s, h, d, shares, &mine->vector, liars, why);
    }
    SC_TRY(err);
    mine->is_there = 1;
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err take_part(const sc_sums *s, const sc_house *h,
                        const sc_dossier *d, size_t i, sc_opened_share *part,
                        uint32_t *liars, uint32_t *distrusted)
{
    size_t party = sc_dossier_party(d, h, i);
    sc_err err = sc_tally_take_part(s->tally, i, sc_buf_bytes(&part->vector));

    if (err == SC_E_WIRE || err == SC_E_CHEAT) {
        sc_log_line(h->log, SC_LOG_WARN, "mend",
                    "the part of %s is not of this sum, or not made with its "
                    "share",
                    h->consortium->parties[party].name);
        *liars |= (uint32_t)1 << party;
        *distrusted |= (uint32_t)1 << i;
        part->is_there = 0;
        sc_buf_reset(&part->vector);
        err = SC_OK;
    }
    return err;
}

sc_err sc_sums_take_parts(sc_sums *s, const sc_house *h, const sc_dossier *d,
                          sc_opened_share *shares, uint32_t *liars,
                          uint32_t *distrusted, sc_fault *why)
{
    sc_opened_share *parts = shares + d->receipt.n_parties;
    sc_err err = SC_E_BUG;

    SC_TRY(open_tally(s, h, d, shares, liars, why));
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (parts[i].is_there && sc_tally_is_complete(s->tally)) {
            parts[i].is_there = 0; /* more than the answer is made of */
            sc_buf_reset(&parts[i].vector);
        } else if (parts[i].is_there) {
            SC_TRY(take_part(s, h, d, i, &parts[i], liars, distrusted));
        }
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
