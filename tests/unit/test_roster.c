/* tests/unit/test_roster.c: what a roster may be, and heads checked by one. */
#include "tests/unit/ledger_fixture.h"

typedef struct {
    sc_roster r;
    sc_keys keys[SC_MAX_PARTIES];
} world;

static void test_check(void **state)
{
    static const struct {
        size_t n, k;
        sc_err want;
    } quorums[] = {{1, 1, SC_E_CONFIG},  {2, 2, SC_OK},
                   {2, 1, SC_E_CONFIG},  {3, 2, SC_E_CONFIG},
                   {3, 3, SC_OK},        {4, 3, SC_OK},
                   {4, 2, SC_E_CONFIG},  {4, 5, SC_E_CONFIG},
                   {5, 4, SC_OK},        {5, 3, SC_E_CONFIG},
                   {7, 5, SC_OK},        {16, 9, SC_OK},
                   {16, 8, SC_E_CONFIG}, {16, 16, SC_OK}};
    world w;
    sc_fault why = {0};

    (void)state;
    for (size_t i = 0; i < sizeof quorums / sizeof *quorums; i++) {
        fixture_roster(&w.r, w.keys, quorums[i].n, quorums[i].k);
        CHECK_ERR(quorums[i].want, sc_roster_check(&w.r, &why));
    }
    for (size_t i = 0; i < sizeof quorums / sizeof *quorums; i++) {
        /* n cosigners, and as many as fit who are offline */
        fixture_roster(&w.r, w.keys, SC_MAX_PARTIES, quorums[i].k);
        for (size_t p = quorums[i].n; p < SC_MAX_PARTIES; p++) {
            w.r.parties[p].is_offline = 1;
        }
        CHECK_U64(sc_roster_n_cosigners(&w.r), quorums[i].n);
        CHECK_ERR(quorums[i].want, sc_roster_check(&w.r, &why));
    }
    CHECK_U64(sc_roster_find_name(&w.r, "carol"), 2);
    CHECK_U64(sc_roster_find_name(&w.r, "mallory"), SC_ROSTER_NONE);
    CHECK_U64(sc_roster_find_did(&w.r, w.r.parties[3].did), 3);
    CHECK_U64(sc_roster_find_did(&w.r, ""), SC_ROSTER_NONE);
}

static void test_hygiene(void **state)
{
    world w, good;
    sc_fault why = {0};

    (void)state;
    fixture_roster(&good.r, good.keys, 4, 3);
#define REFUSES(change)                                                        \
    do {                                                                       \
        w.r = good.r;                                                          \
        change;                                                                \
        CHECK_ERR(SC_E_CONFIG, sc_roster_check(&w.r, &why));                   \
        CHECK(why.text[0] != '\0');                                            \
        CHECK_ERR(SC_E_CONFIG, sc_roster_check(&w.r, NULL));                   \
    } while (0)
    REFUSES(w.r.n_parties = 0);
    REFUSES(w.r.n_parties = SC_MAX_PARTIES + 1);
    REFUSES(w.r.sequencer = 4);
    REFUSES((w.r.parties[0].is_offline = 1, w.r.quorum = 3));
    REFUSES((w.r.parties[3].is_offline = 1, w.r.quorum = 4));
    REFUSES(w.r.origin[0] = '\0');
    REFUSES(strcpy(w.r.origin, "two words"));
    REFUSES(strcpy(w.r.parties[1].name, "a+b"));
    REFUSES(strcpy(w.r.parties[1].name, ""));
    REFUSES(strcpy(w.r.parties[1].name, "alice"));
    REFUSES(strcpy(w.r.parties[1].did, w.r.parties[0].did));
    REFUSES(w.r.parties[1].did[0] = '\0');
    REFUSES(memcpy(w.r.parties[1].log, w.r.parties[1].cosigner, 32));
    REFUSES(memcpy(w.r.parties[1].log, w.r.parties[0].log, 32));
    REFUSES(memcpy(w.r.parties[3].cosigner, w.r.parties[0].identity, 32));
    REFUSES(memset(w.r.parties[3].cosigner, 0, 32));
    REFUSES(memset(w.r.parties[2].log, 0xff, 32));
    REFUSES(w.r.parties[0] = w.r.parties[1]);
}

static const uint8_t root[SC_HASH_LEN] = {4};

static void test_heads(void **state)
{
    world w;
    sc_buf b = {0};
    sc_roster_head head = {.n_cosigners = 77}, same = head;

    (void)state;
    fixture_roster(&w.r, w.keys, 4, 3);
    w.r.sequencer = 2;
    for (unsigned mask = 0; mask < 16; mask++) {
        fixture_note(&b, &w.r, w.keys, 12, root, mask);
        for (int is_exact = 0; is_exact < 2; is_exact++) {
            CHECK_OK(
                sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), is_exact));
            CHECK_U64(head.n_cosigners, __builtin_popcount(mask));
            CHECK_U64(head.at.size, 12);
            CHECK_BYTES(head.at.root, root, sizeof root);
            for (unsigned p = 0; p < 4; p++) {
                CHECK_U64(head.time[p], (mask >> p & 1) == 1 ? 1000 + p : 0);
            }
        }
        sc_buf_reset(&b);
    }
    head = same;
    fixture_note(&b, &w.r, w.keys, 12, root, 15);
    w.r.sequencer = 1; /* another log key */
    CHECK_ERR(SC_E_CHEAT,
              sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), 0));
    w.r.sequencer = 2;
    w.r.origin[0] = 'N'; /* another log */
    CHECK_ERR(SC_E_WIRE, sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), 0));
    w.r.origin[0] = 'n';
    memcpy(w.r.parties[3].cosigner, w.r.parties[3].log, 32);
    CHECK_OK(sc_roster_take_head(&same, &w.r, sc_buf_bytes(&b), 0));
    CHECK_U64(same.n_cosigners, 3); /* one line is foreign now */
    CHECK_ERR(SC_E_CHEAT,
              sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), 1));
    CHECK_ERR(SC_E_WIRE,
              sc_roster_take_head(&head, &w.r, sc_bytes_of("nothing"), 0));
    CHECK_U64(head.n_cosigners, 77);
    sc_buf_clear(&b);
}

/* Whoever is offline: its line is as a stranger's, by which no head counts. */
static void test_offline_cosignature(void **state)
{
    world w;
    sc_buf b = {0};
    sc_roster_head head;
    sc_note_key keys[SC_ROSTER_MAX_KEYS];
    size_t n_keys;

    (void)state;
    fixture_roster(&w.r, w.keys, 5, 3);
    w.r.parties[1].is_offline = 1;
    CHECK_OK(sc_roster_check(&w.r, NULL));
    CHECK_OK(sc_roster_note_keys(keys, &n_keys, &w.r));
    CHECK_U64(n_keys, 6);
    CHECK_ZERO(&keys[2], sizeof keys[2]);
    CHECK_STR(keys[3].name, "carol");
    for (unsigned mask = 0; mask < 32; mask++) {
        unsigned counted = mask & ~2U;

        sc_buf_reset(&b);
        fixture_note(&b, &w.r, w.keys, 12, root, mask);
        CHECK_ERR(mask == counted ? SC_OK : SC_E_CHEAT,
                  sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), 1));
        CHECK_OK(sc_roster_take_head(&head, &w.r, sc_buf_bytes(&b), 0));
        CHECK_U64(head.n_cosigners, __builtin_popcount(counted));
        for (unsigned p = 0; p < 5; p++) {
            CHECK_U64(head.time[p], (counted >> p & 1) == 1 ? 1000 + p : 0);
        }
    }
    sc_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_hygiene),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_offline_cosignature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
