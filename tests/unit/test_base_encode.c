/* tests/unit/test_base_encode.c: tests/vectors/base_encode.kat both ways; then
 * the law of every decoder: what it accepts is what its encoder writes. */
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "tests/kat.h"

#define MAX_LEN 300

typedef struct {
    const char *kind;
    sc_err (*put)(sc_buf *out, sc_bytes in);
    sc_err (*get)(sc_buf *out, sc_bytes text, size_t max);
} codec;

/* The two with a fixed length, as codecs. */
static sc_err hex_get(sc_buf *out, sc_bytes text, size_t max)
{
    uint8_t bytes[MAX_LEN];
    size_t len = text.len / 2;
    sc_err err = len <= max ? sc_hex_get(bytes, len, text) : SC_E_WIRE;

    return err == SC_OK ? sc_buf_put(out, bytes, len) : err;
}

static sc_err z85_get(sc_buf *out, sc_bytes text, size_t max)
{
    uint8_t bytes[MAX_LEN];
    size_t len = text.len / 5 * 4;
    sc_err err = len <= max ? sc_z85_get(bytes, len, text) : SC_E_WIRE;

    return err == SC_OK ? sc_buf_put(out, bytes, len) : err;
}

static const codec codecs[] = {
    {"hex", sc_hex_put, hex_get},
    {"base64", sc_base64_put, sc_base64_get},
    {"base64url", sc_base64url_put, sc_base64url_get},
    {"base58", sc_base58_put, sc_base58_get},
    {"z85", sc_z85_put, z85_get},
};

#define N_CODECS (sizeof codecs / sizeof *codecs)

static const codec *codec_of(const char *kind)
{
    size_t i = 0;

    while (i < N_CODECS && strcmp(codecs[i].kind, kind) != 0) {
        i++;
    }
    CHECK(i < N_CODECS);
    return &codecs[i];
}

/* 1 if text is accepted; then its bytes must encode to text again. */
static int is_accepted(const codec *c, sc_bytes text)
{
    sc_buf bytes = {0}, again = {0};
    sc_err err = c->get(&bytes, text, MAX_LEN);

    if (err == SC_OK) {
        CHECK_OK(c->put(&again, sc_buf_bytes(&bytes)));
        CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&again), text));
    } else {
        CHECK_U64(err, SC_E_WIRE);
        CHECK_U64(bytes.len, 0);
    }
    sc_buf_clear(&bytes);
    sc_buf_clear(&again);
    return err == SC_OK;
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "base_encode.kat"); sc_kat_next(&t);) {
        const codec *c = codec_of(sc_kat_str(&t, "kind"));
        sc_bytes bytes = sc_kat_bytes(&t, "bytes");
        sc_bytes text = sc_kat_text(&t, "text");
        sc_buf out = {0};

        CHECK_OK(sc_buf_put_str(&out, "<")); /* both append */
        CHECK_OK(c->put(&out, bytes));
        CHECK_U64(out.len, 1 + text.len);
        CHECK_BYTES(out.p + 1, text.p, text.len);
        sc_buf_reset(&out);
        CHECK_OK(sc_buf_put_str(&out, "<"));
        CHECK_OK(c->get(&out, text, bytes.len)); /* max is met exactly */
        CHECK_U64(out.len, 1 + bytes.len);
        CHECK_BYTES(out.p + 1, bytes.p, bytes.len);
        if (bytes.len > 0) {
            CHECK_ERR(SC_E_WIRE, c->get(&out, text, bytes.len - 1));
            CHECK_ERR(SC_E_WIRE, c->get(&out, text, 0));
            CHECK_U64(out.len, 1 + bytes.len);
        }
        sc_buf_clear(&out);
    }
}

/* Each byte of each vector takes each value; each vector is cut anywhere. */
static void test_hostile_texts(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "base_encode.kat"); sc_kat_next(&t);) {
        const codec *c = codec_of(sc_kat_str(&t, "kind"));
        sc_bytes text = sc_kat_text(&t, "text");
        uint8_t changed[2 * MAX_LEN];

        if (text.len > 64) {
            continue;
        }
        memcpy(changed, text.p, text.len);
        for (size_t i = 0; i < text.len; i++) {
            for (unsigned v = 0; v < 256; v++) {
                changed[i] = (uint8_t)v;
                is_accepted(c, (sc_bytes){changed, text.len});
            }
            changed[i] = text.p[i];
            is_accepted(c, (sc_bytes){text.p, i});
        }
        for (unsigned v = 0; v < 256; v++) { /* one byte more */
            changed[text.len] = (uint8_t)v;
            is_accepted(c, (sc_bytes){changed, text.len + 1});
        }
    }
}

/* How many of all texts of len bytes over an alphabet are accepted. */
static size_t count_accepted(const codec *c, size_t len, const char *alphabet,
                             size_t size)
{
    size_t n_texts = 1, n_accepted = 0;

    for (size_t i = 0; i < len; i++) {
        n_texts *= size;
    }
    for (size_t which = 0; which < n_texts; which++) {
        uint8_t text[8];
        size_t rest = which;

        for (size_t i = 0; i < len; i++, rest /= size) {
            text[i] = (uint8_t)alphabet[rest % size];
        }
        n_accepted += (size_t)is_accepted(c, (sc_bytes){text, len});
    }
    return n_accepted;
}

static void test_short_texts_exhaustively(void **state)
{
    char all[256];

    (void)state;
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (char)i;
    }
    for (size_t i = 0; i < N_CODECS; i++) {
        CHECK_U64(count_accepted(&codecs[i], 0, all, 256), 1);
    }
    CHECK_U64(count_accepted(codec_of("hex"), 1, all, 256), 0);
    CHECK_U64(count_accepted(codec_of("hex"), 2, all, 256), 256);
    CHECK_U64(count_accepted(codec_of("base64"), 1, all, 256), 0);
    CHECK_U64(count_accepted(codec_of("base64"), 2, all, 256), 0);
    CHECK_U64(count_accepted(codec_of("base64url"), 1, all, 256), 0);
    CHECK_U64(count_accepted(codec_of("base64url"), 2, all, 256), 256);
    CHECK_U64(count_accepted(codec_of("base58"), 1, all, 256), 58);
    CHECK_U64(count_accepted(codec_of("base58"), 2, all, 256), 58 * 58);
    CHECK_U64(count_accepted(codec_of("z85"), 1, all, 256), 0);
    CHECK_U64(count_accepted(codec_of("z85"), 2, all, 256), 0);

    /* Of "AQgw+" A, Q, g, w end in four zero bits, A, Q, g, w and no other
     * digit there in two: the last one before padding has no slack. */
    CHECK_U64(count_accepted(codec_of("base64"), 4, "AQgw+= \n\r", 9),
              5 * 5 * 5 * 5 + 5 * 5 * 4 + 5 * 4);
    CHECK_U64(count_accepted(codec_of("base64url"), 4, "AQgw-= \n\r", 9),
              5 * 5 * 5 * 5);
    CHECK_U64(count_accepted(codec_of("base64url"), 3, "AQgw-+/=", 8),
              5 * 5 * 4);
}

static void test_z85_rejects(void **state)
{
    uint8_t out[8];

    (void)state;
    memset(out, 1, sizeof out);
    CHECK_OK(sc_z85_get(out, 4, sc_bytes_of("%nSc0"))); /* 2^32 - 1 */
    CHECK_ERR(SC_E_WIRE, sc_z85_get(out, 4, sc_bytes_of("%nSc1")));
    CHECK_ZERO(out, 4);
    CHECK_ERR(SC_E_WIRE, sc_z85_get(out, 4, sc_bytes_of("#####")));
    CHECK_ERR(SC_E_WIRE, sc_z85_get(out, 8, sc_bytes_of("00000")));
    CHECK_ERR(SC_E_WIRE, sc_z85_get(out, 4, sc_bytes_of("0000000000")));
    CHECK_ERR(SC_E_WIRE, sc_z85_get(out, 8, sc_bytes_of("00000#####")));
    CHECK_ZERO(out, 8);
    CHECK_ERR(SC_E_ARG, sc_z85_get(out, 3, sc_bytes_of("00000")));
}

static void test_hex_wants_the_exact_length(void **state)
{
    uint8_t out[3] = {7, 7, 7};

    (void)state;
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, 2, sc_bytes_of("00")));
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, 2, sc_bytes_of("000")));
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, 2, sc_bytes_of("00000")));
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, SIZE_MAX, sc_bytes_of("00")));
    CHECK(out[0] == 7 && out[1] == 7);
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, 2, sc_bytes_of("11 2")));
    CHECK_ZERO(out, 2);
    CHECK(out[2] == 7);
    CHECK_ERR(SC_E_WIRE, sc_hex_get(out, 1, sc_bytes_of("A0")));
}

static void test_base58_bounds(void **state)
{
    uint8_t bytes[129], ones[200];
    sc_buf out = {0};

    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    memset(ones, '1', sizeof ones);
    CHECK_ERR(SC_E_ARG, sc_base58_put(&out, (sc_bytes){bytes, 129}));
    CHECK_OK(sc_base58_get(&out, (sc_bytes){ones, 128}, SIZE_MAX));
    CHECK_U64(out.len, 128);
    CHECK_ERR(SC_E_WIRE, sc_base58_get(&out, (sc_bytes){ones, 129}, SIZE_MAX));
    CHECK_ERR(SC_E_WIRE, sc_base58_get(&out, (sc_bytes){ones, 176}, SIZE_MAX));
    CHECK_ERR(SC_E_WIRE, sc_base58_get(&out, (sc_bytes){ones, 177}, SIZE_MAX));
    memset(ones, 'z', sizeof ones); /* the longest number there can be */
    CHECK_ERR(SC_E_WIRE, sc_base58_get(&out, (sc_bytes){ones, 176}, SIZE_MAX));
    CHECK_U64(out.len, 128);
    sc_buf_clear(&out);
}

static void test_fixed_hex(void **state)
{
    const uint8_t in[32] = {0x00, 0x01, 0x9a, 0xaf, 0xff};
    char text[65];

    (void)state;
    sc_hex16(text, in);
    CHECK_STR(text, "00019aafff0000000000000000000000");
    sc_hex32(text, in);
    CHECK_STR(text, "00019aafff0000000000000000000000"
                    "00000000000000000000000000000000");
}

static sc_err round_trip(void *arg)
{
    const codec *c = arg;
    uint8_t bytes[64] = {9};
    sc_buf text = {0}, back = {0};
    sc_err err = c->put(&text, (sc_bytes){bytes, sizeof bytes});

    if (err == SC_OK) {
        err = c->get(&back, sc_buf_bytes(&text), sizeof bytes);
    }
    CHECK_U64(back.len, err == SC_OK ? sizeof bytes : 0);
    sc_buf_clear(&text);
    sc_buf_clear(&back);
    return err;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CODECS; i++) {
        codec c = codecs[i];

        CHECK_ALLOC(round_trip, &c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_short_texts_exhaustively),
        cmocka_unit_test(test_z85_rejects),
        cmocka_unit_test(test_hex_wants_the_exact_length),
        cmocka_unit_test(test_base58_bounds),
        cmocka_unit_test(test_fixed_hex),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("base_encode", tests, NULL, NULL);
}
