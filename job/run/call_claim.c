/* job/run/call_claim.c: which session of a call this party signed for (job/run/call.h).
 *
 *   STORE/calls/<call>/job    JCS of {"job":hex,"not_after":seconds,"sid":hex}; not_after
 *                             is the call's
 *
 * The log says what became of a session: a receipt, for good, or a void. While it says
 * nothing both may still come, so that no other session is signed for; unless its job
 * ended here before this party's signature was made. */
#include <pthread.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/call.h"
#include "job/run/dossier.h"
#include "job/run/post_file.h"
#include "job/run/record.h"

#define CLAIM_FILE "job"
#define MAX_CLAIM  256

/* Two sessions of one call may come to their signatures at once. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

typedef struct {
    uint8_t sid[32], job[16];
    int64_t not_after;
} claim;

/* SC_E_NOT_FOUND: there is none. */
static sc_err read_claim(claim *c, const char *folder, sc_fault *why)
{
    char *path = sc_path_join(folder, CLAIM_FILE);
    sc_buf text = {0};
    json_t *o = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    err = sc_file_read(&text, path, MAX_CLAIM, why);
    SC_REQUIRE(err == SC_OK, err);
    err = sc_json_parse(&o, sc_buf_bytes(&text), MAX_CLAIM, NULL);
    if (err != SC_OK || sc_json_hex(c->sid, sizeof c->sid, o, "sid") != SC_OK ||
        sc_json_hex(c->job, sizeof c->job, o, "job") != SC_OK ||
        sc_json_int(&c->not_after, o, "not_after", 0, SC_JOB_MAX_TIME) !=
            SC_OK) {
        err = sc_fault_set(why, SC_E_CORRUPT, "%s is damaged", path);
        goto out;
    }
    err = SC_OK;
out:
    json_decref(o);
    sc_buf_clear(&text);
    sc_free(path);
    return err;
}

static sc_err write_claim(const claim *c, const char *folder, sc_fault *why)
{
    char *path = sc_path_join(folder, CLAIM_FILE);
    json_t *o = json_pack("{s:I}", "not_after", (json_int_t)c->not_after);
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL && o != NULL, SC_E_MEM);
    SC_TRY(sc_json_set_hex(o, "sid", (sc_bytes){c->sid, sizeof c->sid}));
    SC_TRY(sc_json_set_hex(o, "job", (sc_bytes){c->job, sizeof c->job}));
    SC_TRY(sc_jcs_put(&text, o));
    SC_TRY(sc_dir_make(folder, 0700, why));
    SC_TRY(sc_file_replace(path, sc_buf_bytes(&text), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    json_decref(o);
    sc_free(path);
    return err;
}

/* Did its job end here before a signature left, so that nothing of it can come? */
static int is_dead(const claim *c, const sc_house *h)
{
    sc_record *record = NULL;
    sc_bytes body;
    int is_dead = 0;

    if (sc_record_open(&record, h->conf->store, c->job, NULL) == SC_OK) {
        is_dead = sc_record_state(record) > SC_RECORD_DONE &&
                  sc_record_get(record, &body, SC_RECORD_BODY) != SC_OK;
    }
    sc_record_free(&record);
    return is_dead;
}

/* Is the receipt that the log holds of its session another one than this party signed?
 * Then nobody honest opens it, here or elsewhere (job/node/matter.c). */
static int is_false_entry(const claim *c, const sc_house *h, uint64_t index)
{
    sc_dossier d = {0};
    sc_entry e;
    int is_false = 0;

    if (sc_dossier_open(&d, h, c->job, NULL) == SC_OK && d.body != NULL) {
        is_false = sc_dossier_match(&e, h, d.body, index, NULL) == SC_E_CHEAT;
    }
    sc_dossier_clear(&d);
    return is_false;
}

/* What the log has of its session: SC_OK a receipt that can be opened, SC_E_STATE one
 * that never will, or a void, SC_E_NOT_FOUND nothing. */
static sc_err find_fate(const claim *c, const sc_house *h)
{
    uint8_t s[SC_HASH_LEN];
    sc_entry_type type;
    uint64_t index;
    sc_err err;

    sc_entry_session(s, c->sid);
    err = sc_chain_fate(h->chain, &type, &index, s);
    if (err == SC_OK &&
        (type != SC_ENTRY_RECEIPT || is_false_entry(c, h, index))) {
        err = SC_E_STATE;
    }
    return err;
}

/* May another session than this one be signed for? */
static sc_err check_fate(const claim *c, const sc_house *h, sc_fault *why)
{
    char job[33];
    sc_err err = find_fate(c, h);

    sc_hex16(job, c->job);
    if (err == SC_E_STATE || (err == SC_E_NOT_FOUND && is_dead(c, h))) {
        return SC_OK;
    }
    if (err == SC_E_NOT_FOUND) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "job %s of the same call is not decided yet", job);
    }
    if (err == SC_OK) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the call was answered, by job %s: of a call one "
                            "sum is opened",
                            job);
    }
    return err;
}

static sc_err check_locked(const sc_house *h, const char *folder,
                           const uint8_t *sid, sc_fault *why)
{
    claim before;
    sc_err err = read_claim(&before, folder, why);

    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        return SC_OK;
    }
    if (err == SC_OK && (sid == NULL || memcmp(before.sid, sid, 32) != 0)) {
        err = check_fate(&before, h, why);
    }
    return err;
}

sc_err sc_call_check_open(const sc_house *h, const uint8_t call[static 32],
                          sc_fault *why)
{
    char *folder = sc_post_file_dir(h, call);
    sc_err err = folder == NULL ? SC_E_MEM : check_locked(h, folder, NULL, why);

    sc_free(folder);
    return sc_fault_from(why, err);
}

sc_err sc_call_claim(const sc_house *h, const uint8_t call[static 32],
                     const uint8_t sid[static 32], const uint8_t job[static 16],
                     int64_t not_after, sc_fault *why)
{
    char *folder = sc_post_file_dir(h, call);
    claim mine = {.not_after = not_after};
    sc_err err = SC_E_BUG;

    if (folder == NULL) {
        return sc_fault_from(why, SC_E_MEM);
    }
    memcpy(mine.sid, sid, sizeof mine.sid);
    memcpy(mine.job, job, sizeof mine.job);
    pthread_mutex_lock(&one_at_a_time);
    SC_TRY(check_locked(h, folder, sid, why));
    SC_TRY(write_claim(&mine, folder, why));
    err = SC_OK;
out:
    pthread_mutex_unlock(&one_at_a_time);
    sc_free(folder);
    return sc_fault_from(why, err);
}

sc_err sc_call_answered(const sc_house *h, const uint8_t call[static 32],
                        uint8_t job[static 16])
{
    sc_err err = SC_E_BUG;
    char *folder = sc_post_file_dir(h, call);
    claim c;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    SC_TRY(read_claim(&c, folder, NULL));
    err = find_fate(&c, h);
    SC_REQUIRE(err == SC_OK, err == SC_E_STATE ? SC_E_NOT_FOUND : err);
    memcpy(job, c.job, sizeof c.job);
    err = SC_OK;
out:
    sc_free(folder);
    return err;
}

sc_err sc_call_claimed_until(int64_t *not_after, const char *folder,
                             sc_fault *why)
{
    claim c;
    sc_err err = read_claim(&c, folder, why);

    if (err == SC_OK) {
        *not_after = c.not_after;
    }
    return err;
}
