/* job/run/call_claim.c: which session of a call this party signed for (job/run/call.h).
 *
 *   STORE/calls/<call>/job    "<sid> <id of the job> <the call's not_after>\n"
 *
 * The log says what became of a session: a receipt, for good, or a void. While it says
 * nothing both may still come, so that no other session is signed for; unless its job
 * ended here before this party's signature was made. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/run/call.h"
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
    char *path = sc_path_join(folder, CLAIM_FILE), sid[65], job[33];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    err = sc_file_read(&text, path, MAX_CLAIM, why);
    SC_REQUIRE(err == SC_OK, err);
    SC_TRY(sc_buf_terminate(&text));
    if (sscanf((const char *)text.p, "%64s %32s %" SCNd64, sid, job,
               &c->not_after) != 3 ||
        sc_hex_get(c->sid, sizeof c->sid, sc_bytes_of(sid)) != SC_OK ||
        sc_hex_get(c->job, sizeof c->job, sc_bytes_of(job)) != SC_OK) {
        err = sc_fault_set(why, SC_E_CORRUPT, "%s is damaged", path);
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_free(path);
    return err;
}

static sc_err write_claim(const claim *c, const char *folder, sc_fault *why)
{
    char *path = sc_path_join(folder, CLAIM_FILE), sid[65], job[33];
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    sc_hex32(sid, c->sid);
    sc_hex16(job, c->job);
    SC_TRY(sc_buf_printf(&text, "%s %s %" PRId64 "\n", sid, job, c->not_after));
    SC_TRY(sc_dir_make(folder, 0700, why));
    SC_TRY(sc_file_replace(path, sc_buf_bytes(&text), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
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

/* May another session than this one be signed for? */
static sc_err check_fate(const claim *c, const sc_house *h, sc_fault *why)
{
    uint8_t s[SC_HASH_LEN];
    sc_entry_type type;
    uint64_t index;
    char job[33];
    sc_err err;

    sc_hex16(job, c->job);
    sc_entry_session(s, c->sid);
    err = sc_chain_fate(h->chain, &type, &index, s);
    if (err == SC_E_NOT_FOUND && is_dead(c, h)) {
        return SC_OK;
    }
    if (err == SC_E_NOT_FOUND) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "job %s of the same call is not decided yet", job);
    }
    if (err == SC_OK && type == SC_ENTRY_RECEIPT) {
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
    uint8_t s[SC_HASH_LEN];
    sc_entry_type type;
    uint64_t index;
    claim c;

    SC_REQUIRE(folder != NULL, SC_E_MEM);
    SC_TRY(read_claim(&c, folder, NULL));
    sc_entry_session(s, c.sid);
    SC_TRY(sc_chain_fate(h->chain, &type, &index, s));
    SC_REQUIRE(type == SC_ENTRY_RECEIPT, SC_E_NOT_FOUND);
    memcpy(job, c.job, sizeof c.job);
    err = SC_OK;
out:
    sc_free(folder);
    return err;
}

int64_t sc_call_claimed_until(const char *folder)
{
    claim c;

    return read_claim(&c, folder, NULL) == SC_OK ? c.not_after : 0;
}
