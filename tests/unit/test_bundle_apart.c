/* tests/unit/test_bundle_apart.c: a bundle whose shares follow its line. */
#include "tests/unit/bundle_fixture.h"

/* Taken and made again it is the same, and borrows the shares from the file. */
static void test_apart(void **state)
{
    (void)state;
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        const uint8_t *at;
        world w;
        sc_bundle b;
        sc_buf again = {0};

        make_world_of_parts(&w, 3, is_apart);
        CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
        CHECK_ERR(SC_E_UNANCHORED, judge(&w, sc_buf_bytes(&w.line), NULL));
        CHECK_OK(sc_bundle_take(&b, sc_buf_bytes(&w.line)));
        CHECK(b.is_apart == is_apart);
        CHECK_U64(sc_bundle_rest(&b), is_apart ? 3 * 16 * N_WORDS : 0);
        CHECK_OK(sc_bundle_make(&again, &b));
        CHECK_U64(again.len + sc_bundle_rest(&b), w.line.len);
        CHECK_BYTES(again.p, w.line.p, again.len);
        CHECK_U64(sc_bundle_line(sc_buf_bytes(&w.line)).len, again.len - 1);
        at = w.line.p + again.len;
        for (size_t p = 0; is_apart && p < 3; p++) {
            CHECK(b.shares[p].words.p == at);
            at += b.shares[p].words.len;
        }
        sc_bundle_clear(&b);
        sc_buf_clear(&again);
        clear_world(&w);
    }
}

/* A bit of each byte: of a line, test_bundle.c has them all. */
static void test_apart_bits(void **state)
{
    world w;
    size_t line_len;

    (void)state;
    make_world_of_parts(&w, 2, 1);
    line_len = sc_bundle_line(sc_buf_bytes(&w.line)).len;
    for (size_t i = 0; i < w.line.len; i++) {
        uint8_t bit = (uint8_t)(1U << (i % 8));

        w.line.p[i] ^= bit;
        CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
        w.line.p[i] ^= bit;
    }
    CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
    for (size_t len = 0; len < w.line.len; len += len < line_len ? 97 : 1) {
        CHECK_ERR(SC_E_CHEAT, judge(&w, (sc_bytes){w.line.p, len}, NULL));
    }
    clear_world(&w);
}

/* The file's line, as the world made it, with other lengths of two shares; what
 * follows it stays. */
static sc_err with_lengths(world *w, const char *a, const char *b)
{
    const char *const from = "\"words\":96}", *at;
    sc_bytes line = sc_bundle_line(sc_buf_bytes(&w->line));
    sc_buf file = {0};
    sc_bundle taken;
    sc_err err;

    CHECK_OK(sc_buf_terminate(&w->line));
    at = strstr((char *)w->line.p, from);
    assert_non_null(at);
    CHECK_OK(sc_buf_put(&file, w->line.p, (size_t)(at - (char *)w->line.p)));
    CHECK_OK(sc_buf_printf(&file, "\"words\":%s}", a));
    line.len -= (size_t)(at - (const char *)line.p) + strlen(from);
    line.p = (const uint8_t *)at + strlen(from);
    at = strstr((const char *)line.p, from);
    assert_non_null(at);
    CHECK_OK(sc_buf_put(&file, line.p, (size_t)(at - (const char *)line.p)));
    CHECK_OK(sc_buf_printf(&file, "\"words\":%s}", b));
    at += strlen(from);
    CHECK_OK(
        sc_buf_put(&file, at, w->line.len - (size_t)(at - (char *)w->line.p)));
    err = sc_bundle_take(&taken, sc_buf_bytes(&file));
    sc_bundle_clear(&taken);
    CHECK_ERR(err == SC_OK ? SC_OK : SC_E_WIRE, err);
    err = judge(w, sc_buf_bytes(&file), w->anchor);
    sc_buf_clear(&file);
    return err;
}

static void test_apart_lengths(void **state)
{
    static const char *const wrong[][2] = {
        {"80", "96"},                   /* a byte is left */
        {"112", "96"},                  /* more than there is */
        {"80", "112"},                  /* each of another length */
        {"95", "97"},                   /* no whole words */
        {"0", "192"},                   /* none */
        {"-96", "288"},                 /* negative */
        {"2147483648", "96"},           /* as many as a file may have */
        {"2147483664", "96"},           /* more */
        {"9007199254740976", "96"},     /* the most that is JSON */
        {"18446744073709551616", "96"}, /* 2^64: no such number */
        {"9223372036854775808", "96"},  /* 2^63 */
        {"96.0", "96"},                 /* no whole number */
        {"\"96\"", "96"},               /* a text */
        {"null", "96"},
        {"\"AAAAAAAAAAAAAAAAAAAAAA==\"", "96"}, /* base64 as in type 1 */
    };
    world w;

    (void)state;
    make_world_of_parts(&w, 2, 1);
    CHECK_OK(with_lengths(&w, "96", "96"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_ERR(SC_E_CHEAT, with_lengths(&w, wrong[i][0], wrong[i][1]));
        CHECK_ERR(SC_E_CHEAT, with_lengths(&w, wrong[i][1], wrong[i][0]));
    }
    CHECK_OK(sc_buf_put_u8(&w.line, 0));
    CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
    clear_world(&w);
}

static void test_apart_words(void **state)
{
    world w;
    sc_buf text = {0};
    size_t line;

    (void)state;
    make_world_of_parts(&w, 3, 1);
    line = sc_bundle_line(sc_buf_bytes(&w.line)).len;
    says(&w, (sc_bytes){w.line.p, w.line.len - 1}, NULL,
         "cut short: 287 of the 288 bytes of ciphertexts that follow its line");
    says(&w, (sc_bytes){w.line.p, line + 1}, NULL, "cut short: 0 of the 288");
    says(&w, (sc_bytes){w.line.p, line}, NULL, "its last line feed is missing");
    says(&w, (sc_bytes){w.line.p, line / 2}, NULL, "cut short, or its end");
    changed(&text, &w.line, "{\"consortium\"", "{ \"onsortium\"");
    says(&w, sc_buf_bytes(&text), NULL, "formatting changes break it");
    changed(&text, &w.line, "bundle/2", "bundle/3");
    says(&w, sc_buf_bytes(&text), NULL, "bytes too many follow its line");
    changed(&text, &w.line, "\"r32\"", "\"r33\"");
    says(&w, sc_buf_bytes(&text), NULL, "its members are others");
    w.line.p[line] = ' ';
    says(&w, sc_buf_bytes(&w.line), NULL, "or its end was changed");
    w.line.p[line] = '\n';
    CHECK_OK(sc_buf_put_str(&w.line, "xyz"));
    says(&w, sc_buf_bytes(&w.line), NULL, "3 bytes too many follow its line");
    w.line.len -= 3;
    w.line.p[w.line.len - 1] ^= 1;
    says(&w, sc_buf_bytes(&w.line), w.anchor,
         "a share is not the one of carol's commitment");
    sc_buf_clear(&text);
    clear_world(&w);
}

/* What is no bundle of type 2, and is not made. */
static void test_apart_arguments(void **state)
{
    world w;
    sc_buf out = {0};
    sc_bytes words;

    (void)state;
    make_world_of_parts(&w, 3, 1);
    words = w.b.shares[1].words;
#define NEVER(change, back)                                                    \
    change;                                                                    \
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));                           \
    CHECK_U64(out.len, 0);                                                     \
    back
    NEVER(w.b.n_parts = 0, w.b.n_parts = 2);
    NEVER(w.b.n_shares = SC_MAX_PARTIES + 1, w.b.n_shares = 3);
    NEVER(w.b.job = NULL, w.b.job = w.job);
    NEVER(w.b.shares[1].words.len = 0, w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = 95, w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = SC_BUNDLE_MAX_REST - 80,
          w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = SIZE_MAX - 15, w.b.shares[1].words = words);
#undef NEVER
    /* as many as fit: none of them is read */
    w.b.shares[1].words = (sc_bytes){NULL, SC_BUNDLE_MAX_REST - 2 * words.len};
    CHECK_OK(sc_bundle_make(&out, &w.b));
    CHECK_U64(sc_bundle_rest(&w.b), SC_BUNDLE_MAX_REST);
    says(&w, sc_buf_bytes(&out), NULL, "cut short: 0 of the 2147483648 bytes");
    sc_buf_clear(&out);
    clear_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_apart_bits),
        cmocka_unit_test(test_apart_lengths),
        cmocka_unit_test(test_apart_words),
        cmocka_unit_test(test_apart_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
