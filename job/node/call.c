/* job/node/call.c: see the header. */
#include "job/node/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "job/run/call.h"
#include "job/run/post_file.h"

#define CALL_FILE      "call"
#define MINE_FILE      "mine"
#define END_FILE       SC_CALL_END_FILE
#define RUN_FILE       "run"
#define DELIVERED_FILE "delivered"
#define MAX_END        4096
#define POST_TEXT_LEN  512 /* of a post in a job's text, at the most */

static const char *const state_names[] = {"open", "done", "refused", "over"};

/* ---- what it is ------------------------------------------------------------ */

int sc_call_is_mine(const sc_call *c, const sc_house *h)
{
    return c->job->asker == h->me;
}

int sc_call_is_owed(const sc_call *c, const sc_house *h)
{
    return (c->plan->posting >> h->me & 1) != 0;
}

int sc_call_is_added(const sc_call *c, const sc_house *h, size_t party)
{
    return party < h->consortium->n_parties &&
           (sc_plan_adders(c->plan) >> party & 1) != 0;
}

uint32_t sc_call_missing(const sc_call *c)
{
    return c->plan->posting & ~c->have;
}

int sc_call_is_waiting(const sc_call *c, const sc_house *h)
{
    if (c->state != SC_CALL_OPEN) {
        return 0;
    }
    if (sc_call_is_mine(c, h)) {
        return 1;
    }
    return c->is_called &&
           (sc_call_is_owed(c, h) ? !c->is_delivered : sc_call_missing(c) != 0);
}

/* As much of a text as there is room for, no character cut. */
static void copy_text(char *out, size_t len, const char *text)
{
    size_t n = strnlen(text, len - 1);

    memcpy(out, text, n);
    out[n] = '\0';
    sc_fault_cut(out);
}

void sc_call_trouble(sc_call *c, const char *party, const char *text)
{
    copy_text(c->party, sizeof c->party, party);
    copy_text(c->trouble, sizeof c->trouble, text);
}

static sc_err make(sc_call **out, const sc_house *h, sc_bytes text,
                   sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *c = sc_alloc(1, sizeof *c);

    SC_REQUIRE(c != NULL, SC_E_MEM);
    SC_TRY(sc_buf_put_bytes(&c->text, text));
    SC_TRY(sc_job_take(&c->job, h->consortium, text, why));
    SC_TRY(sc_plan_make(&c->plan, c->job, h->consortium, why));
    SC_REQUIRE(sc_plan_is_call(c->plan, c->job),
               sc_fault_set(why, SC_E_REFUSED, "it is no call"));
    sc_sha256(c->digest, text);
    *out = c;
    c = NULL;
    err = SC_OK;
out:
    sc_call_free(&c);
    return sc_fault_from(why, err);
}

void sc_call_free(sc_call **c)
{
    if (*c == NULL) {
        return;
    }
    for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
        sc_buf_clear(&(*c)->peers[p].coming);
    }
    sc_plan_free(&(*c)->plan);
    sc_job_free(&(*c)->job);
    sc_buf_clear(&(*c)->text);
    sc_free(*c);
    *c = NULL;
}

/* ---- its folder ------------------------------------------------------------- */

static sc_err put_file(const sc_house *h, const sc_call *c, const char *name,
                       sc_bytes data, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *dir = sc_post_file_dir(h, c->digest), *path = NULL;

    SC_REQUIRE(dir != NULL, SC_E_MEM);
    SC_TRY(sc_dir_make(dir, 0700, why));
    path = sc_path_join(dir, name);
    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_file_replace(path, data, 0600, why));
    err = SC_OK;
out:
    sc_free(path);
    sc_free(dir);
    return sc_fault_from(why, err);
}

/* SC_E_NOT_FOUND: it is not there. */
static sc_err get_file(sc_buf *out, const char *dir, const char *name,
                       size_t most, sc_fault *why)
{
    char *path = sc_path_join(dir, name);
    sc_err err = path == NULL ? SC_E_MEM : sc_file_read(out, path, most, why);

    sc_free(path);
    return err;
}

/* Whose call is it, and what has this party to do with it? */
static sc_err check_part(const sc_call *c, const sc_house *h, size_t sender,
                         sc_fault *why)
{
    if (c->job->asker != sender) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "the call names another asker than its sender");
    }
    if (sender != h->me && !sc_call_is_owed(c, h) &&
        !sc_call_is_added(c, h, h->me)) {
        return sc_fault_set(why, SC_E_REFUSED,
                            "this party neither posts nor adds up");
    }
    return SC_OK;
}

/* What is known beforehand to fail once all have posted. */
static sc_err check_feasible(const sc_call *c, const sc_house *h, sc_fault *why)
{
    size_t n = (size_t)__builtin_popcount(c->plan->posting);

    if (h->sumkey == NULL) {
        sc_fault_set(why, SC_E_CONFIG,
                     "this node has not the key for sums of ciphertexts");
        sc_fault_remedy(why,
                        "name its file in node.yaml: ciphertext_sum: {key: "
                        "K.pub}");
        return SC_E_CONFIG;
    }
    if (c->text.len + n * POST_TEXT_LEN > SC_MSG_MAX_JOB) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "the text is too long for a job that holds %zu "
                            "posts",
                            n);
    }
    return SC_OK;
}

sc_err sc_call_new(sc_call **out, const sc_house *h, size_t sender,
                   sc_bytes text, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *c = NULL;

    SC_TRY(make(&c, h, text, why));
    SC_REQUIRE(c != NULL, SC_E_BUG);
    SC_TRY(check_part(c, h, sender, why));
    if (sender == h->me) {
        SC_TRY(check_feasible(c, h, why));
    }
    SC_TRY(sc_call_check_times(h->consortium, c->job->time, c->job->not_after,
                               sc_clock_wall(), why));
    c->born_ms = sc_clock_ms();
    *out = c;
    c = NULL;
    err = SC_OK;
out:
    sc_call_free(&c);
    return sc_fault_from(why, err);
}

sc_err sc_call_store(sc_call *c, const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (sc_call_is_mine(c, h)) { /* first: without it the text is another's */
        SC_TRY(put_file(h, c, MINE_FILE, (sc_bytes){0}, why));
    }
    SC_TRY(put_file(h, c, CALL_FILE, sc_buf_bytes(&c->text), why));
    err = SC_OK;
out:
    return err;
}

int sc_call_is_stored(const sc_call *c, const sc_house *h)
{
    char *dir = sc_post_file_dir(h, c->digest), *path = NULL;
    int is_stored;

    if (dir != NULL) {
        path = sc_path_join(dir, CALL_FILE);
    }
    is_stored = path != NULL && access(path, F_OK) == 0;
    sc_free(path);
    sc_free(dir);
    return is_stored;
}

static sc_err take_end(sc_call *c, sc_bytes text)
{
    sc_err err = SC_E_BUG;
    json_t *o = NULL;
    const char *state, *words;

    SC_TRY(sc_json_parse(&o, text, MAX_END, NULL));
    SC_TRY(sc_json_str(&state, o, "state"));
    for (size_t s = SC_CALL_DONE; s <= SC_CALL_OVER; s++) {
        if (strcmp(state, state_names[s]) == 0) {
            c->state = (sc_call_state)s;
        }
    }
    SC_REQUIRE(c->state != SC_CALL_OPEN, SC_E_WIRE);
    if (sc_json_str(&words, o, "party") == SC_OK) {
        (void)snprintf(c->party, sizeof c->party, "%s", words);
    }
    if (sc_json_str(&words, o, "text") == SC_OK) {
        (void)snprintf(c->trouble, sizeof c->trouble, "%s", words);
    }
    c->has_run = sc_json_hex(c->run, 16, o, "job") == SC_OK;
    err = SC_OK;
out:
    json_decref(o);
    return err;
}

static sc_err load_state(sc_call *c, const sc_house *h, const char *dir,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        int is_there;

        SC_TRY(sc_post_file_is_there(&is_there, h, c->digest, p));
        c->have |= (uint32_t)is_there << p;
    }
    err = get_file(&b, dir, MINE_FILE, 64, why);
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    SC_REQUIRE((err == SC_OK) == sc_call_is_mine(c, h),
               sc_fault_set(why, SC_E_CORRUPT,
                            "%s holds a call that names this party as its "
                            "asker, and was not asked here, or the reverse",
                            dir));
    err = get_file(&b, dir, RUN_FILE, 64, why);
    c->has_run = err == SC_OK &&
                 sc_hex_get(c->run, sizeof c->run, sc_buf_bytes(&b)) == SC_OK;
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    sc_buf_reset(&b);
    err = get_file(&b, dir, DELIVERED_FILE, 64, why);
    c->is_delivered = err == SC_OK;
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    sc_buf_reset(&b);
    err = get_file(&b, dir, END_FILE, MAX_END, why);
    if (err == SC_OK && take_end(c, sc_buf_bytes(&b)) != SC_OK) {
        err =
            sc_fault_set(why, SC_E_CORRUPT, "%s/%s is damaged", dir, END_FILE);
    }
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    *why = (sc_fault){0};
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return err;
}

sc_err sc_call_load(sc_call **out, const sc_house *h, const char *folder,
                    sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_call *c = NULL;

    err = get_file(&text, folder, CALL_FILE, SC_MSG_MAX_JOB, why);
    SC_REQUIRE(err == SC_OK, err);
    err = make(&c, h, sc_buf_bytes(&text), why);
    SC_REQUIRE(err != SC_E_WIRE,
               sc_fault_set(why, SC_E_CORRUPT, "%s/%s is damaged", folder,
                            CALL_FILE));
    SC_TRY(err);
    SC_REQUIRE(c != NULL, SC_E_BUG);
    SC_TRY(load_state(c, h, folder, why));
    *out = c;
    c = NULL;
    err = SC_OK;
out:
    sc_call_free(&c);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

/* ---- its end ----------------------------------------------------------------- */

static sc_err put_end(const sc_call *c, const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    json_t *o = json_pack("{s:s,s:s,s:s}", "state", state_names[c->state],
                          "party", c->party, "text", c->trouble);
    sc_buf text = {0};

    SC_REQUIRE(o != NULL, SC_E_MEM);
    if (c->has_run) {
        SC_TRY(sc_json_set_hex(o, "job", (sc_bytes){c->run, sizeof c->run}));
    }
    SC_TRY(sc_jcs_put(&text, o));
    SC_TRY(put_file(h, c, END_FILE, sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    json_decref(o);
    return sc_fault_from(why, err);
}

void sc_call_end(sc_call *c, const sc_house *h, sc_call_state state,
                 const char *party, const char *text)
{
    sc_fault why = {0};
    char id[33];

    c->state = state;
    for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
        if (!c->peers[p].is_whole) {
            sc_buf_clear(&c->peers[p].coming);
        }
    }
    sc_call_trouble(c, party, text);
    sc_hex16(id, c->digest);
    sc_log_line(h->log,
                state == SC_CALL_DONE || text[0] == '\0' ? SC_LOG_INFO
                                                         : SC_LOG_WARN,
                "call", "call %s is %s%s%s%s%s", id, state_names[state],
                text[0] != '\0' ? ": " : "", party,
                party[0] != '\0' && text[0] != '\0' ? ": " : "", text);
    if (put_end(c, h, &why) != SC_OK) {
        sc_log_line(h->log, SC_LOG_WARN, "call",
                    "the end of call %s is not stored: %s", id, why.text);
    }
}

sc_err sc_call_note_run(const sc_call *c, const sc_house *h, sc_fault *why)
{
    char hex[33];

    sc_hex16(hex, c->run);
    return put_file(h, c, RUN_FILE, sc_bytes_of(hex), why);
}

void sc_call_note_delivered(sc_call *c, const sc_house *h)
{
    sc_fault why = {0};

    c->is_delivered = 1;
    if (put_file(h, c, DELIVERED_FILE, (sc_bytes){0}, &why) != SC_OK) {
        sc_log_line(h->log, SC_LOG_WARN, "call", "%s", why.text);
    }
}

void sc_call_remove(const char *folder, const sc_log *log)
{
    char **names = NULL;
    size_t n = 0;
    int code = 0;

    if (sc_dir_list(&names, &n, folder, NULL) != SC_OK) {
        return;
    }
    for (size_t i = 0; i <= n; i++) { /* the text last: a crash leaves a call */
        const char *name = i < n ? names[i] : CALL_FILE;
        char *path = sc_path_join(folder, name);

        if (path != NULL && (i == n || strcmp(name, CALL_FILE) != 0) &&
            unlink(path) != 0 && errno != ENOENT) {
            code = errno;
        }
        sc_free(path);
    }
    if ((code != 0 || rmdir(folder) != 0) && log != NULL) {
        sc_log_line(log, SC_LOG_WARN, "call",
                    "an old call cannot be removed: %s: %s", folder,
                    strerror(code != 0 ? code : errno));
    }
    sc_free(names);
}

/* ---- words --------------------------------------------------------------------- */

static json_t *names_of(const sc_house *h, uint32_t parties)
{
    json_t *list = json_array();

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        if ((parties >> p & 1) != 0) {
            (void)json_array_append_new(list,
                                        json_string(
                                            h->consortium->parties[p].name));
        }
    }
    return list;
}

/* What a party knows of it: the asker all posts, who adds up those that came, an owner
 * its own. */
json_t *sc_call_json(const sc_call *c, const sc_house *h)
{
    int is_owner = sc_call_is_owed(c, h);
    uint32_t mine = (uint32_t)1 << h->me;
    uint32_t seen = is_owner ? mine : c->plan->posting;
    uint32_t have = is_owner ? (c->is_delivered ? mine : 0) : c->have;
    uint32_t missing = c->state == SC_CALL_REFUSED ? 0 : seen & ~have;
    char id[33], run[33];
    json_t *o;

    sc_hex16(id, c->digest);
    sc_hex16(run, c->run);
    o = json_pack("{s:s,s:s,s:s,s:s,s:I,s:b,s:b,s:b,s:o,s:o,s:s,s:s}", "id", id,
                  "asker", h->consortium->parties[c->job->asker].name, "sql",
                  c->job->sql, "state", state_names[c->state], "not_after",
                  (json_int_t)c->job->not_after, "mine", sc_call_is_mine(c, h),
                  "owed",
                  is_owner && (c->is_called || (c->have & mine & ~have) != 0),
                  "refused", c->is_refused, "posted", names_of(h, have & seen),
                  "missing", names_of(h, missing), "party", c->party, "trouble",
                  c->trouble);
    if (o != NULL && c->has_run) {
        (void)json_object_set_new(o, "job", json_string(run));
    }
    return o;
}
