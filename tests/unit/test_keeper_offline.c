/* tests/unit/test_keeper_offline.c: dora posts and leaves. Nobody waits for her,
 * nothing counts by her signature, and her replica comes after. */
#include "tests/unit/keeper_fixture.h"

#define DORA 3

/* Three cosigners, and all of them are the quorum. */
static int set_up_offline(void **state)
{
    set_up(state);
    ((world *)*state)->roster.parties[DORA].is_offline = 1;
    CHECK_OK(sc_roster_check(&((world *)*state)->roster, NULL));
    return 0;
}

static void start_all(world *w)
{
    for (size_t p = 0; p < N; p++) {
        start(w, p);
    }
}

/* Of party p, under the fixture's lock. */
static size_t count(world *w, const size_t *counts, size_t p)
{
    size_t n;

    pthread_mutex_lock(&w->lock);
    n = counts[p];
    pthread_mutex_unlock(&w->lock);
    return n;
}

static void wait_head(world *w, size_t p, uint64_t size)
{
    uint64_t until = sc_clock_ms() + LONG_MS;

    while (sc_chain_head(w->chain[p]).size < size && sc_clock_left(until) > 0) {
        sc_clock_sleep_ms(5);
    }
    CHECK_U64(sc_chain_head(w->chain[p]).size, size);
}

static void test_log_goes_on_without_her(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    size_t n_heads;
    uint8_t s[32];

    start_all(w);
    make_receipt(&text, w, s, 0);
    submit(w, 1, &text);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    wait_fate(w, DORA, s,
              SC_ENTRY_RECEIPT); /* she is linked: she has it soon */
    check_proof(w, DORA, s, &text);
    stop(w, DORA);
    n_heads = count(w, w->n_heads, DORA);
    for (unsigned k = 1; k < 20; k++) {
        make_receipt(&text, w, s, k);
        submit(w, k % 2, &text);
        for (size_t p = 0; p < DORA; p++) {
            wait_fate(w, p, s, SC_ENTRY_RECEIPT);
        }
    }
    CHECK_U64(count(w, w->n_heads, DORA), n_heads); /* made for nobody */
    start(w, DORA);
    wait_fate(w, DORA, s, SC_ENTRY_RECEIPT);
    check_proof(w, DORA, s, &text);
    make_receipt_of(&text, w, DORA, s, 20); /* her own, then she leaves */
    submit(w, DORA, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
        check_proof(w, p, s, &text);
    }
    wait_owed(w, DORA, 0);
    CHECK_U64(count(w, w->n_cosigns, DORA), 0);
    CHECK(count(w, w->n_cosigns, 1) > 20);
    sc_buf_clear(&text);
}

/* Weeks later: more entries than one message holds. */
static void test_she_catches_up_by_many_heads(void **state)
{
    enum { N_ENTRIES = 1500 };
    world *w = *state;
    sc_buf text = {0};
    size_t n_heads;
    uint8_t s[32], own[32];

    start_all(w);
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    wait_fate(w, DORA, s, SC_ENTRY_RECEIPT);
    set_deaf(w, DORA, 1);
    make_receipt_of(&text, w, DORA, own, N_ENTRIES);
    submit(w, DORA, &text); /* into her outbox only */
    stop(w, DORA);
    for (unsigned k = 1; k < N_ENTRIES; k++) {
        make_receipt_of(&text, w, 0, s, k);
        submit(w, 0, &text);
        if (k % 100 == 0) { /* a slow machine gets its time */
            wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
        }
    }
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    n_heads = count(w, w->n_heads, DORA);
    set_deaf(w, DORA, 0);
    start(w, DORA);
    wait_fate(w, DORA, s, SC_ENTRY_RECEIPT);
    CHECK(count(w, w->n_heads, DORA) >= n_heads + 2);
    wait_fate(w, DORA, own, SC_ENTRY_RECEIPT); /* what she owed came too */
    CHECK_U64(sc_chain_published(w->chain[DORA]).size, N_ENTRIES + 2);
    stop(w, DORA);
    set_deaf(w, DORA, 1); /* alone she still has it all */
    start(w, DORA);
    CHECK_U64(sc_chain_published(w->chain[DORA]).size, N_ENTRIES + 2);
    wait_fate(w, DORA, own, SC_ENTRY_RECEIPT);
    sc_buf_clear(&text);
}

/* Leaf 0 is signed by her too, and once is enough. */
static void test_genesis_needs_her_once(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    sc_entry_type type;
    uint64_t index;
    uint8_t s[32];

    for (size_t p = 0; p < DORA; p++) {
        start(w, p);
    }
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    CHECK_ERR(SC_E_TIMEOUT, sc_keeper_wait_fate(w->keeper[1], &type, &index, s,
                                                sc_clock_ms() + 600));
    CHECK_U64(sc_chain_head(w->chain[0]).size, 0);
    start(w, DORA);
    wait_head(w, 0, 1);
    stop(w, DORA);
    wait_fate(w, 1, s, SC_ENTRY_RECEIPT);
    start(w, DORA);
    wait_fate(w, DORA, s, SC_ENTRY_RECEIPT);
    sc_buf_clear(&text);
}

/* A COSIGN of party p for the sequencer's head, by p's own key. */
static void cosign_for(world *w, size_t p)
{
    sc_buf note = {0}, line = {0}, room = {0};
    sc_note n, signed_note;
    sc_msg_cosign m = {.size = sc_chain_head(w->chain[0]).size};
    sc_frame f;

    CHECK_OK(sc_chain_sign(w->chain[0], &note, m.size, &w->keys[0].log, NULL));
    CHECK_OK(sc_note_take(&n, sc_buf_bytes(&note)));
    CHECK_OK(sc_buf_put_str(&line, "x\n\n"));
    CHECK_OK(sc_note_cosign(&line, n.text, w->roster.parties[p].name,
                            &w->keys[p].cosigner, 1000));
    CHECK_OK(sc_note_take(&signed_note, sc_buf_bytes(&line)));
    memcpy(m.signature, signed_note.sigs[0].sig, sizeof m.signature);
    CHECK_OK(sc_msg_cosign_put(&f, &room, &m));
    sc_keeper_take(w->keeper[0], p, &f);
    sc_buf_clear(&note);
    sc_buf_clear(&line);
    sc_buf_clear(&room);
}

/* Another program of hers signs; carol, by the same hand, is the third. */
static void test_her_cosignature_does_not_count(void **state)
{
    world *w = *state;
    sc_buf text = {0};
    sc_entry_type type;
    uint64_t index;
    uint8_t s[32];

    start_all(w);
    make_receipt(&text, w, s, 0);
    submit(w, 0, &text);
    for (size_t p = 0; p < N; p++) {
        wait_fate(w, p, s, SC_ENTRY_RECEIPT);
    }
    set_deaf(w, 2, 1);
    make_receipt(&text, w, s, 1);
    submit(w, 0, &text);
    wait_head(w, 0, 3);
    cosign_for(w, DORA);
    CHECK_ERR(SC_E_TIMEOUT, sc_keeper_wait_fate(w->keeper[0], &type, &index, s,
                                                sc_clock_ms() + 600));
    CHECK_U64(sc_chain_published(w->chain[0]).size, 2);
    cosign_for(w, 2);
    wait_fate(w, 0, s, SC_ENTRY_RECEIPT);
    check_proof(w, 0, s, &text);
    wait_fate(w, DORA, s, SC_ENTRY_RECEIPT);
    sc_buf_clear(&text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_offline, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_log_goes_on_without_her),
        TEST(test_she_catches_up_by_many_heads),
        TEST(test_genesis_needs_her_once),
        TEST(test_her_cosignature_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
