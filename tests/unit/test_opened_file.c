/* tests/unit/test_opened_file.c: stored shares come back piece by piece, as they were;
 * lengths and bytes that a disk changed are found. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "job/run/opened_file.h"
#include "ledger/receipt.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define N     4
#define LARGE (((size_t)2 << 20) + 48) /* more than is read at once */

static const uint8_t id[SC_JOB_ID_LEN] = {7}, sid[32] = {5};
static const char did[] = "did:key:z6Mkalice";

typedef struct {
    char path[256];
    sc_record *record;
    sc_opened_share shares[N]; /* none at 1; at 3 of no bytes */
} world;

static void world_init(world *w, const char *store)
{
    const size_t lens[N] = {16, 0, LARGE, 0};

    memset(w, 0, sizeof *w);
    CHECK_OK(sc_record_new(&w->record, store, id, NULL));
    (void)snprintf(w->path, sizeof w->path, "%s/jobs/07%030d/shares.opened",
                   store, 0);
    for (size_t i = 0; i < N; i++) {
        w->shares[i].is_there = i != 1;
        memset(w->shares[i].r32, (int)i + 1, 32);
        for (size_t k = 0; k < lens[i]; k++) {
            uint8_t v = (uint8_t)(k * 7 + (k >> 11) + i);

            CHECK_OK(sc_buf_put_u8(&w->shares[i].vector, v));
        }
    }
}

static void world_clear(world *w)
{
    sc_record_free(&w->record);
    sc_opened_shares_clear(w->shares, N);
}

static sc_err look(const world *w, sc_opened_file *f, size_t n)
{
    return sc_opened_file_look(f, w->record, n, NULL);
}

/* ---- as they were ----------------------------------------------------------- */

static void test_read(void **state)
{
    world w;
    sc_opened_file f;
    sc_buf got = {0};
    uint8_t digest[32], want[32];

    world_init(&w, *state);
    CHECK_ERR(SC_E_NOT_FOUND, look(&w, &f, N));
    CHECK_ERR(SC_E_ARG,
              sc_opened_file_put(w.record, w.shares, SC_OUTCOME_MAX + 1, NULL));
    CHECK_OK(sc_opened_file_put(w.record, w.shares, N, NULL));
    CHECK_OK(look(&w, &f, N));
    for (size_t i = 0; i < N; i++) {
        const sc_buf *v = &w.shares[i].vector;

        CHECK_U64(f.shares[i].len, v->len);
        sc_buf_reset(&got);
        CHECK_OK(sc_opened_file_read(&f, &got, i, 0, v->len, NULL));
        CHECK_BYTES(got.p, v->p, v->len);
        if (v->len > 0) {
            CHECK_BYTES(f.shares[i].r32, w.shares[i].r32, 32);
        }
    }
    sc_buf_reset(&got);
    CHECK_OK(sc_opened_file_read(&f, &got, 2, LARGE - 20, 20, NULL));
    CHECK_BYTES(got.p, w.shares[2].vector.p + LARGE - 20, 20);
    CHECK_ERR(SC_E_ARG, sc_opened_file_read(&f, &got, 2, LARGE - 20, 21, NULL));
    CHECK_ERR(SC_E_ARG, sc_opened_file_read(&f, &got, 2, LARGE + 1, 0, NULL));
    CHECK_ERR(SC_E_ARG, sc_opened_file_read(&f, &got, 2, 1, SIZE_MAX, NULL));
    CHECK_ERR(SC_E_ARG, sc_opened_file_read(&f, &got, N, 0, 0, NULL));
    w.shares[3].is_there = 0; /* of no bytes: as good as none */
    sc_outcome_digest(want, w.shares, N);
    CHECK_OK(sc_opened_file_digest(&f, digest, NULL));
    CHECK_BYTES(digest, want, 32);
    CHECK_ERR(SC_E_ARG, look(&w, &f, 0));
    CHECK_ERR(SC_E_ARG, look(&w, &f, SC_OUTCOME_MAX + 1));
    sc_buf_clear(&got);
    world_clear(&w);
}

/* ---- against the receipt ------------------------------------------------------ */

static void flip(const world *w, long at)
{
    FILE *f = fopen(w->path, "r+b");
    int c;

    assert_non_null(f);
    CHECK(fseek(f, at, SEEK_SET) == 0 && (c = fgetc(f)) != EOF &&
          fseek(f, at, SEEK_SET) == 0 && fputc(c ^ 1, f) != EOF);
    CHECK(fclose(f) == 0);
}

static void test_verify(void **state)
{
    /* of share 2: its r32, its first byte, one of the second step, its last */
    const long at[] = {56 + 8 + 8, 56 + 8 + 40, 56 + 8 + 40 + (1 << 20) + 5,
                       56 + 8 + 40 + (long)LARGE - 1};
    world w;
    sc_opened_file f;
    uint8_t c[32], other[32] = {6};

    world_init(&w, *state);
    CHECK_OK(sc_opened_file_put(w.record, w.shares, N, NULL));
    sc_receipt_share_commit(c, sid, did, sc_buf_bytes(&w.shares[2].vector),
                            w.shares[2].r32);
    CHECK_OK(look(&w, &f, N));
    CHECK_OK(sc_opened_file_verify(&f, 2, sid, did, c, NULL));
    CHECK_ERR(SC_E_CHEAT, sc_opened_file_verify(&f, 2, other, did, c, NULL));
    CHECK_ERR(SC_E_CHEAT, sc_opened_file_verify(&f, 2, sid, "did", c, NULL));
    CHECK_ERR(SC_E_CHEAT, sc_opened_file_verify(&f, 0, sid, did, c, NULL));
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        flip(&w, at[i]);
        CHECK_OK(look(&w, &f, N));
        CHECK_ERR(SC_E_CHEAT, sc_opened_file_verify(&f, 2, sid, did, c, NULL));
        flip(&w, at[i]);
    }
    CHECK_OK(look(&w, &f, N));
    CHECK_OK(sc_opened_file_verify(&f, 2, sid, did, c, NULL));
    world_clear(&w);
}

/* ---- damaged ------------------------------------------------------------------ */

static void rewrite(const world *w, sc_bytes text)
{
    CHECK_OK(sc_record_put_opened(w->record, &text, 1, NULL));
}

static void test_damaged(void **state)
{
    world w;
    sc_opened_file f;
    sc_buf whole = {0}, got = {0};

    world_init(&w, *state);
    sc_buf_reset(&w.shares[2].vector);
    CHECK_OK(sc_buf_put_str(&w.shares[2].vector, "twenty bytes of it.."));
    CHECK_OK(sc_opened_file_put(w.record, w.shares, N, NULL));
    CHECK_OK(sc_record_read_opened(w.record, &whole, 0, 1 << 10, NULL));
    CHECK_U64(whole.len, 4 * 8 + 2 * 32 + 16 + 20);
    for (size_t len = 0; len < whole.len; len++) { /* cut */
        rewrite(&w, (sc_bytes){whole.p, len});
        CHECK_ERR(SC_E_CORRUPT, look(&w, &f, N));
        CHECK_ZERO(&f, sizeof f);
    }
    rewrite(&w, sc_buf_bytes(&whole));
    CHECK_ERR(SC_E_CORRUPT,
              look(&w, &f, N - 1)); /* more than there should be */
    CHECK_ERR(SC_E_CORRUPT, look(&w, &f, N + 1));
    CHECK_OK(look(&w, &f, N));
    rewrite(&w, (sc_bytes){whole.p, 50}); /* cut since it was looked at */
    CHECK_ERR(SC_E_CORRUPT, sc_opened_file_read(&f, &got, 0, 0, 16, NULL));
    CHECK_U64(got.len, 0);
    CHECK_ERR(SC_E_CORRUPT, sc_opened_file_digest(&f, got.p, NULL));
    for (size_t i = 0; i < 8;
         i++) { /* lengths beyond the end, and any memory */
        whole.p[i] = 0xFF;
        rewrite(&w, sc_buf_bytes(&whole));
        CHECK_ERR(SC_E_CORRUPT, look(&w, &f, N));
    }
    sc_buf_clear(&whole);
    sc_buf_clear(&got);
    world_clear(&w);
}

static sc_err body(void *arg)
{
    world *w = arg;
    sc_opened_file f;
    sc_buf got = {0};
    uint8_t digest[32];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_opened_file_put(w->record, w->shares, N, NULL));
    SC_TRY(look(w, &f, N));
    SC_TRY(sc_opened_file_read(&f, &got, 2, 5, 40, NULL));
    SC_TRY(sc_opened_file_digest(&f, digest, NULL));
    err = sc_opened_file_verify(&f, 2, sid, did, digest, NULL);
    SC_REQUIRE(err == SC_E_CHEAT, err);
    err = SC_OK;
out:
    sc_buf_clear(&got);
    return err;
}

static void test_memory(void **state)
{
    world w;

    world_init(&w, *state);
    CHECK_ALLOC(body, &w);
    world_clear(&w);
}

#define TEST(t)                                                                \
    cmocka_unit_test_setup_teardown(t, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_read), TEST(test_verify),
                                       TEST(test_damaged), TEST(test_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
