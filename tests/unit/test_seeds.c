/* tests/unit/test_seeds.c: mpc/seeds.h against an independent model
 * (tests/oracle/seeds.py) and its own laws. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mpc/seeds.h"
#include "tests/kat.h"

typedef struct {
    size_t n;
    uint8_t sid[32];
    uint8_t sk[SC_MAX_PARTIES][32], pk[SC_MAX_PARTIES][32];
    sc_seeds *seeds[SC_MAX_PARTIES];
} parties;

/* n parties whose keys follow from `seed`. */
static void open_parties(parties *p, size_t n, uint8_t seed)
{
    uint8_t tape[32];

    memset(p, 0, sizeof *p);
    p->n = n;
    memset(p->sid, seed ^ 0x55, 32);
    for (size_t i = 0; i < n; i++) {
        memset(tape, seed, sizeof tape);
        tape[1] = (uint8_t)i;
        sc_rng rng = sc_rng_replay((sc_bytes){tape, sizeof tape});

        CHECK_OK(sc_seeds_keypair(&rng, p->sk[i], p->pk[i]));
    }
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(sc_seeds_new(&p->seeds[i], i, p->sk[i], p->pk, n, p->sid));
    }
}

static void close_parties(parties *p)
{
    for (size_t i = 0; i < p->n; i++) {
        sc_seeds_free(&p->seeds[i]);
        CHECK(p->seeds[i] == NULL);
    }
}

static void check_block(sc_kat *t)
{
    parties p = {.n = sc_kat_size(t, "n")};
    size_t count = sc_kat_size(t, "count");
    uint64_t op = sc_kat_u64(t, "operator"), first = sc_kat_u64(t, "first");
    const uint8_t *z64 = sc_kat_bytes(t, "z64").p;
    const uint8_t *z128 = sc_kat_bytes(t, "z128").p;
    uint8_t key[32];

    memcpy(p.sid, sc_kat_bytes(t, "sid").p, 32);
    memcpy(p.sk, sc_kat_bytes(t, "sks").p, 32 * p.n);
    memcpy(p.pk, sc_kat_bytes(t, "pks").p, 32 * p.n);
    for (size_t i = 0; i < p.n; i++) {
        sc_rng rng = sc_rng_replay((sc_bytes){p.sk[i], 32});
        uint64_t y[8] = {0};
        sc_u128 Y[8] = {0};
        uint8_t sk[32], pk[32];

        CHECK_OK(sc_seeds_keypair(&rng, sk, pk));
        CHECK_BYTES(sk, p.sk[i], 32);
        CHECK_BYTES(pk, p.pk[i], 32);
        CHECK_OK(sc_seeds_new(&p.seeds[i], i, sk, p.pk, p.n, p.sid));
        CHECK_OK(sc_seeds_mask64(p.seeds[i], y, count, op, first));
        CHECK_BYTES(y, z64 + 8 * count * i, 8 * count);
        CHECK_OK(sc_seeds_mask128(p.seeds[i], Y, count, op, first));
        CHECK_BYTES(Y, z128 + 16 * count * i, 16 * count);
    }
    CHECK_OK(sc_seeds_pair_key(p.seeds[0], key, p.n - 1, "chan/1"));
    CHECK_BYTES(key, sc_kat_bytes(t, "chan_key").p, 32);
    CHECK_OK(sc_seeds_pair_key(p.seeds[p.n - 1], key, 0, "chan/1"));
    CHECK_BYTES(key, sc_kat_bytes(t, "chan_key").p, 32);
    close_parties(&p);
}

/* On the machine's fastest AES and on the portable one. */
static void test_known_answers(void **unused)
{
    static const char *const paths[] = {"", "portable"};
    sc_kat t;

    (void)unused;
    for (size_t i = 0; i < 2; i++) {
        setenv("SC_CPU", paths[i], 1);
        for (sc_kat_open(&t, "seeds.kat"); sc_kat_next(&t);) {
            check_block(&t);
        }
    }
    unsetenv("SC_CPU");
}

/* z_1 + ... + z_n = 0, for each n, over piece borders and odd offsets. */
static void test_shares_of_zero(void **unused)
{
    enum { N = 2500 };
    static uint64_t y[N];
    static sc_u128 Y[N];
    parties p;

    (void)unused;
    for (size_t n = 2; n <= SC_MAX_PARTIES; n++) {
        open_parties(&p, n, (uint8_t)n);
        memset(y, 0, sizeof y);
        memset(Y, 0, sizeof Y);
        for (size_t i = 0; i < n; i++) {
            CHECK(i == 0 || (y[0] != 0 && Y[N - 1] != 0));
            CHECK_OK(sc_seeds_mask64(p.seeds[i], y, N, 3, n));
            CHECK_OK(sc_seeds_mask128(p.seeds[i], Y, N, 3, n));
        }
        CHECK_ZERO(y, sizeof y);
        CHECK_ZERO(Y, sizeof Y);
        close_parties(&p);
    }
}

/* Those who are not left out share a zero of their own; who is alone adds none.
 * Keys for other purposes stay. */
static void test_leave_out(void **unused)
{
    enum { N = 700 };
    static uint64_t y[N];
    static sc_u128 Y[N];
    uint8_t before[32], after[32];
    parties p;

    (void)unused;
    open_parties(&p, 5, 77);
    CHECK_OK(sc_seeds_pair_key(p.seeds[1], before, 0, "chan/1"));
    for (size_t i = 0; i < 5; i++) {
        sc_seeds_leave_out(p.seeds[i], 0);
        sc_seeds_leave_out(p.seeds[i], 3);
        sc_seeds_leave_out(p.seeds[i], i);
        sc_seeds_leave_out(p.seeds[i], 5);
        sc_seeds_leave_out(p.seeds[i], SIZE_MAX);
    }
    CHECK_OK(sc_seeds_pair_key(p.seeds[1], after, 0, "chan/1"));
    CHECK_BYTES(before, after, 32);
    for (size_t i = 1; i < 5; i += i == 2 ? 2 : 1) { /* 1, 2, 4 */
        CHECK(i == 1 || (y[0] != 0 && Y[N - 1] != 0));
        CHECK_OK(sc_seeds_mask64(p.seeds[i], y, N, 3, 1));
        CHECK_OK(sc_seeds_mask128(p.seeds[i], Y, N, 3, 1));
    }
    CHECK_ZERO(y, sizeof y);
    CHECK_ZERO(Y, sizeof Y);
    sc_seeds_leave_out(p.seeds[1], 2);
    sc_seeds_leave_out(p.seeds[1], 4);
    CHECK_OK(sc_seeds_mask128(p.seeds[1], Y, N, 3, 1));
    CHECK_ZERO(Y, sizeof Y);
    close_parties(&p);
}

static void test_chunks_agree_with_the_whole(void **unused)
{
    enum { N = 3001 };
    static const size_t cuts[] = {0, 1, 2, 5, 1024, 1025, 2047, 2999, N};
    static uint64_t whole[N], parts[N];
    static sc_u128 WHOLE[N], PARTS[N];
    parties p;

    (void)unused;
    open_parties(&p, 3, 9);
    for (size_t i = 0; i < N; i++) {
        whole[i] = parts[i] = i * i;
        WHOLE[i] = PARTS[i] = (sc_u128)i << 77;
    }
    CHECK_OK(sc_seeds_mask64(p.seeds[1], whole, N, 3, 11));
    CHECK_OK(sc_seeds_mask128(p.seeds[1], WHOLE, N, 3, 11));
    for (size_t i = sizeof cuts / sizeof *cuts - 1; i-- > 0;) { /* any order */
        size_t at = cuts[i], n = cuts[i + 1] - at;

        CHECK_OK(sc_seeds_mask64(p.seeds[1], parts + at, n, 3, 11 + at));
        CHECK_OK(sc_seeds_mask128(p.seeds[1], PARTS + at, n, 3, 11 + at));
    }
    CHECK_BYTES(parts, whole, sizeof whole);
    CHECK_BYTES(PARTS, WHOLE, sizeof WHOLE);
    close_parties(&p);
}

/* Long vectors, odd ends: the machine's fastest AES and the portable one. */
static void test_paths_agree(void **unused)
{
    enum { N = 2999 };
    static const char *const paths[] = {"", "portable"};
    static uint64_t y[2][N];
    static sc_u128 Y[2][N];
    parties p;

    (void)unused;
    for (size_t i = 0; i < 2; i++) {
        setenv("SC_CPU", paths[i], 1);
        open_parties(&p, 3, 4);
        CHECK_OK(sc_seeds_mask64(p.seeds[1], y[i], N, 3, 7));
        CHECK_OK(sc_seeds_mask128(p.seeds[1], Y[i], N, 3, 7));
        close_parties(&p);
    }
    unsetenv("SC_CPU");
    CHECK_BYTES(y[0], y[1], sizeof y[0]);
    CHECK_BYTES(Y[0], Y[1], sizeof Y[0]);
}

/* y += z, so y - z is what was there. */
static void test_adds_to_what_is_there(void **unused)
{
    uint64_t y[3] = {1, UINT64_MAX, 77}, z[3] = {0};
    sc_u128 Y[3] = {1, ~(sc_u128)0, 77}, Z[3] = {0};
    parties p;

    (void)unused;
    open_parties(&p, 4, 1);
    CHECK_OK(sc_seeds_mask64(p.seeds[2], y, 3, 5, 1));
    CHECK_OK(sc_seeds_mask64(p.seeds[2], z, 3, 5, 1));
    CHECK_OK(sc_seeds_mask128(p.seeds[2], Y, 3, 5, 1));
    CHECK_OK(sc_seeds_mask128(p.seeds[2], Z, 3, 5, 1));
    CHECK(y[0] - z[0] == 1 && y[1] - z[1] == UINT64_MAX && y[2] - z[2] == 77);
    CHECK(Y[0] - Z[0] == 1 && Y[1] - Z[1] == ~(sc_u128)0 && Y[2] - Z[2] == 77);
    close_parties(&p);
}

/* Another session, operator, width, place or purpose: other bytes. */
static void test_streams_differ(void **unused)
{
    uint8_t seen[6][32] = {{0}}, key[2][32];
    parties p, q;

    (void)unused;
    open_parties(&p, 2, 1);
    open_parties(&q, 2, 1);
    q.sid[31] ^= 1;
    sc_seeds_free(&q.seeds[0]);
    CHECK_OK(sc_seeds_new(&q.seeds[0], 0, q.sk[0], q.pk, 2, q.sid));
    CHECK_OK(sc_seeds_mask64(p.seeds[0], (uint64_t *)(void *)seen[0], 4, 1, 0));
    CHECK_OK(sc_seeds_mask64(q.seeds[0], (uint64_t *)(void *)seen[1], 4, 1, 0));
    CHECK_OK(sc_seeds_mask64(p.seeds[0], (uint64_t *)(void *)seen[2], 4, 2, 0));
    CHECK_OK(sc_seeds_mask64(p.seeds[0], (uint64_t *)(void *)seen[3], 4, 1, 4));
    CHECK_OK(sc_seeds_mask128(p.seeds[0], (sc_u128 *)(void *)seen[4], 2, 1, 0));
    CHECK_OK(sc_seeds_mask128(p.seeds[0], (sc_u128 *)(void *)seen[5], 2, 2, 0));
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(seen[i], seen[j], 32) != 0);
        }
    }
    CHECK_OK(sc_seeds_pair_key(p.seeds[0], key[0], 1, "chan/1"));
    CHECK_OK(sc_seeds_pair_key(p.seeds[0], key[1], 1, "chan/2"));
    CHECK(memcmp(key[0], key[1], 32) != 0);
    close_parties(&p);
    close_parties(&q);
}

/* Points of small order give the all-zero secret with every key. */
static void test_weak_keys(void **unused)
{
    static const uint8_t weak[][32] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
         0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
         0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    sc_seeds *s = NULL;
    parties p;

    (void)unused;
    open_parties(&p, 3, 2);
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        memcpy(p.pk[2], weak[i], 32);
        CHECK_ERR(SC_E_CHEAT, sc_seeds_new(&s, 0, p.sk[0], p.pk, 3, p.sid));
        CHECK(s == NULL);
    }
    close_parties(&p);
}

static void test_rejects(void **unused)
{
    const uint64_t end64 = (uint64_t)1 << 49, end128 = (uint64_t)1 << 48;
    uint8_t key[32], sk[32], pk[32], many[SC_MAX_PARTIES + 1][32] = {{0}};
    sc_rng dry = sc_rng_replay((sc_bytes){0});
    uint64_t y[2] = {5, 6};
    sc_u128 Y[2] = {5, 6};
    char purpose[128];
    sc_seeds *s = NULL;
    parties p;

    (void)unused;
    open_parties(&p, 2, 3);
    CHECK_ERR(SC_E_RNG, sc_seeds_keypair(&dry, sk, pk));
    CHECK_ZERO(sk, 32);
    CHECK_ZERO(pk, 32);
    CHECK_ERR(SC_E_ARG, sc_seeds_new(&s, 0, p.sk[0], p.pk, 1, p.sid));
    CHECK_ERR(SC_E_ARG, sc_seeds_new(&s, 2, p.sk[0], p.pk, 2, p.sid));
    CHECK_ERR(SC_E_ARG,
              sc_seeds_new(&s, 0, p.sk[0], many, SC_MAX_PARTIES + 1, p.sid));
    CHECK(s == NULL);
    CHECK_ERR(SC_E_ARG, sc_seeds_pair_key(p.seeds[0], key, 0, "chan/1"));
    CHECK_ERR(SC_E_ARG, sc_seeds_pair_key(p.seeds[0], key, 2, "chan/1"));
    memset(purpose, 'x', sizeof purpose);
    purpose[sizeof purpose - 1] = '\0';
    CHECK_ERR(SC_E_ARG, sc_seeds_pair_key(p.seeds[0], key, 1, purpose));

    s = p.seeds[0];
    CHECK_ERR(SC_E_ARG, sc_seeds_mask64(s, y, 2, 1, end64 - 1));
    CHECK_ERR(SC_E_ARG, sc_seeds_mask64(s, y, 1, 1, UINT64_MAX));
    CHECK_ERR(SC_E_ARG, sc_seeds_mask64(s, y, SIZE_MAX, 1, 0));
    CHECK_ERR(SC_E_ARG, sc_seeds_mask128(s, Y, 2, 1, end128 - 1));
    CHECK_ERR(SC_E_ARG, sc_seeds_mask128(s, Y, 1, 1, UINT64_MAX));
    CHECK(y[0] == 5 && y[1] == 6 && Y[0] == 5 && Y[1] == 6); /* untouched */
    CHECK_OK(sc_seeds_mask64(s, y, 0, 1, end64));
    CHECK_OK(sc_seeds_mask64(s, y, 2, 1, end64 - 2));
    CHECK_OK(sc_seeds_mask128(s, Y, 2, 1, end128 - 2));
    CHECK(y[1] != 6 && Y[1] != 6);
    close_parties(&p);
}

/* Bytes of masked vectors whose inputs are all alike: in each place of the
 * word, 2^16 of them over 256 values; 255 degrees of freedom, sd 22.6. */
static void test_looks_uniform(void **unused)
{
    enum { N = 65536, SEED = 42 };
    static sc_u128 Y[N];
    static unsigned hits[16][256];
    parties p;

    (void)unused;
    print_message("seed %d\n", SEED);
    open_parties(&p, 3, SEED);
    for (size_t i = 0; i < 3; i++) {
        memset(Y, 0x5a, sizeof Y);
        memset(hits, 0, sizeof hits);
        CHECK_OK(sc_seeds_mask128(p.seeds[i], Y, N, 1, 0));
        for (size_t e = 0; e < N; e++) {
            for (unsigned b = 0; b < 16; b++) {
                hits[b][(uint8_t)(Y[e] >> (8 * b))]++;
            }
        }
        for (unsigned b = 0; b < 16; b++) {
            double chi = 0;

            for (unsigned v = 0; v < 256; v++) {
                double d = hits[b][v] - N / 256.0;

                chi += d * d / (N / 256.0);
            }
            CHECK(chi > 255 - 4 * 22.6 && chi < 255 + 4 * 22.6);
        }
    }
    close_parties(&p);
}

static sc_err make_and_free(void *arg)
{
    parties *p = arg;
    sc_seeds *s = NULL;
    sc_err err = sc_seeds_new(&s, 0, p->sk[0], p->pk, p->n, p->sid);

    CHECK((err == SC_OK) == (s != NULL));
    sc_seeds_free(&s);
    return err;
}

static void test_out_of_memory(void **unused)
{
    parties p;

    (void)unused;
    open_parties(&p, 3, 4);
    CHECK_ALLOC(make_and_free, &p);
    close_parties(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_shares_of_zero),
        cmocka_unit_test(test_leave_out),
        cmocka_unit_test(test_chunks_agree_with_the_whole),
        cmocka_unit_test(test_paths_agree),
        cmocka_unit_test(test_adds_to_what_is_there),
        cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_weak_keys),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_looks_uniform),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
