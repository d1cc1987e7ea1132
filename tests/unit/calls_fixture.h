/* tests/unit/calls_fixture.h: numbered calls over posts_fixture.h, and a node's list of
 * them. */
#ifndef SC_TESTS_CALLS_FIXTURE_H
#define SC_TESTS_CALLS_FIXTURE_H

#include <jansson.h>

#include "job/node/calls_inner.h"
#include "tests/unit/talk_fixture.h"

/* The text of call number n: of bob's, unless said otherwise. */
static inline void text_of(const posts *w, sc_buf *out, uint8_t n, size_t asker)
{
    sc_job j = w->job;

    j.id[0] = n;
    j.asker = asker;
    CHECK_OK(sc_job_put(out, &j, &w->f.c));
}

/* Its digest. */
static inline void digest_of(const posts *w, uint8_t out[32], uint8_t n,
                             size_t asker)
{
    sc_buf text = {0};

    text_of(w, &text, n, asker);
    sc_sha256(out, sc_buf_bytes(&text));
    sc_buf_clear(&text);
}

static inline sc_calls *new_calls(const posts *w, size_t at)
{
    sc_calls *cs = NULL;
    sc_fault why = {0};

    if (sc_calls_new(&cs, &w->house[at], &why) != SC_OK) {
        fail_msg("%s", why.text);
    }
    return cs;
}

static inline sc_err ask(sc_calls *cs, const posts *w, uint8_t n, size_t asker,
                         sc_fault *why)
{
    sc_buf text = {0};
    json_t *o = NULL;
    sc_err err;

    *why = (sc_fault){0};
    text_of(w, &text, n, asker);
    err = sc_calls_ask(cs, &o, sc_buf_bytes(&text), why);
    CHECK((err == SC_OK) == (o != NULL));
    json_decref(o);
    sc_buf_clear(&text);
    return err;
}

static inline size_t count(sc_calls *cs)
{
    json_t *list = sc_calls_list(cs);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

/* What is said of a call; NULL: it is not there. */
static inline json_t *find(sc_calls *cs, const posts *w, uint8_t n,
                           size_t asker)
{
    uint8_t digest[32];
    char id[33];
    json_t *o = NULL;

    digest_of(w, digest, n, asker);
    sc_hex16(id, digest);
    CHECK((sc_calls_find(cs, &o, id) == SC_OK) == (o != NULL));
    return o;
}

static inline int is_there(sc_calls *cs, const posts *w, uint8_t n,
                           size_t asker)
{
    json_t *o = find(cs, w, n, asker);
    int is = o != NULL;

    json_decref(o);
    return is;
}

/* Is this said of bob's call number n? */
static inline int says(sc_calls *cs, const posts *w, uint8_t n, const char *key,
                       const char *want)
{
    json_t *o = find(cs, w, n, BOB);
    const char *got = json_string_value(json_object_get(o, key));
    int is = got != NULL && strstr(got, want) != NULL;

    json_decref(o);
    return is;
}

/* Wait, within reason, until it is so. */
#define UNTIL(condition)                                                       \
    do {                                                                       \
        uint64_t deadline = IN_TIME;                                           \
                                                                               \
        while (!(condition)) {                                                 \
            CHECK(sc_clock_left(deadline) > 0);                                \
            sc_clock_sleep_ms(5);                                              \
        }                                                                      \
    } while (0)

/* One node on its own: whatever it says is lost. */
static inline void alone(talk *t, void **state, size_t me)
{
    int64_t now = sc_clock_wall();

    memset(t, 0, sizeof *t);
    world_init(&t->net, N_PARTIES);
    t->net.logs[me].least = SC_LOG_ERROR;
    world_start(&t->net, me);
    posts_init(&t->w, *state, now, now + DAY);
    t->w.house[me].mesh = t->net.mesh[me];
}

static inline void alone_stop(talk *t)
{
    world_stop(&t->net);
    posts_clear(&t->w);
}

/* A CALL from a party with this call, tagged as itself or (tag) as bob's number tag. */
static inline void hear_tagged(sc_calls *cs, const posts *w, size_t from,
                               uint8_t tag, uint8_t n, size_t asker)
{
    sc_buf text = {0}, room = {0};
    uint8_t id[32];
    sc_msg_call m = {.plan = {0}};
    sc_frame f;

    text_of(w, &text, n, asker);
    digest_of(w, id, tag, tag == n ? asker : BOB);
    m.job = sc_buf_bytes(&text);
    CHECK_OK(sc_msg_call_put(&f, &room, &m));
    sc_calls_take(cs, from, id, &f);
    sc_buf_clear(&text);
    sc_buf_clear(&room);
}

static inline void hear_call(sc_calls *cs, const posts *w, size_t from,
                             uint8_t n, size_t asker)
{
    hear_tagged(cs, w, from, n, n, asker);
}

/* Folders of calls at a party. */
static inline size_t n_folders(const posts *w, size_t at)
{
    char *dir = sc_path_join(w->stores[at], "calls"), **names = NULL;
    size_t n = 0;
    sc_err err = sc_dir_list(&names, &n, dir, NULL);

    CHECK(err == SC_OK || err == SC_E_NOT_FOUND);
    sc_free(names);
    sc_free(dir);
    return n;
}

/* How many of a node's calls are said to be so. */
static inline size_t n_of(sc_calls *cs, const char *key, const char *want)
{
    json_t *list = sc_calls_list(cs), *call;
    size_t i, n = 0;

    json_array_foreach(list, i, call)
    {
        const char *got = json_string_value(json_object_get(call, key));

        n += got != NULL && strcmp(got, want) == 0;
    }
    json_decref(list);
    return n;
}

#endif
