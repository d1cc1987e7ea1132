/* job/run/talk.c: how a run speaks, how long it waits, and whom it names.
 *
 * A step waits for one party at a time, `deadline_ms` from its start or from
 * that party's last PROGRESS. Three things are told apart:
 *
 *   dead      nothing came over its link for deadline_ms, not even an answer to
 *             a PING: killed, frozen or cut off. Noticed whomever this party is
 *             waiting for just then
 *   silent    its link lives, its protocol does not. It may be waiting itself,
 *             for somebody dead: then it will say for whom. So it gets a quarter
 *             more before it is named
 *   closed    it ended the session. Why, it says in a message that another
 *             thread takes: that gets a moment to arrive
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "job/run/run_state.h"

#define SLICE_MS    ((uint64_t)100) /* between two looks around */
#define PROGRESS_MS ((uint64_t)2000)
#define WORD_MS     ((uint64_t)500) /* for the reason of a closed session */
#define POLL_MS     ((uint64_t)10)

static uint64_t patience_ms(const sc_run *r)
{
    return r->house->consortium->rules.deadline_ms;
}

/* ---- naming ------------------------------------------------------------- */

static void name(sc_run *r, size_t position, sc_fault *why, sc_err code,
                 const char *text)
{
    sc_fault_set(why, code, "%s", text);
    sc_fault_party(why,
                   r->house->consortium->parties[r->parties[position]].name);
    sc_fault_phase(why, sc_phase_name(r->phase));
}

static void name_words(sc_run *r, size_t position, sc_fault *why, sc_err code,
                       const char *format, va_list args)
{
    char text[400];

    vsnprintf(text, sizeof text, format, args);
    name(r, position, why, code, text);
}

sc_err sc_run_blame(sc_run *r, size_t position, sc_fault *why, sc_err code,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    name_words(r, position, why, code, format, args);
    va_end(args);
    return code;
}

sc_err sc_run_suspect(sc_run *r, size_t position, sc_fault *why, sc_err code,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    name_words(r, position, why, code, format, args);
    va_end(args);
    r->is_unproved = 1;
    return code;
}

/* ---- waiting ------------------------------------------------------------ */

int sc_run_is_leaving(sc_run *r)
{
    int is_leaving;

    pthread_mutex_lock(&r->lock);
    is_leaving = r->is_leaving;
    pthread_mutex_unlock(&r->lock);
    return is_leaving;
}

int sc_run_is_told(sc_run *r)
{
    int is_told;

    pthread_mutex_lock(&r->lock);
    is_told = r->is_told;
    pthread_mutex_unlock(&r->lock);
    return is_told;
}

int sc_run_is_repeated(sc_run *r, sc_err err)
{
    int is_repeated;

    pthread_mutex_lock(&r->lock);
    is_repeated = r->is_repeated && err == SC_E_CANCELLED;
    pthread_mutex_unlock(&r->lock);
    return is_repeated;
}

/* For how long nothing has come from the party, at most since the run began. */
static uint64_t quiet_ms(const sc_run *r, size_t position)
{
    uint64_t run_ms = (sc_clock_ns() - r->started_ns) / 1000000;
    sc_mesh_link link;

    if (!sc_run_is_peer(r, position) ||
        sc_mesh_status(r->house->mesh, &link, r->parties[position]) != SC_OK) {
        return 0;
    }
    return link.quiet_ms < run_ms ? link.quiet_ms : run_ms;
}

static sc_err name_dead(sc_run *r, size_t position, sc_fault *why)
{
    return sc_run_blame(r, position, why, SC_E_TIMEOUT,
                        "nothing came from it for %llu ms",
                        (unsigned long long)quiet_ms(r, position));
}

sc_err sc_run_look_around(sc_run *r, sc_fault *why)
{
    if (r->is_posting) {
        return sc_run_is_leaving(r) ? sc_fault_from(why, SC_E_CANCELLED)
                                    : SC_OK;
    }
    if (sc_run_is_told(r)) {
        sc_err err = sc_session_why(r->session, why);

        return err != SC_OK ? err : sc_fault_from(why, SC_E_CANCELLED);
    }
    for (size_t i = 0; i < r->n_parties; i++) {
        if (quiet_ms(r, i) >= patience_ms(r)) {
            return name_dead(r, i, why);
        }
    }
    return SC_OK;
}

static uint64_t heard_ms(sc_run *r, size_t position)
{
    uint64_t heard;

    pthread_mutex_lock(&r->lock);
    heard = r->heard_ms[r->parties[position]];
    pthread_mutex_unlock(&r->lock);
    return heard;
}

/* A slice went by without what is awaited of a position since `since_ms`: is it
 * worth to wait on? */
static sc_err be_patient(sc_run *r, size_t position, uint64_t since_ms,
                         const char *what, sc_fault *why)
{
    uint64_t now = sc_clock_ms(), heard = heard_ms(r, position);
    uint64_t waited = now - (heard > since_ms ? heard : since_ms);
    uint64_t patience = patience_ms(r);
    sc_err err = SC_E_BUG;

    *why = (sc_fault){0};
    if (r->phase == SC_PHASE_LOAD) { /* others wait for my COMMIT */
        sc_run_say_progress(r);
    }
    if (r->phase <= SC_PHASE_SIGN) { /* everybody is still needed */
        SC_TRY(sc_run_look_around(r, why));
    } else if (quiet_ms(r, position) >= patience && waited >= patience) {
        return name_dead(r, position, why);
    }
    if (waited >= patience + patience / 4 || sc_clock_left(r->until_ms) == 0) {
        return sc_run_blame(r, position, why, SC_E_TIMEOUT,
                            "its link lives, but no %s within %llu ms", what,
                            (unsigned long long)(now - since_ms));
    }
    err = SC_OK;
out:
    return err;
}

/* The session was closed at its end. */
static sc_err ask_why(sc_run *r, size_t position, sc_fault *why)
{
    uint64_t until = sc_clock_ms() + WORD_MS;
    sc_fault said = {0};

    while (!sc_run_is_told(r) && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(POLL_MS);
    }
    if (sc_run_is_told(r) && sc_session_why(r->session, &said) != SC_OK) {
        *why = said;
        return why->code;
    }
    return sc_run_suspect(r, position, why, SC_E_IO, "%s", why->text);
}

sc_err sc_run_expect(sc_run *r, size_t position, sc_frame *f, uint16_t type,
                     sc_fault *why)
{
    uint64_t since_ms = sc_clock_ms();
    sc_err err;

    do {
        *why = (sc_fault){0};
        err = sc_session_expect(r->session, r->parties[position], f, type, 0,
                                sc_clock_ms() + SLICE_MS, why);
    } while (err == SC_E_TIMEOUT &&
             (err = be_patient(r, position, since_ms, sc_msg_name(type),
                               why)) == SC_OK);
    return err == SC_E_IO ? ask_why(r, position, why) : err;
}

/* ---- speaking ----------------------------------------------------------- */

sc_err sc_run_send(sc_run *r, size_t position, sc_frame *f, sc_fault *why)
{
    uint64_t since_ms = sc_clock_ms();
    sc_err err;

    f->op = 0;
    do { /* what is not taken within the slice is not sent */
        *why = (sc_fault){0};
        err = sc_session_send(r->session, r->parties[position], f,
                              sc_clock_ms() + SLICE_MS, why);
    } while (err == SC_E_TIMEOUT &&
             (err = be_patient(r, position, since_ms, "room for a message",
                               why)) == SC_OK);
    return err == SC_E_IO ? ask_why(r, position, why) : err;
}

sc_err sc_run_send_all(sc_run *r, sc_frame *f, sc_fault *why)
{
    sc_err err = SC_OK;

    for (size_t i = 0; i < r->n_parties && err == SC_OK; i++) {
        if (sc_run_is_peer(r, i)) {
            err = sc_run_send(r, i, f, why);
        }
    }
    return err;
}

void sc_run_say_all(sc_run *r, const sc_frame *f)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (sc_run_is_peer(r, i) && sc_mesh_send(r->house->mesh, r->parties[i],
                                                 r->job->id, f) != SC_OK) {
            sc_log_line(r->house->log, SC_LOG_DEBUG, "job",
                        "%s does not hear %s",
                        sc_mesh_name(r->house->mesh, r->parties[i]),
                        sc_msg_name(f->type));
        }
    }
}

uint64_t sc_run_progress_ms(const sc_run *r)
{
    uint64_t quarter = patience_ms(r) / 4;

    return quarter < PROGRESS_MS ? quarter : PROGRESS_MS;
}

void sc_run_say_progress(sc_run *r)
{
    sc_msg_progress m = {.phase = r->phase};
    sc_buf room = {0};
    uint64_t now = sc_clock_ms();
    sc_frame f;

    if (r->is_posting) {
        return; /* nobody waits */
    }
    if (now - r->said_ms < sc_run_progress_ms(r)) {
        return;
    }
    r->said_ms = now;
    if (sc_msg_progress_put(&f, &room, &m) == SC_OK) {
        sc_run_say_all(r, &f);
    }
    sc_buf_clear(&room);
    sc_run_tell(r);
}
