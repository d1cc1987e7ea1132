/* tests/unit/test_int128.c: tests/vectors/int128.kat both ways; edges of what
 * a decimal is and of what 128 bits hold. */
#include <string.h>

#include "base/int128.h"
#include "tests/kat.h"

static sc_i128 of_halves(uint64_t high, uint64_t low)
{
    return (sc_i128)((sc_u128)high << 64 | low);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "int128.kat"); sc_kat_next(&t);) {
        sc_i128 v = of_halves(sc_kat_u64(&t, "high"), sc_kat_u64(&t, "low"));
        unsigned scale = (unsigned)sc_kat_u64(&t, "scale");
        char out[SC_I128_TEXT_LEN + 1];
        sc_i128 got = 0;

        out[SC_I128_TEXT_LEN] = '#';
        sc_i128_print(out, v, scale);
        CHECK(out[SC_I128_TEXT_LEN] == '#');
        CHECK_STR(out, sc_kat_str(&t, "text"));
        CHECK_OK(sc_i128_parse(&got, sc_kat_text(&t, "text"), scale));
        CHECK(got == v);
        CHECK_U64(sc_i128_bits(v), sc_kat_u64(&t, "bits"));
    }
}

static void check_parse(const char *text, unsigned scale, int64_t expected)
{
    sc_i128 v = 77;

    CHECK_OK(sc_i128_parse(&v, sc_bytes_of(text), scale));
    CHECK(v == expected);
}

static void test_accepts(void **state)
{
    (void)state;
    check_parse("7", 0, 7);
    check_parse("7", 2, 700);
    check_parse("-12.5", 2, -1250);
    check_parse("-12.5", 1, -125);
    check_parse("0", 38, 0);
    check_parse("-0", 0, 0);
    check_parse("-0.0", 3, 0);
    check_parse("007", 0, 7);
    check_parse("1.500", 1, 15); /* zeros behind the scale are none */
    check_parse("1.000", 0, 1);
    check_parse("0.001", 3, 1);
    check_parse("00000000000000000000000000000000000000000000000001", 0, 1);
    check_parse("1.00000000000000000000000000000000000000000000000", 1, 10);
}

static void test_rejects(void **state)
{
    static const char *const bad[] = {
        "", "-", "--1", "+1", " 1", "1 ", "1e3", "1E3", "0x1", ".5", "5.", ".",
        "-.5", "-5.", "1..2", "1.2.", "1,5", "1_0", "1.-5", "1-", "nan", "inf",
        "1\n", "1.5a", "a", "1.", "1. 0", "1.555",
        /* 2^127 and its like */
        "170141183460469231731687303715884105728",
        "1701411834604692317316873037158841057.28", /* scale 2: 2^127 */
        "340282366920938463463374607431768211456",  /* 2^128 */
        "-170141183460469231731687303715884105729",
        "9999999999999999999999999999999999999999999",
        "-9999999999999999999999999999999999999999999",
        "1701411834604692317316873037158841058" /* 10^2 times too large */};
    sc_i128 v = 77;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (sc_i128_parse(&v, sc_bytes_of(bad[i]), 2) != SC_E_WIRE) {
            fail_msg("`%s` is accepted", bad[i]);
        }
    }
    CHECK_ERR(SC_E_WIRE, sc_i128_parse(&v, (sc_bytes){NULL, 0}, 0));
    CHECK_ERR(SC_E_WIRE, sc_i128_parse(&v, sc_bytes_of("1.5"), 0));
    CHECK_ERR(SC_E_WIRE, sc_i128_parse(&v, sc_bytes_of("2"), 38)); /* 2e38 */
    CHECK_ERR(SC_E_WIRE,
              sc_i128_parse(&v, (sc_bytes){(const uint8_t *)"1", 2}, 0));
    CHECK_ERR(SC_E_ARG, sc_i128_parse(&v, sc_bytes_of("1"), 39));
    CHECK(v == 77); /* untouched by all of these */
}

/* Every text of up to four of these characters: print(parse(text)) is the
 * canonical form, and a text in canonical form is accepted. */
static void test_short_texts_exhaustively(void **state)
{
    static const char alphabet[] = "-.019 ";
    const size_t size = sizeof alphabet - 1;
    size_t n_accepted = 0;

    (void)state;
    for (size_t len = 1, n_texts = size; len <= 4; len++, n_texts *= size) {
        for (size_t which = 0; which < n_texts; which++) {
            char text[5] = {0}, out[SC_I128_TEXT_LEN];
            sc_i128 v = 0, again = 0;

            for (size_t i = 0, rest = which; i < len; i++, rest /= size) {
                text[i] = alphabet[rest % size];
            }
            if (sc_i128_parse(&v, sc_bytes_of(text), 2) != SC_OK) {
                continue;
            }
            n_accepted++;
            sc_i128_print(out, v, 2);
            CHECK_OK(sc_i128_parse(&again, sc_bytes_of(out), 2));
            CHECK(v == again);
        }
    }
    /* Digits {0, 1, 9}: [-] whole [. fraction], the third fraction digit 0.
     * 1: 3; 2: 9 + 3 (sign); 3: 27 + 9 + 9 (d.d);
     * 4: 81 + 27 + 27 (dd.d) + 27 (d.dd) + 9 (-d.d). */
    CHECK_U64(n_accepted, 3 + 12 + 45 + 171);
}

static void test_powers_and_bits(void **state)
{
    sc_i128 power = 1;

    (void)state;
    for (unsigned s = 0; s <= 38; s++) {
        CHECK(sc_i128_pow10(s) == power);
        if (s < 38) {
            power *= 10;
        }
    }
    CHECK_U64(sc_i128_bits(0), 0);
    for (unsigned b = 0; b < 127; b++) {
        sc_i128 v = (sc_i128)1 << b;

        CHECK_U64(sc_i128_bits(v), b + 1);
        CHECK_U64(sc_i128_bits(-v), b + 1);
        CHECK_U64(sc_i128_bits(v - 1), b);
        CHECK_U64(sc_i128_bits(1 - v), b);
    }
    CHECK_U64(sc_i128_bits(of_halves((uint64_t)1 << 63, 0)), 128);
}

static void test_checked_arithmetic(void **state)
{
    const sc_i128 most = of_halves(UINT64_MAX >> 1, UINT64_MAX);
    const sc_i128 least = -most - 1;
    sc_i128 r = 0;

    (void)state;
    CHECK(!sc_i128_add(&r, most, 0) && r == most);
    CHECK(sc_i128_add(&r, most, 1));
    CHECK(sc_i128_add(&r, least, -1));
    CHECK(!sc_i128_add(&r, least, most) && r == -1);
    CHECK(!sc_i128_mul(&r, most, -1) && r == -most);
    CHECK(sc_i128_mul(&r, least, -1));
    CHECK(sc_i128_mul(&r, (sc_i128)1 << 64, (sc_i128)1 << 63));
    CHECK(!sc_i128_mul(&r, (sc_i128)1 << 64, -((sc_i128)1 << 63)) &&
          r == least);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_short_texts_exhaustively),
        cmocka_unit_test(test_powers_and_bits),
        cmocka_unit_test(test_checked_arithmetic),
    };

    return cmocka_run_group_tests_name("int128", tests, NULL, NULL);
}
