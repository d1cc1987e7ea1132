/* tests/unit/test_cipher_file.c: he/cipher_file.h, he/cipher_values.h: what is written
 * is read, nothing else is, and what does not fit together is told. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "he/cipher_values.h"
#include "he/encrypt.h"
#include "tests/he_key.h"

enum { L = 16, LEN = 256 };

#define TEXT "sharechain-paillier-ciphertexts/1\nid k\nkey %s\n"
#define REST "values 3\ndecimals 2\nslots none\naddends 1\n\n"

typedef struct {
    sc_he_private *sk;
    const sc_he_public *pk;
    char key[65];
} world;

static void open_world(world *w)
{
    uint8_t digest[SC_HASH_LEN];

    w->sk = sc_he_key();
    w->pk = sc_he_private_public(w->sk);
    sc_he_public_digest(digest, w->pk);
    sc_hex32(w->key, digest);
}

/* A head of text: "id k" and the key's digest are put in. */
static sc_err get(const world *w, sc_cipher_head *head, const char *format)
{
    char text[1024];
    sc_bytes rest;

    (void)snprintf(text, sizeof text, TEXT "%s", w->key, format);
    return sc_cipher_head_get(head, &rest, sc_bytes_of(text));
}

/* The digest, as the header has it: tag, 0, and each part behind its length. */
static void test_digest(void **unused)
{
    uint8_t text[512] = "sharechain/he/key/1", want[SC_HASH_LEN];
    world w;
    size_t at = 20;
    sc_buf hex = {0};
    sc_kat t;

    (void)unused;
    open_world(&w);
    sc_kat_open(&t, "paillier.kat");
    CHECK(sc_kat_next(&t));
    sc_store_le64(text + at, 128);
    memcpy(text + at + 8, sc_kat_bytes(&t, "n").p, 128);
    at += 136;
    sc_store_le64(text + at, strlen(sc_kat_str(&t, "id")));
    memcpy(text + at + 8, sc_kat_str(&t, "id"), strlen(sc_kat_str(&t, "id")));
    at += 8 + strlen(sc_kat_str(&t, "id"));
    sc_sha256(want, (sc_bytes){text, at});
    CHECK_OK(sc_hex_put(&hex, (sc_bytes){want, sizeof want}));
    CHECK_BYTES(hex.p, w.key, 64);
    while (sc_kat_next(&t)) {
    }
    sc_buf_clear(&hex);
    sc_he_private_free(&w.sk);
}

static void test_head(void **unused)
{
    static const char *const good[] = {
        REST,
        "values 1\ndecimals 0\nslots none\naddends 70368744177664\n\n",
        "values 134217728\ndecimals 30\nslots signed 1 1 0\naddends 1\n\n",
        "values 7\ndecimals 0\nslots unsigned 62 9 64\naddends 9\n\n",
    };
    static const char *const bad[] = {
        "",
        "values 3\ndecimals 2\nslots none\naddends 1\n",
        "values 3\ndecimals 2\nslots none\naddends 1\n \n",
        "values 0\ndecimals 2\nslots none\naddends 1\n\n",
        "values 03\ndecimals 2\nslots none\naddends 1\n\n",
        "values +3\ndecimals 2\nslots none\naddends 1\n\n",
        "values -3\ndecimals 2\nslots none\naddends 1\n\n",
        "values 3 \ndecimals 2\nslots none\naddends 1\n\n",
        "values 3\r\ndecimals 2\nslots none\naddends 1\n\n",
        "values 134217729\ndecimals 2\nslots none\naddends 1\n\n",
        "values 18446744073709551619\ndecimals 2\nslots none\naddends 1\n\n",
        "values 3\ndecimals 31\nslots none\naddends 1\n\n",
        "values 3\ndecimals 2\nslots \naddends 1\n\n",
        "values 3\ndecimals 2\nslots None\naddends 1\n\n",
        "values 3\ndecimals 2\nslots none\naddends 0\n\n",
        "values 3\ndecimals 2\nslots none\naddends 70368744177665\n\n",
        "values 3\ndecimals 2\nslots signed 63 1 0\naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8 1 65\naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8 1\naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8 1 0 \naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8  0\naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8 01 0\naddends 1\n\n",
        "values 3\ndecimals 2\nslots signed 8 4 0\naddends 5\n\n",
        "decimals 2\nvalues 3\nslots none\naddends 1\n\n",
        "values 3\nvalues 3\ndecimals 2\nslots none\naddends 1\n\n",
    };
    sc_cipher_head head;
    world w;

    (void)unused;
    open_world(&w);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(get(&w, &head, good[i]));
        CHECK_STR(head.id, "k");
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, get(&w, &head, bad[i]));
        CHECK_ZERO(&head, sizeof head);
    }
    CHECK_OK(get(&w, &head, good[3]));
    CHECK_U64(head.values, 7);
    CHECK(head.has_slots && !head.is_signed);
    CHECK_U64(head.value_bits, 62);
    CHECK_U64(head.slot_addends, 9);
    CHECK_U64(head.spare_bits, 64);
    CHECK_U64(head.addends, 9);
    w.key[0] = 'G';
    CHECK_ERR(SC_E_WIRE, get(&w, &head, REST));
    sc_he_private_free(&w.sk);
}

/* Three values in a file. */
static void make_file(const world *w, sc_buf *out)
{
    const sc_i128 x[3] = {125, -700, ((sc_i128)1 << 80) - 1};
    sc_rng rng = sc_rng_system();
    sc_cipher *c = NULL;
    uint64_t m[3 * L];
    sc_cipher_head head;

    sc_cipher_head_init(&head, w->pk, 3);
    head.decimals = 2;
    CHECK_OK(sc_cipher_new(&c, w->pk, 3));
    CHECK_OK(sc_cipher_values_put(&head, w->pk, m, x));
    CHECK_OK(sc_encrypt_plainly(&rng, c, m));
    CHECK_OK(sc_cipher_file_put(out, &head, c));
    head.values = 2;
    CHECK_ERR(SC_E_ARG, sc_cipher_file_put(out, &head, c));
    head.values = 3;
    head.key[0] ^= 1;
    CHECK_ERR(SC_E_ARG, sc_cipher_file_put(out, &head, c));
    sc_cipher_free(&c);
}

static void test_file(void **unused)
{
    sc_cipher *c = NULL;
    uint64_t m[3 * L];
    sc_cipher_head head;
    sc_buf out = {0};
    char text[512];
    sc_i128 x[3];
    world w;
    size_t at;

    (void)unused;
    open_world(&w);
    make_file(&w, &out);
    at = (size_t)snprintf(text, sizeof text,
                          "sharechain-paillier-ciphertexts/1\nid %s\nkey %s\n"
                          "values 3\ndecimals 2\nslots none\naddends 1\n\n",
                          sc_he_id(w.pk), w.key);
    CHECK_U64(out.len, at + (size_t)3 * LEN);
    CHECK_BYTES(out.p, text, at);
    CHECK_OK(sc_cipher_file_get(&head, &c, w.pk, sc_buf_bytes(&out)));
    CHECK_OK(sc_he_decrypt(w.sk, m, c));
    CHECK_OK(sc_cipher_values_get(&head, w.pk, x, m));
    CHECK(x[0] == 125 && x[1] == -700 && x[2] == ((sc_i128)1 << 80) - 1);
    sc_cipher_free(&c);
    for (size_t i = 0; i < out.len; i += i < at ? 1 : 97) { /* every cut */
        CHECK_ERR(SC_E_WIRE,
                  sc_cipher_file_get(&head, &c, w.pk, (sc_bytes){out.p, i}));
        CHECK(c == NULL);
    }
    for (size_t i = 0; i < at; i++) { /* every byte of the head */
        const uint8_t was = out.p[i];

        out.p[i] ^= 0x40;
        CHECK(sc_cipher_file_get(&head, &c, w.pk, sc_buf_bytes(&out)) != SC_OK);
        out.p[i] = was;
    }
    memset(out.p + at, 0, LEN); /* 0 has no inverse */
    CHECK_ERR(SC_E_WIRE,
              sc_cipher_file_get(&head, &c, w.pk, sc_buf_bytes(&out)));
    sc_buf_clear(&out);
    sc_he_private_free(&w.sk);
}

static void test_other_key(void **unused)
{
    sc_he_private *other = NULL;
    sc_cipher *c = NULL;
    sc_cipher_head head;
    sc_buf out = {0};
    world w;

    (void)unused;
    open_world(&w);
    CHECK_OK(sc_he_private_new(&other, sc_he_private_p(w.sk),
                               sc_he_private_q(w.sk), 1024, "other",
                               SC_HE_TEST_SIZE));
    make_file(&w, &out);
    CHECK_ERR(SC_E_ARG,
              sc_cipher_file_get(&head, &c, sc_he_private_public(other),
                                 sc_buf_bytes(&out)));
    CHECK_STR(head.id, sc_he_id(w.pk)); /* so that it can be told */
    sc_buf_clear(&out);
    sc_he_private_free(&other);
    sc_he_private_free(&w.sk);
}

static void test_values(void **unused)
{
    const sc_i128 big = (sc_i128)1 << 80;
    sc_i128 x[2] = {big, 0};
    uint64_t m[2 * L];
    sc_cipher_head head;
    world w;

    (void)unused;
    open_world(&w);
    sc_cipher_head_init(&head, w.pk, 2);
    CHECK_ERR(SC_E_ARG, sc_cipher_values_put(&head, w.pk, m, x));
    x[0] = -big;
    CHECK_ERR(SC_E_ARG, sc_cipher_values_put(&head, w.pk, m, x));
    CHECK_ZERO(m, sizeof m);
    CHECK(sc_cipher_value_fits(&head, 1 - big));
    CHECK(sc_cipher_value_fits(&head, big - 1));
    for (int i = 80; i < 127; i++) { /* differences that wrap, too */
        CHECK(!sc_cipher_value_fits(&head, (sc_i128)1 << i));
        CHECK(!sc_cipher_value_fits(&head, -((sc_i128)1 << i)));
    }
    CHECK(!sc_cipher_value_fits(&head, 2 * -((sc_i128)1 << 126)));
    CHECK(!sc_cipher_value_fits(&head, ~(2 * -((sc_i128)1 << 126))));
    x[0] = 1 - big;
    CHECK_OK(sc_cipher_values_put(&head, w.pk, m, x));
    memset(x, 7, sizeof x);
    CHECK_OK(sc_cipher_values_get(&head, w.pk, x, m));
    CHECK(x[0] == 1 - big && x[1] == 0);
    memset(m, 0, sizeof m); /* 2^80 is no addend, but may be a sum of two */
    m[1] = 1 << 16;
    CHECK_ERR(SC_E_CHEAT, sc_cipher_values_get(&head, w.pk, x, m));
    CHECK_ZERO(x, sizeof x);
    head.addends = 2;
    CHECK_OK(sc_cipher_values_get(&head, w.pk, x, m));
    CHECK(x[0] == big);
    m[L + 9] = 1;
    CHECK_ERR(SC_E_CHEAT, sc_cipher_values_get(&head, w.pk, x, m));
    m[L + 9] = 0;
    m[1] = (uint64_t)1 << 63;
    head.addends = SC_CIPHER_FILE_ADDENDS;
    CHECK_ERR(SC_E_CHEAT, sc_cipher_values_get(&head, w.pk, x, m));
    head.addends = 0;
    CHECK_ERR(SC_E_ARG, sc_cipher_values_get(&head, w.pk, x, m));
    sc_he_private_free(&w.sk);
}

static void test_slots(void **unused)
{
    sc_i128 x[3] = {-128, 127, 0}, got[3];
    uint64_t m[L];
    sc_cipher_head head;
    world w;

    (void)unused;
    open_world(&w);
    sc_cipher_head_init(&head, w.pk, 3);
    head.has_slots = head.is_signed = 1;
    head.value_bits = 8;
    head.slot_addends = 2;
    CHECK_OK(sc_cipher_values_put(&head, w.pk, m, x));
    CHECK_OK(sc_cipher_values_get(&head, w.pk, got, m));
    CHECK(got[0] == -128 && got[1] == 127 && got[2] == 0);
    x[2] = 128;
    CHECK_ERR(SC_E_ARG, sc_cipher_values_put(&head, w.pk, m, x));
    CHECK(!sc_cipher_value_fits(&head, -129));
    head.is_signed = 0;
    CHECK(sc_cipher_value_fits(&head, 255) && !sc_cipher_value_fits(&head, -1));
    memset(m, 0xFF, sizeof m);
    CHECK_ERR(SC_E_CHEAT, sc_cipher_values_get(&head, w.pk, got, m));
    head.value_bits = 62;
    CHECK_ERR(SC_E_ARG, sc_cipher_values_put(&head, w.pk, m, x)); /* 63 bits */
    sc_he_private_free(&w.sk);
}

/* Each misfit is refused, and leaves the head as it was. */
static void test_join(void **unused)
{
    sc_cipher_head a, b, was;
    sc_fault why = {0};
    world w;

    (void)unused;
    open_world(&w);
    sc_cipher_head_init(&a, w.pk, 3);
    b = was = a;
    CHECK_OK(sc_cipher_head_join(&a, &b, 1, &why));
    CHECK_U64(a.addends, 2);
    CHECK_OK(sc_cipher_head_scale(&a, -7, &why));
    CHECK_U64(a.addends, 14);
    a.addends = SC_CIPHER_FILE_ADDENDS;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    CHECK_U64(a.addends, SC_CIPHER_FILE_ADDENDS);
    a = was;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_scale(&a, INT64_MIN, &why));
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_scale(&a, 0, &why));
    b.values = 4;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    b = was;
    b.decimals = 1;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    b = was;
    b.key[31] ^= 1;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    b = was;
    b.has_slots = 1;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    CHECK_BYTES(&a, &was, sizeof a);
    a.has_slots = 1;
    a.value_bits = b.value_bits = 8;
    a.slot_addends = b.slot_addends = 2;
    b.spare_bits = 1;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    b.spare_bits = 0;
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 1, &why));
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_scale(&a, -1, &why));
    CHECK_OK(sc_cipher_head_join(&a, &b, 0, &why));
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_join(&a, &b, 0, &why));
    CHECK_ERR(SC_E_CONFIG, sc_cipher_head_scale(&a, 2, &why));
    CHECK_OK(sc_cipher_head_scale(&a, 1, &why));
    sc_he_private_free(&w.sk);
}

static sc_err use_memory(void *arg)
{
    const world *w = arg;
    const sc_i128 x[1] = {-1};
    sc_i128 got[1];
    sc_cipher *c = NULL, *again = NULL;
    uint64_t m[L];
    sc_cipher_head head;
    sc_err err = SC_E_BUG;
    sc_buf out = {0};

    sc_cipher_head_init(&head, w->pk, 1);
    SC_TRY(sc_cipher_new(&c, w->pk, 1));
    SC_TRY(sc_cipher_values_put(&head, w->pk, m, x));
    SC_TRY(sc_cipher_values_get(&head, w->pk, got, m));
    SC_TRY(sc_cipher_file_put(&out, &head, c));
    SC_TRY(sc_cipher_file_get(&head, &again, w->pk, sc_buf_bytes(&out)));
    head.has_slots = head.is_signed = 1;
    head.value_bits = head.slot_addends = 2;
    SC_TRY(sc_cipher_values_put(&head, w->pk, m, x));
    SC_TRY(sc_cipher_values_get(&head, w->pk, got, m));
    err = SC_OK;
out:
    sc_cipher_free(&c);
    sc_cipher_free(&again);
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **unused)
{
    world w;

    (void)unused;
    open_world(&w);
    CHECK_ALLOC(use_memory, &w);
    sc_he_private_free(&w.sk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest), cmocka_unit_test(test_head),
        cmocka_unit_test(test_file),   cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_values), cmocka_unit_test(test_slots),
        cmocka_unit_test(test_join),   cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
