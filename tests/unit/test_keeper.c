/* tests/unit/test_keeper.c: entries on their way into the log; restarts, a silent
 * party, a damaged file. */
#include "tests/unit/keeper_fixture.h"

static void test_receipt_reaches_every_replica(void **state)
{
    world *w = *state;
    sc_buf text = {0}, first = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 5; k++) {
        make_receipt(&text, w, s, k);
        submit(w, k % N, &text);
        submit(w, (k + 1) % N, &text); /* everybody may */
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, SC_ENTRY_RECEIPT);
            check_proof(w, p, s, &text);
        }
        if (k == 0) {
            CHECK_OK(sc_chain_checkpoint(w->chain[1], &first));
        }
    }
    CHECK_U64(sc_chain_head(w->chain[1]).size, 6); /* genesis, no doubles */
    check_proof_below(w, 1, &first, 1);
    sc_buf_clear(&first);
    sc_buf_clear(&text);
}

/* Each party brings the same receipt in an entry of its own: one is taken, and
 * nobody owes the log anything. */
static void test_one_receipt_of_many_submitters(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 5; k++) {
        for (size_t p = 0; p < N; p++) {
            make_receipt_of(&text, w, p, s, k);
            submit(w, p, &text);
        }
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, SC_ENTRY_RECEIPT);
        }
    }
    for (size_t p = 0; p < N; p++) {
        wait_owed(w, p, 0);
        CHECK_U64(sc_chain_head(w->chain[p]).size, 6);
    }
    sc_buf_clear(&text);
}

static void test_one_may_be_silent_two_may_not(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    sc_entry_type type;
    uint64_t index;
    uint8_t s[32], s2[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    wait_fate(w, 3, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 3, 1);
    make_receipt(&text, w, s, 1);
    submit(w, 1, &text);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 2, 1);
    make_receipt(&text, w, s2, 2);
    submit(w, 1, &text);
    CHECK_ERR(SC_E_TIMEOUT, sc_keeper_wait_fate(w->keeper[1], &type, &index, s2,
                                                sc_clock_ms() + 600));
    set_deaf(w, 2, 0);
    wait_fate(w, 1, s2, SC_ENTRY_RECEIPT);
    set_deaf(w, 3, 0); /* comes back, catches up */
    stop(w, 3);
    start(w, 3);
    wait_fate(w, 3, s2, SC_ENTRY_RECEIPT);
    sc_buf_clear(&text);
}

/* Was this entry the last that was submitted to the sequencer? */
static int is_last_append(world *w, const sc_buf *text)
{
    int is_last;

    pthread_mutex_lock(&w->lock);
    is_last = sc_bytes_equal_vartime(sc_buf_bytes(&w->last_append),
                                     sc_buf_bytes(text));
    pthread_mutex_unlock(&w->lock);
    return is_last;
}

/* While the sequencer is away, a new entry does not bring all that wait with it:
 * those are said again from time to time. */
static void test_an_entry_is_said_alone(void **state)
{
    enum { N_ENTRIES = 60, RETRY_MS = 2000 };
    world *w = *state;
    sc_buf text = {0};
    uint64_t began = sc_clock_ms(), rounds;
    size_t n;
    uint8_t s[32];

    start(w, 1);
    for (unsigned k = 0; k < N_ENTRIES; k++) {
        uint64_t until = sc_clock_ms() + LONG_MS;

        make_receipt_of(&text, w, 1, s, k);
        submit(w, 1, &text);
        while (!is_last_append(w, &text) && sc_clock_left(until) > 0) {
            sc_clock_sleep_ms(1);
        }
        CHECK(is_last_append(w, &text));
    }
    rounds = 1 + (sc_clock_ms() - began) / RETRY_MS;
    pthread_mutex_lock(&w->lock);
    n = w->n_appends;
    pthread_mutex_unlock(&w->lock);
    CHECK(n >= N_ENTRIES && n <= (1 + rounds) * N_ENTRIES);
    start(w, 0);
    start(w, 2);
    start(w, 3);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    wait_owed(w, 1, 0); /* in whichever order they came */
    CHECK_U64(sc_chain_head(w->chain[1]).size, 1 + N_ENTRIES);
    sc_buf_clear(&text);
}

static void test_first_of_receipt_and_void_decides(void **state)
{
    world *w = *state;
    sc_buf receipt = {0}, voided = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 4; k++) {
        sc_entry_type first;
        uint64_t index;

        make_receipt(&receipt, w, s, k);
        make_void(&voided, w, 2, k);
        submit(w, 1, k % 2 ? &receipt : &voided);
        submit(w, 2, k % 2 ? &voided : &receipt);
        CHECK_OK(sc_keeper_wait_fate(w->keeper[1], &first, &index, s,
                                     sc_clock_ms() + LONG_MS));
        for (size_t p = 0; p < N; p++) {
            wait_fate(w, p, s, first);
        }
    }
    sc_buf_clear(&receipt);
    sc_buf_clear(&voided);
}

static void test_restart_keeps_all_and_owes_what_it_owed(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32], last[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 300; k++) { /* over one full tile */
        make_receipt(&text, w, s, k);
        submit(w, 0, &text);
        if (k ==
            0) { /* what comes before the genesis is asked for again later */
            wait_fate(w, 2, s, SC_ENTRY_RECEIPT);
        }
    }
    wait_fate(w, 2, s, SC_ENTRY_RECEIPT);
    wait_fate(w, 3, s, SC_ENTRY_RECEIPT);
    set_deaf(w, 1, 1);
    make_receipt(&text, w, last, 300);
    submit(w, 1, &text); /* into the outbox only */
    stop(w, 1);
    for (size_t p = 0; p < N; p++) {
        if (p != 1) {
            stop(w, p);
        }
    }
    set_deaf(w, 1, 0);
    for (size_t p = 0; p < N; p++) {
        start(w, p);
        assert_true(sc_chain_head(w->chain[p]).size >= 301 || p == 1);
    }
    wait_fate(w, 0, last, SC_ENTRY_RECEIPT);
    wait_fate(w, 1, last, SC_ENTRY_RECEIPT);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    CHECK_U64(sc_chain_head(w->chain[0]).size, 302);
    sc_buf_clear(&text);
}

/* The sequencer's folder is an old copy: it has fewer entries than the others
 * hold, who tell it so instead of signing; put back, the log goes on. */
static void test_restored_sequencer_is_told(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint64_t until;
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    stop(w, 0);
    shell("cp -r %s/0 %s/old", w->dir);
    start(w, 0);
    make_receipt(&text, w, s, 1);
    submit(w, 0, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
    }
    CHECK(!is_told(w, 0));
    stop(w, 0);
    shell("mv %s/0 %s/new", w->dir);
    shell("mv %s/old %s/0", w->dir);
    start(w, 0);
    until = sc_clock_ms() + LONG_MS;
    while (!is_told(w, 0) && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(10);
    }
    CHECK(is_told(w, 0));
    CHECK_U64(sc_chain_head(w->chain[1]).size, 3);
    stop(w, 0);
    shell("mv %s/0 %s/bad", w->dir);
    shell("mv %s/new %s/0", w->dir);
    start(w, 0);
    make_receipt(&text, w, s, 2);
    submit(w, 1, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
    }
    sc_buf_clear(&text);
}

/* A tile tells the byte, a bundle or journal where the entry or record begins
 * that holds it; the checkpoint is one statement. */
static void check_offset(const char *name, size_t at, const char *text)
{
    const char *said = strstr(text, "offset ");

    if (strstr(name, "checkpoint") != NULL) {
        return;
    }
    assert_non_null(said);
    if (strstr(name, "tile/0") != NULL) {
        CHECK_U64(strtoull(said + strlen("offset "), NULL, 10), at);
    } else if (strstr(name, "tile/entries") != NULL) {
        assert_true(strtoull(said + strlen("offset "), NULL, 10) <= at);
    }
}

/* Flip one bit in a stored file of party 1: it must not start, or start and
 * hold exactly what it held. */
static void flip_and_start(world *w, const char *name)
{
    sc_buf path = {0}, data = {0};
    sc_fault why = {0};
    uint64_t held;

    CHECK_OK(sc_buf_printf(&path, "%s/1/%s", w->dir, name));
    CHECK_OK(sc_buf_terminate(&path));
    CHECK_OK(sc_file_read(&data, (char *)path.p, (size_t)1 << 24, NULL));
    assert_true(data.len > 0);
    for (size_t i = 0; i < 40; i++) {
        size_t at = data.len * i / 40;
        sc_err err;

        data.p[at] ^= (uint8_t)(1u << (i % 8));
        CHECK_OK(
            sc_file_replace((char *)path.p, sc_buf_bytes(&data), 0600, NULL));
        why = (sc_fault){0};
        err = try_start(w, 1, &why);
        if (err == SC_OK) {
            print_message("%s: bit at %zu goes unnoticed\n", name, at);
            held = sc_chain_head(w->chain[1]).size;
            CHECK_U64(held, sc_chain_head(w->chain[0]).size);
        } else {
            CHECK_U64(err, SC_E_CORRUPT);
            assert_non_null(strstr(why.file, name));
            check_offset(name, at, why.text);
        }
        assert_int_not_equal(err, SC_OK);
        data.p[at] ^= (uint8_t)(1u << (i % 8));
        CHECK_OK(
            sc_file_replace((char *)path.p, sc_buf_bytes(&data), 0600, NULL));
    }
    start(w, 1);
    stop(w, 1);
    sc_buf_clear(&path);
    sc_buf_clear(&data);
}

static void test_flipped_bits_are_named(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    uint8_t s[32];

    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
    for (unsigned k = 0; k < 3; k++) {
        make_receipt(&text, w, s, k);
        submit(w, 1, &text);
        wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    }
    stop(w, 1);
    flip_and_start(w, "chain/tile/entries/000.p/4");
    flip_and_start(w, "chain/tile/0/000.p/4");
    flip_and_start(w, "chain/tile/entries/000.p/2"); /* older, narrower */
    flip_and_start(w, "chain/tile/0/000.p/3");
    flip_and_start(w, "chain/checkpoint");
    flip_and_start(w, "chain-private/heads.journal");
    flip_and_start(w, "chain-private/wal.000001");
    sc_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_receipt_reaches_every_replica,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_receipt_of_many_submitters,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_may_be_silent_two_may_not,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_entry_is_said_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_first_of_receipt_and_void_decides,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_restart_keeps_all_and_owes_what_it_owed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restored_sequencer_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_flipped_bits_are_named, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
