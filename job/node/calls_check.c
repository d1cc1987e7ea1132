/* job/node/calls_check.c: at the asker, whether a post's proofs hold: seconds for a large
 * one, on a thread of its own, one after the other. While it looks, nobody else touches the
 * bytes (peers[].is_whole), and the call stays. */
#include "base/mem.h"
#include "job/node/calls_inner.h"
#include "job/run/post_file.h"
#include "job/run/tally.h"

sc_err sc_call_check_proofs(const sc_call *c, const sc_house *h, size_t owner,
                            sc_fault *why)
{
    sc_opened_share share = {0};
    sc_tally *t = NULL;
    sc_err err = SC_E_BUG;

    SC_TRY(
        sc_post_file_take(NULL, &share, sc_buf_bytes(&c->peers[owner].coming)));
    SC_TRY(sc_tally_new(&t, c->plan, h->consortium, h->sumkey, c->digest,
                        c->digest, &owner, 1));
    err = sc_tally_check_entry(t, 0, sc_buf_bytes(&share.vector));
    if (err == SC_E_WIRE || err == SC_E_CHEAT) {
        err = sc_fault_set(why, SC_E_CHEAT,
                           "the proof of its ciphertexts does not hold");
    }
out:
    sc_tally_free(&t);
    sc_buf_clear(&share.vector);
    return sc_fault_from(why, err);
}

static void *check_thread(void *arg)
{
    sc_calls *cs = arg;
    sc_calls_check *k = &cs->check;
    sc_fault why = {0};
    sc_err err = sc_call_check_proofs(k->call, cs->house, k->owner, &why);

    pthread_mutex_lock(&cs->lock);
    k->err = err;
    k->why = why;
    k->is_done = 1;
    pthread_mutex_unlock(&cs->lock);
    sc_calls_linked(cs, cs->house->me); /* it wakes */
    return NULL;
}

static int is_done(sc_calls *cs)
{
    int done;

    pthread_mutex_lock(&cs->lock);
    done = cs->check.is_done;
    pthread_mutex_unlock(&cs->lock);
    return done;
}

static void begin(sc_calls *cs, sc_call *call, size_t owner)
{
    sc_fault why = {0};

    cs->check = (sc_calls_check){.call = call, .owner = owner};
    if (pthread_create(&cs->check.thread, NULL, check_thread, cs) != 0) {
        cs->check.call = NULL;
        sc_call_take_checked(call, cs->house, owner, SC_E_MEM, &why);
    }
}

/* The next post that is whole. */
static void find_next(sc_calls *cs)
{
    for (size_t i = 0; i < cs->n; i++) {
        for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
            if (cs->check.call == NULL && cs->calls[i]->peers[p].is_whole) {
                begin(cs, cs->calls[i], p);
            }
        }
    }
}

void sc_calls_check_posts(sc_calls *cs)
{
    sc_calls_check *k = &cs->check;

    if (k->call != NULL && is_done(cs)) {
        sc_call *call = k->call;

        pthread_join(k->thread, NULL);
        k->call = NULL;
        sc_call_take_checked(call, cs->house, k->owner, k->err, &k->why);
    }
    find_next(cs);
}

void sc_calls_check_end(sc_calls *cs)
{
    if (cs->check.call != NULL) {
        pthread_join(cs->check.thread, NULL);
        cs->check.call = NULL;
    }
}
