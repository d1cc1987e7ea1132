/* job/run/again.c: between consent and load, a question that was asked before, and
 * one that is too many today. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "job/run/repeat.h"
#include "job/run/run_state.h"

/* An asker whose day is used up may still repeat a question: it needs everybody's
 * consent to see that the data is the same, and then cancels. If it commits
 * instead, it wants a new answer. Nothing was loaded for it until then. */
sc_err sc_run_check_limits(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;
    sc_refusal kind;
    sc_fault limit = {0};
    sc_frame f;
    sc_err err = sc_policy_has_left(&kind, h->history, h->conf, r->job, r->plan,
                                    sc_clock_wall() / SC_DAY_S, &limit);

    if (err != SC_OK) {
        sc_run_enter(r, SC_PHASE_LOAD);
        err = sc_run_expect(r, sc_run_position(r, r->job->asker), &f,
                            SC_MSG_COMMIT, why);
        if (err == SC_OK) {
            *why = limit;
            err = limit.code;
        }
    }
    return err;
}

/* The job that answered under this key, and its record. */
static sc_err open_answered(sc_record **before, uint8_t id[static 16],
                            const sc_run *r, const uint8_t key[static 32],
                            sc_fault *why)
{
    const char *store = r->house->conf->store;
    sc_err err = sc_repeat_find(id, store, key, why);

    return err == SC_OK ? sc_record_open(before, store, id, why) : err;
}

static sc_err find_answer(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t key[32], id[16];
    sc_record *before = NULL;
    sc_bytes answer, note;

    sc_repeat_key(key, r->plan, r->inputs, r->n_parties);
    SC_TRY(open_answered(&before, id, r, key, why));
    SC_TRY(sc_record_get(before, &answer, SC_RECORD_ANSWER));
    SC_TRY(sc_record_get_proved(before, &r->index, &note));
    SC_TRY(sc_buf_put_bytes(&r->answer, answer));
    memcpy(r->answer_id, id, sizeof id);
    r->is_stored = 1;
    err = SC_OK;
out:
    sc_record_free(&before);
    return sc_fault_from(why, err);
}

int sc_run_find_answer(sc_run *r)
{
    sc_fault why = {0};
    sc_err err = find_answer(r, &why);

    if (err != SC_OK && err != SC_E_NOT_FOUND) {
        sc_log_line(r->house->log, SC_LOG_WARN, "job",
                    "the stored answer cannot be used, the question is asked "
                    "anew: %s",
                    why.text);
    }
    return err == SC_OK;
}

void sc_run_name_answer(const sc_run *r, char *out, size_t len)
{
    uint8_t key[32], id[16];
    sc_record *before = NULL;
    sc_bytes answer;
    char hex[33];

    out[0] = '\0';
    sc_repeat_key(key, r->plan, NULL, 0);
    if (open_answered(&before, id, r, key, NULL) == SC_OK &&
        sc_record_get(before, &answer, SC_RECORD_ANSWER) == SC_OK) {
        sc_hex16(hex, id);
        (void)snprintf(out, len,
                       "your last answer to it: `sharechain result %s`", hex);
    }
    sc_record_free(&before);
}
