/* tests/unit/call_fixture.h: the call of posts_fixture.h, which begins now, at one node. */
#ifndef SC_TESTS_CALL_FIXTURE_H
#define SC_TESTS_CALL_FIXTURE_H

#include "job/node/call.h"
#include "tests/unit/posts_fixture.h"

static int64_t now_s;

static inline void start(posts *w, void **state)
{
    now_s = sc_clock_wall();
    posts_init(w, *state, now_s, now_s + 10 * DAY);
}

static inline sc_call *make(const posts *w, size_t at)
{
    sc_call *c = NULL;
    sc_fault why = {0};

    if (sc_call_new(&c, &w->house[at], BOB, sc_buf_bytes(&w->text), &why) !=
        SC_OK) {
        fail_msg("%s", why.text);
    }
    CHECK_OK(sc_call_store(c, &w->house[at], &why));
    return c;
}

/* The same call after a restart. */
static inline sc_call *load(const posts *w, size_t at)
{
    char *dir = posts_dir(w, at);
    sc_call *c = NULL;
    sc_fault why = {0};

    if (sc_call_load(&c, &w->house[at], dir, &why) != SC_OK) {
        fail_msg("%s", why.text);
    }
    CHECK_I64(why.code, SC_OK);
    sc_free(dir);
    return c;
}

#endif
