/* tests/unit/test_replay.c: a recording plays one end, and hostile ones. */
#include "net/replay.h"

#include <string.h>

#include "base/mem.h"
#include "net/memchan.h"
#include "tests/kat.h"

static const uint8_t text[] = "question, answer, and another answer";

/* A role: asks, takes two answers, thanks. */
static sc_err ask(sc_chan *c, uint32_t op)
{
    sc_err err = SC_E_BUG;
    sc_frame question = {.type = 1, .op = op, .head = {text, 8}};
    sc_frame thanks = {.type = 4, .bulk = {text, 30}}, got;

    SC_TRY(sc_chan_send(c, &question, 0));
    SC_TRY(sc_chan_expect(c, &got, 2, 0, 0));
    SC_REQUIRE(got.bulk.len == 9 && memcmp(got.bulk.p, text + 9, 9) == 0,
               SC_E_CHEAT);
    SC_TRY(sc_chan_expect(c, &got, 3, 0, 0));
    SC_TRY(sc_chan_send(c, &thanks, 0));
    err = SC_OK;
out:
    return err;
}

static sc_buf record_once(sc_transcript_head heads[2])
{
    static const uint8_t id[32] = {1};
    sc_chan *a, *b;
    sc_buf record = {0};
    sc_frame first = {.type = 2, .bulk = {text + 9, 9}}, second = {.type = 3};

    CHECK_OK(sc_memchan_new(&a, &b, 1));
    CHECK_OK(sc_chan_key(a, id, 0, 1, id));
    a->record = &record;
    CHECK_OK(sc_chan_send(b, &first, 0));
    CHECK_OK(sc_chan_send(b, &second, 0));
    CHECK_OK(ask(a, 77));
    CHECK_OK(sc_chan_head(a, SC_CHAN_IN, &heads[0]));
    CHECK_OK(sc_chan_head(a, SC_CHAN_OUT, &heads[1]));
    sc_chan_free(&a);
    sc_chan_free(&b);
    return record;
}

static void test_same_again(void **state)
{
    static const uint8_t id[32] = {1};
    sc_transcript_head was[2], now;
    sc_buf record = record_once(was);
    sc_chan *c;
    sc_frame f = {.type = 9};

    (void)state;
    CHECK_OK(sc_replay_new(&c, sc_buf_bytes(&record)));
    CHECK_OK(sc_chan_key(c, id, 0, 1, id));
    CHECK(!sc_replay_is_done(c));
    CHECK_OK(ask(c, 77));
    CHECK(sc_replay_is_done(c));
    CHECK_OK(sc_chan_head(c, SC_CHAN_IN, &now));
    CHECK_BYTES(&now, &was[0], sizeof now);
    CHECK_OK(sc_chan_head(c, SC_CHAN_OUT, &now));
    CHECK_BYTES(&now, &was[1], sizeof now);
    CHECK_ERR(SC_E_STATE, sc_chan_send(c, &f, 0));
    CHECK_ERR(SC_E_STATE, sc_chan_take(c, &f, 0));
    sc_chan_free(&c);
    sc_buf_clear(&record);
}

static void test_other_words(void **state)
{
    sc_transcript_head heads[2];
    sc_buf record = record_once(heads);
    sc_chan *c;
    sc_frame f;

    (void)state;
    CHECK_OK(sc_replay_new(&c, sc_buf_bytes(&record)));
    CHECK_ERR(SC_E_CHEAT, ask(c, 78));
    CHECK_ERR(SC_E_STATE, sc_chan_take(c, &f, 0)); /* it is our turn */
    CHECK_OK(ask(c, 77));
    sc_chan_free(&c);
    CHECK_OK(sc_replay_new(&c, sc_buf_bytes(&record)));
    f = (sc_frame){.type = 1, .op = 77, .head = {text, 8}};
    CHECK_OK(sc_chan_send(c, &f, 0));
    CHECK_ERR(SC_E_STATE, sc_chan_send(c, &f, 0)); /* it is the peer's turn */
    sc_chan_free(&c);
    sc_buf_clear(&record);
}

/* The same role on every damaged recording: an error, never a crash, and never
 * more than one way to be right. */
static void test_damaged(void **state)
{
    sc_transcript_head heads[2];
    sc_buf record = record_once(heads);
    sc_chan *c;

    (void)state;
    for (size_t len = 0; len < record.len; len++) {
        CHECK_OK(sc_replay_new(&c, (sc_bytes){record.p, len}));
        CHECK(ask(c, 77) != SC_OK);
        sc_chan_free(&c);
    }
    for (size_t i = 0; i < record.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            sc_err err;

            record.p[i] ^= (uint8_t)(1U << bit);
            CHECK_OK(sc_replay_new(&c, sc_buf_bytes(&record)));
            err = ask(c, 77);
            CHECK(err == SC_OK || err == SC_E_WIRE || err == SC_E_STATE ||
                  err == SC_E_CHEAT);
            sc_chan_free(&c);
            record.p[i] ^= (uint8_t)(1U << bit);
        }
    }
    sc_buf_clear(&record);
}

static sc_err record_and_play(void *arg)
{
    sc_err err = SC_E_BUG;
    sc_buf record = {0};
    sc_chan *c = NULL;
    sc_frame f = {.bulk = {text, 10}};

    (void)arg;
    SC_TRY(sc_replay_put(&record, SC_CHAN_IN, &f));
    SC_TRY(sc_replay_new(&c, sc_buf_bytes(&record)));
    SC_TRY(sc_chan_take(c, &f, 0));
    err = SC_OK;
out:
    sc_chan_free(&c);
    sc_buf_clear(&record);
    return err;
}

static void test_no_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(record_and_play, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_other_words),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
