/* tests/unit/test_wire.c: the messages between node and engine child, there and
 * back, cut and bent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "data/wire.h"
#include "tests/kat.h"

static char *regions[] = {"north", "s'outh"};
static sc_column columns[] = {
    {.name = "n", .type = SC_T_INTEGER, .min = INT64_MIN, .max = 9},
    {.name = "region",
     .type = SC_T_CATEGORY,
     .max = 1,
     .is_required = 1,
     .categories = regions,
     .n_categories = 2},
    {.name = "d", .type = SC_T_DECIMAL, .scale = 4, .max = 7},
};
static const sc_table table = {.name = "t",
                               .columns = columns,
                               .n_columns = 3,
                               .max_rows = 100};
static const char *const files[] = {"/a.csv", "/b c.parquet"};
static const char *const nulls[] = {"", "NA"};
static const sc_source sources[] = {
    {&table, NULL, files, 2, nulls, 2, SC_BAD_CLAMP},
    {&table, "SELECT 1", files, 1, NULL, 0, SC_BAD_REJECT},
};

typedef sc_err (*again)(sc_buf *out, sc_bytes in);

/* Cut it everywhere, add a byte, change each byte to a few others: refused, or
 * another message, which is written as it was read. */
static void bend(const sc_buf *message, again read_and_write)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    sc_buf out = {0};
    uint8_t *copy = sc_alloc(message->len + 1, 1);

    CHECK(copy != NULL);
    memcpy(copy, message->p, message->len);
    CHECK_OK(read_and_write(&out, (sc_bytes){copy, message->len}));
    CHECK_U64(out.len, message->len);
    CHECK_BYTES(out.p, message->p, out.len);
    for (size_t len = 0; len < message->len; len++) {
        uint8_t *exact = sc_alloc(len, 1); /* for the sanitizer's red zones */

        CHECK(exact != NULL);
        memcpy(exact, copy, len);
        sc_buf_reset(&out);
        CHECK_ERR(SC_E_WIRE, read_and_write(&out, (sc_bytes){exact, len}));
        sc_free(exact);
    }
    sc_buf_reset(&out);
    CHECK_ERR(SC_E_WIRE,
              read_and_write(&out, (sc_bytes){copy, message->len + 1}));
    for (size_t i = 0; i < message->len; i++) {
        for (size_t j = 0; j < sizeof flips; j++) {
            sc_err err;

            copy[i] ^= flips[j];
            sc_buf_reset(&out);
            err = read_and_write(&out, (sc_bytes){copy, message->len});
            if (err == SC_OK) {
                CHECK_U64(out.len, message->len);
                CHECK_BYTES(out.p, copy, out.len);
            } else {
                CHECK_ERR(SC_E_WIRE, err);
            }
            copy[i] ^= flips[j];
        }
    }
    sc_free(copy);
    sc_buf_clear(&out);
}

/* ---- SETUP ------------------------------------------------------------ */

static sc_err setup_again(sc_buf *out, sc_bytes in)
{
    sc_engine_setup s;
    sc_err err = sc_engine_get_setup(&s, in);

    if (err == SC_OK) {
        sc_engine_config c = {.sources = s.sources,
                              .n_sources = s.n_sources,
                              .memory_mb = s.memory_mb,
                              .threads = s.threads};

        err = sc_engine_put_setup(out, &c);
    }
    sc_engine_setup_clear(&s);
    return err;
}

static void put_setup(sc_buf *out)
{
    sc_engine_config c = {.sources = sources,
                          .n_sources = 2,
                          .memory_mb = 512,
                          .threads = 3};

    CHECK_OK(sc_engine_put_setup(out, &c));
}

static void test_setup(void **state)
{
    sc_buf message = {0};
    sc_engine_setup s;

    (void)state;
    put_setup(&message);
    CHECK_OK(sc_engine_get_setup(&s, sc_buf_bytes(&message)));
    CHECK_U64(s.memory_mb, 512);
    CHECK_U64(s.threads, 3);
    CHECK_U64(s.n_sources, 2);
    CHECK_STR(s.sources[0].sql, "");
    CHECK_STR(s.sources[1].sql, "SELECT 1");
    CHECK_STR(s.sources[0].files[1], "/b c.parquet");
    CHECK_U64(s.sources[0].n_nulls, 2);
    CHECK_STR(s.sources[0].nulls[1], "NA");
    CHECK(s.sources[0].bad_values == SC_BAD_CLAMP);
    CHECK_STR(s.sources[1].table->columns[1].categories[1], "s'outh");
    CHECK_I64(s.sources[0].table->columns[0].min, INT64_MIN);
    CHECK_U64(s.sources[0].table->columns[2].scale, 4);
    CHECK(s.sources[0].table->columns[1].is_required);
    sc_engine_setup_clear(&s);
    bend(&message, setup_again);
    sc_buf_clear(&message);
}

static sc_err setup_in_little_memory(void *message)
{
    sc_engine_setup s;
    sc_err err = sc_engine_get_setup(&s, sc_buf_bytes(message));

    sc_engine_setup_clear(&s);
    return err;
}

static void test_no_memory(void **state)
{
    sc_buf message = {0};

    (void)state;
    put_setup(&message);
    CHECK_ALLOC(setup_in_little_memory, &message);
    sc_buf_clear(&message);
}

/* ---- RUN -------------------------------------------------------------- */

static sc_err run_again(sc_buf *out, sc_bytes in)
{
    sc_engine_task t;
    sc_err err = sc_engine_get_run(&t, in, sources, 2);

    if (err == SC_OK) {
        err = sc_engine_put_run(out, t.source, t.is_clean, &t.fragment);
    }
    sc_engine_task_clear(&t);
    return err;
}

static void put_run(sc_buf *out)
{
    static int64_t values[] = {-3, 4}, breaks[] = {1};
    static uint32_t outcome[] = {0, 1};
    static const sc_key keys[] = {{1, breaks, 1, outcome, 2, NULL, 2, 1},
                                  {0, NULL, 0, outcome, 0, NULL, 1, 0}};
    static sc_pred in = {.kind = SC_P_IN, .values = values, .n_values = 2};
    static sc_pred less = {.kind = SC_P_LESS, .column = 2, .value = INT64_MIN};
    static sc_pred *args[] = {&in, &less};
    static sc_pred both = {.kind = SC_P_AND, .args = args, .n_args = 2};
    static const sc_local_sum sums[] = {{&both, 5, 0, SC_NO_COLUMN, 63},
                                        {NULL, 1, SC_NO_COLUMN, SC_NO_COLUMN,
                                         0}};
    sc_fragment f = {&table, &less, keys, 2, sums, 2};

    CHECK_OK(sc_engine_put_run(out, 1, 1, &f));
}

static void test_run(void **state)
{
    sc_buf message = {0};
    sc_engine_task t;

    (void)state;
    put_run(&message);
    CHECK_OK(sc_engine_get_run(&t, sc_buf_bytes(&message), sources, 2));
    CHECK_U64(t.source, 1);
    CHECK(t.is_clean && t.fragment.table == &table);
    CHECK(t.where->kind == SC_P_LESS && t.where->value == INT64_MIN);
    CHECK_U64(t.fragment.n_keys, 2);
    CHECK_I64(t.keys[0].breaks[0], 1);
    CHECK_U64(t.keys[0].outcome_null, 2);
    CHECK_U64(sc_fragment_cells(&t.fragment), 3);
    CHECK(t.sums[0].filter->kind == SC_P_AND);
    CHECK_I64(t.sums[0].filter->args[0]->values[0], -3);
    CHECK(t.sums[1].filter == NULL && t.sums[1].a == SC_NO_COLUMN);
    CHECK_U64(t.sums[0].bits, 63);
    sc_engine_task_clear(&t);
    CHECK_ERR(SC_E_WIRE, sc_engine_get_run(&t, sc_buf_bytes(&message), sources,
                                           1)); /* no source 1 */
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_run(&t, sc_buf_bytes(&message), sources, 0));
    bend(&message, run_again);
    sc_buf_clear(&message);
}

/* A predicate that is nothing but depth. */
static void test_deep(void **state)
{
    enum { DEPTH = 5000 };
    sc_pred *chain = sc_alloc(DEPTH, sizeof *chain);
    sc_pred **args = sc_alloc(DEPTH, sizeof *args);
    sc_local_sum s = {NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0};
    sc_fragment f = {&table, NULL, NULL, 0, &s, 1};
    sc_buf message = {0};
    sc_engine_task t;

    (void)state;
    CHECK(chain != NULL && args != NULL);
    for (size_t i = 0; i < DEPTH; i++) {
        args[i] = &chain[i];
        chain[i].kind = i == 0 ? SC_P_IS_NULL : SC_P_NOT;
        chain[i].n_args = i == 0 ? 0 : 1;
        chain[i].args = i == 0 ? NULL : &args[i - 1];
    }
    f.where = &chain[900];
    CHECK_OK(sc_engine_put_run(&message, 0, 0, &f));
    CHECK_OK(sc_engine_get_run(&t, sc_buf_bytes(&message), sources, 2));
    sc_engine_task_clear(&t);
    sc_buf_reset(&message);
    f.where = &chain[DEPTH - 1];
    CHECK_OK(sc_engine_put_run(&message, 0, 0, &f));
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_run(&t, sc_buf_bytes(&message), sources, 2));
    sc_buf_clear(&message);
    sc_free(chain);
    sc_free(args);
}

/* ---- answers ------------------------------------------------------------ */

static void test_check(void **state)
{
    sc_buf message = {0};
    size_t source = 9;

    (void)state;
    CHECK_OK(sc_engine_put_check(&message, 1));
    CHECK_OK(sc_engine_get_check(&source, sc_buf_bytes(&message), 2));
    CHECK_U64(source, 1);
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_check(&source, sc_buf_bytes(&message), 1));
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_check(&source, sc_buf_bytes(&message), 0));
    CHECK_ERR(SC_E_WIRE, sc_engine_get_check(&source, (sc_bytes){0}, 2));
    sc_buf_clear(&message);
}

static sc_asset_report report = {.n_rows = 10,
                                 .n_nulls = {3, 1},
                                 .n_unreadable = {1},
                                 .n_range = {2},
                                 .n_digits = {1},
                                 .n_category = {0, 4},
                                 .n_missing = {3, 0},
                                 .first = {{.row = 9,
                                            .line = 77,
                                            .file = 1023,
                                            .state = SC_CELL_RANGE,
                                            .value = {'a', 0, 0xff},
                                            .n_value = 3},
                                           {.row = 10, .n_value = 48}}};

static sc_err send_report(sc_asset_report *got, const sc_asset_report *r)
{
    sc_buf message = {0};
    sc_err err;

    CHECK_OK(sc_engine_put_report(&message, r, 2));
    err = sc_engine_get_report(got, sc_buf_bytes(&message), 2);
    sc_buf_clear(&message);
    return err;
}

static void test_report(void **state)
{
    sc_asset_report got, bad;
    sc_buf message = {0};

    (void)state;
    CHECK_OK(send_report(&got, &report));
    CHECK_U64(got.n_rows, 10);
    CHECK_U64(got.n_range[0], 2);
    CHECK_U64(got.n_category[1], 4);
    CHECK_U64(got.n_violations, 1 + 2 + 1 + 4 + 3);
    CHECK_BYTES(got.first, report.first, sizeof got.first);
    bad = report;
    bad.first[1].row = 11; /* of 10 */
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.first[0].file = 1024;
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.first[0].state = SC_N_CELL_STATES;
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.n_digits[0] = 5; /* 3 + 1 + 2 + 5 values in 10 rows */
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.n_category[1] = 11;
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.n_missing[0] = 4; /* more missing than NULL */
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    bad = report;
    bad.n_rows = UINT64_MAX;
    CHECK_ERR(SC_E_WIRE, send_report(&got, &bad));
    CHECK_OK(sc_engine_put_report(&message, &report, 2));
    for (size_t len = 0; len < message.len; len++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_engine_get_report(&got, (sc_bytes){message.p, len}, 2));
    }
    CHECK_ERR(SC_E_WIRE, sc_engine_get_report(&got, sc_buf_bytes(&message), 1));
    sc_buf_clear(&message);
}

static void test_sums(void **state)
{
    const sc_i128 one = 1;
    sc_i128 sums[] = {0, -1, (one << 126) - 7, -(one << 126)}, got[4];
    sc_buf message = {0};

    (void)state;
    CHECK_OK(sc_engine_put_sums(&message, sums, 4));
    CHECK_U64(message.len, 64);
    CHECK_OK(sc_engine_get_sums(got, 4, sc_buf_bytes(&message)));
    CHECK_BYTES(got, sums, sizeof got);
    CHECK_ERR(SC_E_WIRE, sc_engine_get_sums(got, 3, sc_buf_bytes(&message)));
    CHECK_ERR(SC_E_WIRE, sc_engine_get_sums(got, 4, (sc_bytes){message.p, 63}));
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_sums(got, SIZE_MAX, sc_buf_bytes(&message)));
    sc_buf_clear(&message);
}

static void test_ready(void **state)
{
    char version[SC_ENGINE_MAX_VERSION + 1], long_one[80] = "";
    int has_landlock = 7;
    sc_buf message = {0};

    (void)state;
    CHECK_OK(sc_engine_put_ready(&message, 1, "v1.4.1"));
    CHECK_OK(
        sc_engine_get_ready(&has_landlock, version, sc_buf_bytes(&message)));
    CHECK_STR(version, "v1.4.1");
    CHECK_U64(has_landlock, 1);
    message.p[0] = 0;
    CHECK_OK(
        sc_engine_get_ready(&has_landlock, version, (sc_bytes){message.p, 1}));
    CHECK_STR(version, "");
    CHECK_U64(has_landlock, 0);
    message.p[0] = 2;
    CHECK_ERR(SC_E_WIRE, sc_engine_get_ready(&has_landlock, version,
                                             sc_buf_bytes(&message)));
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_ready(&has_landlock, version, (sc_bytes){0}));
    memset(long_one, 'v', SC_ENGINE_MAX_VERSION + 1);
    CHECK_ERR(SC_E_ARG, sc_engine_put_ready(&message, 1, long_one));
    long_one[0] = 1;
    CHECK_OK(sc_engine_get_ready(&has_landlock, version,
                                 (sc_bytes){(uint8_t *)long_one,
                                            SC_ENGINE_MAX_VERSION + 1}));
    long_one[SC_ENGINE_MAX_VERSION + 1] = 'v';
    CHECK_ERR(SC_E_WIRE,
              sc_engine_get_ready(&has_landlock, version,
                                  (sc_bytes){(uint8_t *)long_one,
                                             SC_ENGINE_MAX_VERSION + 2}));
    sc_buf_clear(&message);
}

static void test_words(void **state)
{
    char out[8];

    (void)state;
    sc_engine_get_words(out, sizeof out,
                        sc_bytes_of("a\x1b[2J\n\xff"
                                    "bcd"));
    CHECK_STR(out, "a?[2J ?");
    sc_engine_get_words(out, sizeof out, (sc_bytes){0});
    CHECK_STR(out, "");
}

/* ---- the child's end ----------------------------------------------------- */

static void test_socket(void **state)
{
    sc_engine_kind kind = SC_ENGINE_SETUP;
    sc_buf body = {0};
    int ends[2];

    (void)state;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK_OK(sc_engine_send(ends[0], SC_ENGINE_CHECK, sc_bytes_of("hello")));
    CHECK_OK(sc_engine_send(ends[0], SC_ENGINE_RUN, (sc_bytes){0}));
    CHECK_OK(sc_engine_take(ends[1], &kind, &body, 5));
    CHECK(kind == SC_ENGINE_CHECK && body.len == 5);
    CHECK_BYTES(body.p, "hello", 5);
    CHECK_OK(sc_engine_take(ends[1], &kind, &body, 5));
    CHECK(kind == SC_ENGINE_RUN && body.len == 0);
    CHECK_OK(sc_engine_send(ends[0], SC_ENGINE_CHECK, sc_bytes_of("hello!")));
    CHECK_ERR(SC_E_WIRE, sc_engine_take(ends[1], &kind, &body, 5));
    (void)close(ends[1]);
    CHECK_ERR(SC_E_IO, sc_engine_send(ends[0], SC_ENGINE_CHECK,
                                      sc_bytes_of("nobody hears")));
    CHECK_ERR(SC_E_IO, sc_engine_take(ends[0], &kind, &body, 5));
    (void)close(ends[0]);
    sc_buf_clear(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_run),   cmocka_unit_test(test_deep),
        cmocka_unit_test(test_check), cmocka_unit_test(test_report),
        cmocka_unit_test(test_sums),  cmocka_unit_test(test_ready),
        cmocka_unit_test(test_words), cmocka_unit_test(test_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
