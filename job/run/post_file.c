/* job/run/post_file.c: see the header. */
#include "job/run/post_file.h"

#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"

#define MAGIC     "sharechain post/1\n"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define HEAD_LEN  (MAGIC_LEN + 32 + 32 + 8 + 64 + 32)
#define MAX_POST  (((size_t)512 << 20) + HEAD_LEN)

/* ---- bytes ---------------------------------------------------------------- */

size_t sc_post_file_len(const sc_plan *plan)
{
    return HEAD_LEN + sc_plan_share_words(plan) * SC_MSG_SHARE_WORD;
}

sc_err sc_post_file_put(sc_buf *out, const sc_job_post *post,
                        const sc_opened_share *share)
{
    uint8_t time[8];
    sc_err err = SC_E_BUG;

    sc_store_le64(time, (uint64_t)post->time);
    SC_TRY(sc_buf_put_str(out, MAGIC));
    SC_TRY(sc_buf_put(out, post->input, sizeof post->input));
    SC_TRY(sc_buf_put(out, post->output, sizeof post->output));
    SC_TRY(sc_buf_put(out, time, sizeof time));
    SC_TRY(sc_buf_put(out, post->proof, sizeof post->proof));
    SC_TRY(sc_buf_put(out, share->r32, sizeof share->r32));
    SC_TRY(sc_buf_put_bytes(out, sc_buf_bytes(&share->vector)));
    err = SC_OK;
out:
    return err;
}

sc_err sc_post_file_take(sc_job_post *post, sc_opened_share *share,
                         sc_bytes text)
{
    const uint8_t *at;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text.len > HEAD_LEN && memcmp(text.p, MAGIC, MAGIC_LEN) == 0,
               SC_E_WIRE);
    at = text.p + MAGIC_LEN;
    SC_REQUIRE(sc_load_le64(at + 64) <= (uint64_t)SC_JOB_MAX_TIME, SC_E_WIRE);
    if (post != NULL) {
        memcpy(post->input, at, 32);
        memcpy(post->output, at + 32, 32);
        post->time = (int64_t)sc_load_le64(at + 64);
        memcpy(post->proof, at + 72, 64);
    }
    if (share != NULL) {
        memcpy(share->r32, at + 136, 32);
        SC_TRY(
            sc_buf_put(&share->vector, text.p + HEAD_LEN, text.len - HEAD_LEN));
        share->is_there = 1;
    }
    err = SC_OK;
out:
    return err;
}

/* ---- files ---------------------------------------------------------------- */

char *sc_post_file_dir(const sc_house *h, const uint8_t call[static 32])
{
    char hex[33], *calls = sc_path_join(h->conf->store, "calls"), *dir = NULL;

    sc_hex16(hex, call); /* of a digest: nobody makes another text for it */
    if (calls != NULL) {
        dir = sc_path_join(calls, hex);
    }
    sc_free(calls);
    return dir;
}

static char *path_of(const sc_house *h, const uint8_t *call, size_t party)
{
    char *dir = sc_post_file_dir(h, call), *path = NULL;
    sc_buf name = {0};

    if (dir != NULL &&
        sc_buf_printf(&name, "%s.post", h->consortium->parties[party].name) ==
            SC_OK &&
        sc_buf_terminate(&name) == SC_OK) {
        path = sc_path_join(dir, (const char *)name.p);
    }
    sc_buf_clear(&name);
    sc_free(dir);
    return path;
}

sc_err sc_post_file_store(const sc_house *h, const uint8_t call[static 32],
                          size_t party, sc_bytes text, sc_fault *why)
{
    char *path = path_of(h, call, party);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_put_immutable(path, text, 0600, why);

    sc_free(path);
    return err;
}

sc_err sc_post_file_is_there(int *is_there, const sc_house *h,
                             const uint8_t call[static 32], size_t party)
{
    char *path = path_of(h, call, party);
    sc_err err = path == NULL ? SC_E_MEM : SC_OK;

    *is_there = path != NULL && access(path, F_OK) == 0;
    sc_free(path);
    return err;
}

sc_err sc_post_file_read(const sc_house *h, sc_buf *text,
                         const uint8_t call[static 32], size_t party,
                         sc_fault *why)
{
    char *path = path_of(h, call, party);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_read(text, path, MAX_POST, why);

    sc_free(path);
    return err;
}

sc_err sc_post_file_read_at(const sc_house *h, sc_buf *text,
                            const uint8_t call[static 32], size_t party,
                            uint64_t at, size_t max_len, sc_fault *why)
{
    char *path = path_of(h, call, party);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_read_at(text, path, at, max_len, why);

    sc_free(path);
    return err;
}

sc_err sc_post_file_get(sc_job_post *post, sc_opened_share *share,
                        const sc_house *h, const uint8_t call[static 32],
                        size_t party, sc_fault *why)
{
    const char *name = h->consortium->parties[party].name;
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    err = share == NULL ? sc_post_file_read_at(h, &text, call, party, 0,
                                               HEAD_LEN + 1, why)
                        : sc_post_file_read(h, &text, call, party, why);
    if (err == SC_E_NOT_FOUND) {
        sc_fault_set(why, err, "the post of %s has not come here", name);
    }
    SC_REQUIRE(err == SC_OK, err);
    err = sc_post_file_take(post, share, sc_buf_bytes(&text));
    if (err == SC_E_WIRE) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "the stored post of %s is damaged", name);
    }
    SC_TRY(err);
    if (post != NULL) {
        post->party = party;
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}
