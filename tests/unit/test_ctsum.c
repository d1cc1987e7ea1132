/* tests/unit/test_ctsum.c: sums of vectors as ciphertexts against the sums
 * themselves; entries and parts that are another's, moved or damaged are named. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "he/encrypt.h"
#include "mpc/ctsum.h"
#include "tests/kat.h"
#include "tests/random.h"

enum { BITS = 1024, NEEDED = 2, HOLDERS = 3, MANY = 21 };

typedef struct {
    sc_threshold *key;
    sc_share shares[HOLDERS];
    sc_encryptor *e;
    sc_rng rng;
} world;

static int open_world(void **state)
{
    world *w = sc_alloc(1, sizeof *w);

    w->rng = sc_rng_system();
    CHECK_OK(sc_threshold_deal(&w->key, w->shares, &w->rng, BITS, "sums",
                               NEEDED, HOLDERS, SC_HE_TEST_SIZE));
    CHECK_OK(sc_encryptor_new(&w->e, sc_threshold_public(w->key), 0));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;

    sc_encryptor_free(&w->e);
    sc_threshold_free(&w->key);
    sc_free(w);
    return 0;
}

/* One sum, from vectors to totals. */
typedef struct {
    world *w;
    sc_ctsum_shape shape;
    sc_ctsum *s;
    sc_u128 y[SC_MAX_PARTIES][MANY];
    sc_buf entries[SC_MAX_PARTIES];
    sc_cipher *sum;
    sc_cipher *parts[HOLDERS];
} job;

static sc_bytes context_of(char text[static 32], const char *what, size_t i)
{
    (void)snprintf(text, 32, "%s %zu", what, i);
    return sc_bytes_of(text);
}

/* Rings and ways of ranges that go together. */
static const struct {
    unsigned ring_bits;
    sc_ctsum_ranges ranges;
} kinds[] = {{64, SC_CTSUM_ASSERTED},
             {128, SC_CTSUM_ASSERTED},
             {64, SC_CTSUM_BY_DEALER},
             {64, SC_CTSUM_BY_BITS},
             {128, SC_CTSUM_BY_BITS}};
enum { WHOLE = 3, KINDS = 5 }; /* the first three are cheap */

static void open_job(job *j, world *w, size_t kind, size_t n_values,
                     size_t n_parties)
{
    *j = (job){.w = w,
               .shape = {.key_bits = BITS,
                         .ring_bits = kinds[kind].ring_bits,
                         .ranges = kinds[kind].ranges,
                         .n_values = n_values,
                         .n_parties = n_parties}};
    CHECK_OK(sc_ctsum_new(&j->s, w->key, w->e, &j->shape));
}

static void close_job(job *j)
{
    for (size_t i = 0; i < SC_MAX_PARTIES; i++) {
        sc_buf_clear(&j->entries[i]);
    }
    for (size_t h = 0; h < HOLDERS; h++) {
        sc_cipher_free(&j->parts[h]);
    }
    sc_cipher_free(&j->sum);
    sc_ctsum_free(&j->s);
}

static void add_all(job *j)
{
    char text[32];

    CHECK_OK(sc_cipher_new(&j->sum, sc_threshold_public(j->w->key),
                           sc_ctsum_ciphers(&j->shape)));
    for (size_t i = 0; i < j->shape.n_parties; i++) {
        sc_bytes context = context_of(text, "contributor", i);
        sc_cipher *c;

        CHECK_OK(
            sc_ctsum_entry(j->s, &j->w->rng, context, j->y[i], &j->entries[i]));
        CHECK_U64(j->entries[i].len, sc_ctsum_entry_len(&j->shape));
        CHECK_OK(sc_ctsum_take_entry(j->s, context,
                                     sc_buf_bytes(&j->entries[i]), &c));
        CHECK_OK(sc_cipher_add(j->sum, j->sum, c));
        sc_cipher_free(&c);
    }
}

static void make_part(job *j, sc_buf *out, size_t h)
{
    char text[32];

    CHECK_OK(sc_ctsum_part(j->s, &j->w->shares[h], &j->w->rng,
                           context_of(text, "holder", h), j->sum, out));
    CHECK_U64(out->len, sc_ctsum_part_len(&j->shape));
}

static void make_parts(job *j)
{
    char text[32];

    for (size_t h = 0; h < HOLDERS; h++) {
        sc_buf bytes = {0};

        make_part(j, &bytes, h);
        CHECK_OK(sc_ctsum_take_part(j->s, h + 1, context_of(text, "holder", h),
                                    j->sum, sc_buf_bytes(&bytes),
                                    &j->parts[h]));
        sc_buf_clear(&bytes);
    }
}

/* The sums mod 2^r of all, signed, as any two holders open them. */
static void check_sums(job *j)
{
    sc_u128 got[MANY];

    for (size_t h = 0; h < HOLDERS; h++) {
        const size_t who[NEEDED] = {h + 1, (h + 1) % HOLDERS + 1};
        const sc_cipher *parts[NEEDED] = {j->parts[who[0] - 1],
                                          j->parts[who[1] - 1]};

        CHECK_OK(sc_ctsum_open(j->s, who, parts, got));
        for (size_t k = 0; k < j->shape.n_values; k++) {
            sc_u128 want = 0;

            for (size_t i = 0; i < j->shape.n_parties; i++) {
                want += j->y[i][k];
            }
            if (j->shape.ring_bits == 64) {
                want = (sc_u128)(sc_i128)(int64_t)(uint64_t)want;
            }
            CHECK(got[k] == want);
        }
    }
}

/* ---- what comes out ---------------------------------------------------------- */

static void check_job(world *w, size_t kind, size_t n_values, size_t n,
                      uint64_t *r)
{
    job j;

    open_job(&j, w, kind, n_values, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t v = 0; v < MANY; v++) {
            j.y[i][v] = (sc_u128)sc_random_next(r) << 64 | sc_random_next(r);
        }
    }
    add_all(&j);
    make_parts(&j);
    check_sums(&j);
    close_job(&j);
}

static void test_sums(void **state)
{
    static const size_t sizes[] = {1, 8, 9, MANY};
    uint64_t r = 1;

    for (size_t n = 2; n <= SC_MAX_PARTIES; n += 7) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            for (size_t kind = 0; kind < WHOLE; kind++) {
                check_job(*state, kind, sizes[k], n, &r);
            }
        }
    }
    for (size_t kind = WHOLE; kind < KINDS; kind++) {
        check_job(*state, kind, 1, 2, &r);
        check_job(*state, kind, 10, 2, &r); /* a ciphertext and a part of one */
    }
}

/* All ones and all zeros: every carry there is, and no slot reaches the next. */
static void check_carries(world *w, size_t kind, size_t n_values, size_t n)
{
    job j;

    open_job(&j, w, kind, n_values, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_values; k += 2) {
            j.y[i][k] = ~(sc_u128)0;
        }
    }
    add_all(&j);
    make_parts(&j);
    check_sums(&j);
    close_job(&j);
}

static void test_carries(void **state)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        check_carries(*state, kind, kind < WHOLE ? MANY : 3,
                      kind < WHOLE ? SC_MAX_PARTIES : 3);
    }
}

/* ---- shapes -------------------------------------------------------------------- */

static void test_shapes(void **state)
{
    world *w = *state;
    const sc_ctsum_shape right = {3072, 64, 100000, 12, 0};
    const sc_ctsum_shape proved = {3072, 64, 8192, 12, SC_CTSUM_BY_DEALER};
    const sc_ctsum_shape bits = {3072, 64, 30, 12, SC_CTSUM_BY_BITS};
    const sc_ctsum_shape wrong[] = {{BITS, 63, 1, 3, 0},
                                    {BITS, 64, 0, 3, 0},
                                    {BITS, 64, 1, 1, 0},
                                    {BITS, 64, 1, SC_MAX_PARTIES + 1, 0},
                                    {2048, 64, 1, 3, 0},
                                    {BITS, 64, SC_CTSUM_MAX + 1, 3, 0},
                                    {BITS, 64, SC_CTSUM_MAX_BY_DEALER + 1, 3,
                                     SC_CTSUM_BY_DEALER},
                                    {BITS, 64, SC_CTSUM_MAX_BY_BITS + 1, 3,
                                     SC_CTSUM_BY_BITS},
                                    {BITS, 128, 1, 3, SC_CTSUM_BY_DEALER}};
    sc_ctsum *s;

    CHECK_U64(sc_ctsum_width(&right), 64 + 40 + 4);
    CHECK_U64(sc_ctsum_slots(&right), 28);
    CHECK_U64(sc_ctsum_ciphers(&right), 3572);
    CHECK_U64(sc_ctsum_width(&proved), 64 + 40 + 161 + 4);
    CHECK_U64(sc_ctsum_slots(&proved), 11);
    CHECK_U64(sc_ctsum_entry_len(&proved),
              (745 * (768 + 768 + 11 * 40 + 2 * 224) + 16 + 15) / 16 * 16);
    CHECK_U64(sc_ctsum_slots(&bits), 28);
    CHECK_U64(sc_ctsum_ciphers(&bits), 2);
    CHECK_U64(sc_ctsum_entry_len(&bits),
              (30 * 104 * (768 + 16 + 2 * 224) + 2 * 16 + 15) / 16 * 16);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_ERR(SC_E_ARG, sc_ctsum_new(&s, w->key, w->e, &wrong[i]));
        CHECK(s == NULL);
    }
}

/* ---- what is refused ----------------------------------------------------------- */

static sc_err take_entry(const job *j, const char *who, size_t i, sc_bytes b)
{
    char text[32];
    sc_cipher *c;
    sc_err err = sc_ctsum_take_entry(j->s, context_of(text, who, i), b, &c);

    CHECK((c == NULL) == (err != SC_OK));
    sc_cipher_free(&c);
    return err;
}

static void check_entries(void **state, size_t kind, size_t n_values,
                          size_t step)
{
    job j;
    sc_bytes b;

    open_job(&j, *state, kind, n_values, 3);
    add_all(&j);
    b = sc_buf_bytes(&j.entries[1]);
    CHECK_OK(take_entry(&j, "contributor", 1, b));
    CHECK_ERR(SC_E_CHEAT, take_entry(&j, "contributor", 2, b)); /* copied */
    CHECK_ERR(SC_E_CHEAT, take_entry(&j, "holder", 1, b));
    CHECK_ERR(SC_E_WIRE,
              take_entry(&j, "contributor", 1, (sc_bytes){b.p, b.len - 16}));
    CHECK_ERR(SC_E_WIRE, take_entry(&j, "contributor", 1, (sc_bytes){b.p, 0}));
    for (size_t at = 0; at < b.len; at += step) {
        j.entries[1].p[at] ^= 1;
        CHECK(take_entry(&j, "contributor", 1, b) != SC_OK);
        j.entries[1].p[at] ^= 1;
    }
    j.entries[1].p[b.len - 1] ^= 1; /* the last zero, where there are any */
    CHECK(take_entry(&j, "contributor", 1, b) != SC_OK);
    j.entries[1].p[b.len - 1] ^= 1;
    CHECK_OK(take_entry(&j, "contributor", 1, b));
    close_job(&j);
}

static void test_entries(void **state)
{
    check_entries(state, 0, 3, 7);
    check_entries(state, 2, 3, 7);
    check_entries(state, 3, 1, 997);
    check_entries(state, 4, 7, 90007); /* a ciphertext, and a part of one */
}

/* A sum to which somebody added 2^at, past the proofs, is opened, or none of it. */
static void check_added(world *w, size_t kind, size_t n_values, size_t at,
                        sc_err want)
{
    job j;
    uint64_t m[BITS / 64] = {0};
    sc_cipher *more;
    sc_u128 got[MANY];

    open_job(&j, w, kind, n_values, 3);
    CHECK_OK(sc_cipher_new(&j.sum, sc_threshold_public(w->key), 1));
    CHECK_OK(sc_cipher_new(&more, sc_threshold_public(w->key), 1));
    m[at / 64] = (uint64_t)1 << (at % 64);
    CHECK_OK(sc_encrypt(w->e, &w->rng, more, m));
    CHECK_OK(sc_cipher_add(j.sum, j.sum, more));
    make_parts(&j);
    CHECK_ERR(want, sc_ctsum_open(j.s, (size_t[]){1, 2},
                                  (const sc_cipher *const *)j.parts, got));
    sc_cipher_free(&more);
    close_job(&j);
}

static void test_totals(void **state)
{
    for (size_t kind = WHOLE; kind < KINDS; kind++) {
        const size_t value = kinds[kind].ring_bits + SC_CTSUM_SPARE;
        const size_t width = value + 2;

        check_added(*state, kind, 2, 0, SC_OK);
        check_added(*state, kind, 2, width + value, SC_OK);
        check_added(*state, kind, 2, value + 1, SC_OK);  /* 2 * 2^104 of 3 */
        check_added(*state, kind, 1, width, SC_E_CHEAT); /* behind the last */
        check_added(*state, kind, 2, BITS - 2, SC_E_CHEAT);
    }
    check_added(*state, 0, 1, 150, SC_OK); /* asserted: not looked at */
}

/* At the bound, three contributors' 2^104 - 1 each, and one above it. */
static void test_bound(void **state)
{
    static const struct {
        uint64_t low, high;
        sc_err want;
    } totals[] = {{(uint64_t)-3, ((uint64_t)3 << 40) - 1, SC_OK},
                  {(uint64_t)-2, ((uint64_t)3 << 40) - 1, SC_E_CHEAT},
                  {0, (uint64_t)3 << 40, SC_E_CHEAT}};
    world *w = *state;

    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        uint64_t m[BITS / 64] = {totals[i].low, totals[i].high};
        sc_u128 got[MANY];
        job j;

        open_job(&j, w, WHOLE, 1, 3);
        CHECK_OK(sc_cipher_new(&j.sum, sc_threshold_public(w->key), 1));
        CHECK_OK(sc_encrypt(w->e, &w->rng, j.sum, m));
        make_parts(&j);
        CHECK_ERR(totals[i].want,
                  sc_ctsum_open(j.s, (size_t[]){1, 2},
                                (const sc_cipher *const *)j.parts, got));
        close_job(&j);
    }
}

/* Bits are proved for their own ciphertext, by its number: values do not change
 * places. */
static void test_bits_moved(void **state)
{
    job j;
    uint8_t *p, *other;
    size_t half;

    open_job(&j, *state, 3, 18, 2); /* nine slots each */
    CHECK_U64(sc_ctsum_slots(&j.shape), 9);
    add_all(&j);
    p = j.entries[0].p;
    half = j.entries[0].len / 2;
    other = sc_alloc(half, 1);
    memcpy(other, p, half);
    memcpy(p, p + half, half);
    memcpy(p + half, other, half);
    CHECK_ERR(SC_E_CHEAT,
              take_entry(&j, "contributor", 0, sc_buf_bytes(&j.entries[0])));
    sc_free(other);
    close_job(&j);
}

static sc_err take_part(const job *j, size_t index, size_t h, sc_bytes b,
                        const sc_cipher *sum)
{
    char text[32];
    sc_cipher *c;
    sc_err err = sc_ctsum_take_part(j->s, index, context_of(text, "holder", h),
                                    sum, b, &c);

    sc_cipher_free(&c);
    return err;
}

static void test_parts(void **state)
{
    job j;
    sc_buf part = {0};
    sc_bytes b;
    sc_cipher *other;

    open_job(&j, *state, 1, 3, 3);
    add_all(&j);
    make_part(&j, &part, 1);
    b = sc_buf_bytes(&part);
    CHECK_OK(take_part(&j, 2, 1, b, j.sum));
    CHECK_ERR(SC_E_CHEAT, take_part(&j, 1, 1, b, j.sum)); /* another's */
    CHECK_ERR(SC_E_CHEAT, take_part(&j, 2, 0, b, j.sum)); /* moved */
    CHECK_ERR(SC_E_WIRE, take_part(&j, 2, 1, (sc_bytes){b.p, 16}, j.sum));
    CHECK_OK(sc_cipher_new(&other, sc_threshold_public(j.w->key),
                           sc_ctsum_ciphers(&j.shape)));
    CHECK_OK(sc_cipher_add(other, j.sum, j.sum)); /* of another sum */
    CHECK_ERR(SC_E_CHEAT, take_part(&j, 2, 1, b, other));
    for (size_t at = 0; at < b.len; at += 7) {
        part.p[at] ^= 1;
        CHECK(take_part(&j, 2, 1, b, j.sum) != SC_OK);
        part.p[at] ^= 1;
    }
    sc_cipher_free(&other);
    sc_buf_clear(&part);
    close_job(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),   cmocka_unit_test(test_carries),
        cmocka_unit_test(test_shapes), cmocka_unit_test(test_entries),
        cmocka_unit_test(test_parts),  cmocka_unit_test(test_bits_moved),
        cmocka_unit_test(test_totals), cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
