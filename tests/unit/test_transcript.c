/* tests/unit/test_transcript.c: tests/vectors/transcript.kat (the model of
 * tests/oracle/transcript.py), and what must change a head. */
#include "net/transcript.h"

#include <stdio.h>
#include <string.h>

#include "tests/kat.h"

#define MAX_FRAMES 16

typedef struct {
    uint8_t sid[32], key[32];
    uint64_t from, to;
    size_t n, n_early;
    sc_frame frames[MAX_FRAMES]; /* borrowed from the block */
} script;

static script read_script(sc_kat *t)
{
    script s = {.from = sc_kat_u64(t, "from"),
                .to = sc_kat_u64(t, "to"),
                .n = sc_kat_size(t, "n"),
                .n_early = sc_kat_size(t, "early")};
    char name[32];

    memcpy(s.sid, sc_kat_bytes(t, "sid").p, 32);
    memcpy(s.key, sc_kat_bytes(t, "key").p, 32);
    CHECK(s.n <= MAX_FRAMES);
    for (size_t i = 0; i < s.n; i++) {
        (void)snprintf(name, sizeof name, "type%zu", i);
        s.frames[i].type = (uint16_t)sc_kat_u64(t, name);
        (void)snprintf(name, sizeof name, "op%zu", i);
        s.frames[i].op = (uint32_t)sc_kat_u64(t, name);
        (void)snprintf(name, sizeof name, "head%zu", i);
        s.frames[i].head = sc_kat_bytes(t, name);
        (void)snprintf(name, sizeof name, "bulk%zu", i);
        s.frames[i].bulk = sc_kat_bytes(t, name);
    }
    return s;
}

/* Add frames [from, to) of s. */
static void add(sc_transcript *t, const script *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint8_t digest[32];

        CHECK_OK(sc_frame_digest(digest, &s->frames[i]));
        CHECK_OK(sc_transcript_add(t, s->frames[i].op,
                                   sc_frame_len(&s->frames[i]), digest));
    }
}

static sc_transcript_head run(const script *s, size_t n_early)
{
    sc_transcript t = {0};
    sc_transcript_head head;

    add(&t, s, 0, n_early);
    CHECK_ERR(SC_E_STATE, sc_transcript_snapshot(&t, &head));
    CHECK_ZERO(&head, sizeof head);
    CHECK_OK(sc_transcript_key(&t, s->sid, s->from, s->to, s->key));
    CHECK_ZERO(t.early, sizeof t.early);
    add(&t, s, n_early, s->n);
    CHECK_OK(sc_transcript_snapshot(&t, &head));
    CHECK_ERR(SC_E_STATE,
              sc_transcript_key(&t, s->sid, s->from, s->to, s->key));
    sc_transcript_clear(&t);
    CHECK_ZERO(&t, sizeof t);
    return head;
}

static void test_vectors(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "transcript.kat"); sc_kat_next(&t);) {
        script s = read_script(&t);
        sc_transcript_head head = run(&s, s.n_early);

        CHECK_BYTES(head.hash, sc_kat_bytes(&t, "hash").p, 32);
        CHECK_U64(head.count, sc_kat_u64(&t, "count"));
        CHECK_U64(head.bytes, sc_kat_u64(&t, "bytes"));
        for (size_t n_early = 0; n_early <= s.n; n_early++) {
            sc_transcript_head other = run(&s, n_early);

            CHECK_BYTES(&other, &head,
                        sizeof head); /* whenever the key comes */
        }
    }
}

static void test_everything_counts(void **state)
{
    static const uint8_t bytes[] = "head and bulk";
    script s = {.from = 1, .to = 2, .n = 2};
    sc_transcript_head was;
    sc_frame swap;

    (void)state;
    s.frames[0] = (sc_frame){1, 2, {bytes, 4}, {bytes + 4, 5}};
    s.frames[1] = (sc_frame){1, 2, {bytes, 5}, {bytes + 5, 4}};
    was = run(&s, 1);
#define CHANGES(change, undo)                                                  \
    do {                                                                       \
        sc_transcript_head now;                                                \
        change;                                                                \
        now = run(&s, 1);                                                      \
        CHECK(memcmp(now.hash, was.hash, 32) != 0);                            \
        undo;                                                                  \
    } while (0)
    CHANGES(s.sid[31] ^= 1, s.sid[31] ^= 1);
    CHANGES(s.key[0] ^= 0x80, s.key[0] ^= 0x80);
    CHANGES(s.from = 2, s.from = 1);
    CHANGES(s.to = 1, s.to = 2);
    CHANGES(s.n = 1, s.n = 2);
    CHANGES(s.frames[1].op++, s.frames[1].op--);
    CHANGES(s.frames[1].type++, s.frames[1].type--);
    CHANGES(s.frames[1].bulk.len--, s.frames[1].bulk.len++);
    CHANGES((swap = s.frames[0], s.frames[0] = s.frames[1], s.frames[1] = swap),
            (swap = s.frames[0], s.frames[0] = s.frames[1],
             s.frames[1] = swap));
#undef CHANGES
    CHECK_BYTES(run(&s, 0).hash, was.hash, 32);
}

static void test_too_many_early(void **state)
{
    static const uint8_t zero[32];
    sc_transcript t = {0};
    sc_transcript_head head;

    (void)state;
    for (size_t i = 0; i < SC_TRANSCRIPT_MAX_EARLY; i++) {
        CHECK_OK(sc_transcript_add(&t, 0, 16, zero));
    }
    CHECK_ERR(SC_E_STATE, sc_transcript_add(&t, 0, 16, zero));
    CHECK_OK(sc_transcript_key(&t, zero, 0, 1, zero));
    CHECK_OK(sc_transcript_snapshot(&t, &head));
    CHECK_U64(head.count, SC_TRANSCRIPT_MAX_EARLY);
    CHECK_OK(sc_transcript_add(&t, 0, 16, zero));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_everything_counts),
        cmocka_unit_test(test_too_many_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
