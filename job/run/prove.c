/* job/run/prove.c: from a signed receipt to the right to open.
 *
 *   each party                               every other party
 *   ------------------------------------------------------------------
 *   wait until the log has decided the session: in my own replica, below a
 *   checkpoint that I cosigned and the quorum cosigned
 *   its entry must be of my receipt, whatever its d
 *   d is not of my copy: ASK d               -->
 *                          <-- BODY          the copy with that digest
 *   the same receipt, signed by all? stored in the place of mine
 *
 * So no share leaves before the very bytes that the log speaks of are here, and
 * whoever opens can show them to an officer. An entry with a d of which no such
 * copy exists opens nothing, and tells who submitted it
 * (docs/decisions/0008-leaf-names-submitter.md). What is not here in time is left
 * to the mender, who asks on. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/dossier.h"
#include "job/run/run_state.h"

#define FATE_SLICE_MS 50
#define ASK_MS        ((uint64_t)500) /* between two questions for a copy */

/* ---- the log decides ------------------------------------------------------ */

/* All are linked, and yet no checkpoint came: the log itself stands still, and
 * its sequencer can tell why. */
static sc_err name_sequencer(sc_run *r, sc_fault *why)
{
    const sc_roster *roster = &r->house->consortium->roster;
    const char *name = roster->parties[roster->sequencer].name;

    sc_fault_set(why, SC_E_TIMEOUT,
                 "the receipt is signed and waits for the log, which stands "
                 "still though all are linked: its sequencer's own log tells "
                 "why");
    sc_fault_party(why, name);
    sc_fault_phase(why, sc_phase_name(r->phase));
    sc_fault_remedy(why,
                    "ask the operator of %s; the answer comes when the "
                    "log goes on: `sharechain result ID`",
                    name);
    return SC_E_TIMEOUT;
}

/* It is this party's own disk that keeps the log from going on here. */
static sc_err name_myself(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;

    sc_fault_set(why, SC_E_IO,
                 "the receipt is signed, and this party's copy of the log "
                 "could not be written");
    sc_fault_party(why, h->consortium->parties[h->me].name);
    sc_fault_phase(why, sc_phase_name(r->phase));
    sc_fault_remedy(why, "its node's log names the file; mend the disk and "
                         "start the node again");
    return SC_E_IO;
}

/* Why nothing came: is it me, or whose link is down? */
static sc_err name_absent(sc_run *r, sc_fault *why)
{
    const sc_house *h = r->house;
    const sc_roster *roster = &h->consortium->roster;
    size_t first = SIZE_MAX;
    char names[256] = "";

    if (sc_chain_is_broken(h->chain)) {
        return name_myself(r, why);
    }
    for (size_t p = 0; p < roster->n_parties; p++) {
        size_t len = strlen(names);
        sc_mesh_link link;

        if (p == h->me || roster->parties[p].is_offline ||
            sc_mesh_status(h->mesh, &link, p) != SC_OK ||
            (link.is_linked &&
             link.quiet_ms < h->consortium->rules.deadline_ms / 2)) {
            continue;
        }
        first = first == SIZE_MAX || p == roster->sequencer ? p : first;
        (void)snprintf(names + len, sizeof names - len, "%s%s",
                       len > 0 ? ", " : "", roster->parties[p].name);
    }
    if (first == SIZE_MAX) {
        return name_sequencer(r, why);
    }
    sc_fault_set(why, SC_E_TIMEOUT,
                 "the receipt is signed and waits for the log: its sequencer "
                 "or its quorum is away; not linked: %s",
                 names);
    sc_fault_party(why, roster->parties[first].name);
    sc_fault_phase(why, sc_phase_name(r->phase));
    sc_fault_remedy(why, "the answer comes when they are back: `sharechain "
                         "result ID`");
    return SC_E_TIMEOUT;
}

static sc_err wait_fate(sc_run *r, sc_entry_type *type, sc_fault *why)
{
    uint8_t s[SC_HASH_LEN];
    uint64_t until = sc_clock_ms() + r->house->consortium->rules.deadline_ms;
    sc_err err;

    sc_entry_session(s, r->terms.sid);
    do {
        uint64_t slice = sc_clock_ms() + FATE_SLICE_MS;

        err = sc_keeper_wait_fate(r->house->keeper, type, &r->index, s,
                                  slice < until ? slice : until);
        sc_run_say_progress(r);
    } while (err == SC_E_TIMEOUT && sc_clock_left(until) > 0 &&
             !sc_run_is_leaving(r));
    if (err == SC_E_TIMEOUT && !sc_run_is_leaving(r)) {
        err = name_absent(r, why);
    }
    return err;
}

/* ---- the copy that its entry names ---------------------------------------- */

/* Say ASK for it to every other party. */
static void ask_copy(sc_run *r, const uint8_t d[static 32])
{
    sc_msg_ask q = {.kind = SC_ASK_RECEIPT};
    sc_buf room = {0};
    sc_frame f;

    memcpy(q.digest, d, 32);
    if (sc_msg_ask_put(&f, &room, &q) == SC_OK) {
        sc_run_say_all(r, &f);
    }
    sc_buf_clear(&room);
}

/* Take bytes with this digest from whoever brings them, within a step's
 * deadline (sc_run_message puts them there). SC_E_TIMEOUT, SC_E_CANCELLED. */
static sc_err await_copy(sc_run *r, sc_buf *copy, const uint8_t d[static 32])
{
    uint64_t until = sc_clock_ms() + r->house->consortium->rules.deadline_ms;
    uint64_t ask = 0;

    pthread_mutex_lock(&r->lock);
    memcpy(r->wanted, d, sizeof r->wanted);
    r->is_wanting = 1;
    pthread_mutex_unlock(&r->lock);
    while (copy->len == 0 && sc_clock_left(until) > 0 &&
           !sc_run_is_leaving(r)) {
        if (sc_clock_ms() >= ask) {
            ask_copy(r, d);
            ask = sc_clock_ms() + ASK_MS;
        }
        sc_clock_sleep_ms(FATE_SLICE_MS);
        sc_run_say_progress(r);
        pthread_mutex_lock(&r->lock);
        if (r->copy.len > 0) {
            *copy = r->copy;
            r->copy = (sc_buf){0};
        }
        pthread_mutex_unlock(&r->lock);
    }
    return copy->len > 0          ? SC_OK
           : sc_run_is_leaving(r) ? SC_E_CANCELLED
                                  : SC_E_TIMEOUT;
}

/* Nobody opens: who submitted the entry is named, but not stated in the log for
 * a copy that may exist. */
static sc_err no_copy(sc_run *r, const sc_entry *e, sc_err code, sc_fault *why)
{
    const sc_consortium *c = r->house->consortium;
    size_t who =
        sc_run_position(r, sc_consortium_party_did(c, e->did)); /* matched */

    sc_run_suspect(r, who, why, code,
                   code == SC_E_CHEAT
                       ? "entry %llu of the log, which it submitted, names a "
                         "copy of the receipt that not all have signed: "
                         "nothing is opened"
                       : "entry %llu of the log, which it submitted, names a "
                         "copy of the receipt that nobody shows: nothing is "
                         "opened",
                   (unsigned long long)r->index);
    sc_fault_remedy(why, "the answer comes if that copy is shown: `sharechain "
                         "result ID`");
    return code;
}

static sc_err fetch_copy(sc_run *r, const json_t *body, const sc_entry *e,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf copy = {0};

    err = await_copy(r, &copy, e->d);
    if (err == SC_OK) {
        err = sc_dossier_check_copy(r->house, e, body, sc_buf_bytes(&copy));
    }
    if (err == SC_E_TIMEOUT || err == SC_E_CHEAT) {
        no_copy(r, e, err, why);
    }
    SC_REQUIRE(err == SC_OK, err);
    SC_TRY(
        sc_record_put(r->record, SC_RECORD_RECEIPT, sc_buf_bytes(&copy), why));
    sc_buf_reset(&r->receipt);
    SC_TRY(sc_buf_put_bytes(&r->receipt, sc_buf_bytes(&copy)));
    err = SC_OK;
out:
    sc_buf_clear(&copy);
    return sc_fault_from(why, err);
}

/* The entry that decided must be of this receipt, and the copy that it names
 * must be here. */
static sc_err check_entry(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    json_t *body = NULL;
    uint8_t digest[32];
    sc_entry e;

    SC_TRY(sc_json_parse_canonical(&body, sc_buf_bytes(&r->receipt),
                                   SC_RECEIPT_MAX, why));
    SC_TRY(sc_dossier_match(&e, r->house, body, r->index, why));
    sc_sha256(digest, sc_buf_bytes(&r->receipt));
    if (memcmp(digest, e.d, sizeof digest) != 0) {
        SC_TRY(fetch_copy(r, body, &e, why));
    }
    err = SC_OK;
out:
    json_decref(body);
    return sc_fault_from(why, err);
}

/* ---- the phase ------------------------------------------------------------ */

sc_err sc_run_log(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry_type type = SC_ENTRY_N_TYPES;
    uint8_t index[8];

    sc_run_enter(r, SC_PHASE_LOG);
    SC_TRY(sc_fault_from(why, wait_fate(r, &type, why)));
    if (type == SC_ENTRY_VOID) {
        sc_store_le64(index, r->index);
        SC_TRY(sc_record_put(r->record, SC_RECORD_VOIDED,
                             (sc_bytes){index, sizeof index}, why));
        SC_TRY(sc_record_erase_share(r->record, why));
        err = sc_fault_set(why, SC_E_CANCELLED,
                           "the log voided this session before its receipt "
                           "arrived");
        goto out;
    }
    SC_TRY(check_entry(r, why));
    SC_TRY(sc_dossier_put_proved(r->record, r->house, r->index, why));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
