/* tests/unit/test_note.c: vectors in note.kat; laws, caps and mutations. */
#include "tests/unit/ledger_fixture.h"

static void check_published(sc_kat *t)
{
    sc_note_key key;
    sc_buf out = {0};

    CHECK_OK(sc_note_key_take(&key, sc_kat_text(t, "vkey")));
    CHECK_STR(key.name, sc_kat_str(t, "name"));
    CHECK_U64(key.type, sc_kat_u64(t, "type"));
    CHECK_OK(sc_note_key_put(&out, &key));
    CHECK_U64(out.len, sc_kat_text(t, "vkey").len);
    CHECK_BYTES(out.p, sc_kat_str(t, "vkey"), out.len);
    sc_buf_clear(&out);
    if (sc_kat_has(t, "note")) {
        sc_note_mark mark;
        sc_note n;

        CHECK_OK(sc_note_take(&n, sc_kat_bytes(t, "note")));
        CHECK_OK(sc_note_verify_exact(&mark, &n, &key, 1));
        CHECK(mark.is_signed);
    }
}

static void check_vkey(sc_kat *t, const char *vkey, const char *name,
                       sc_note_type type, const sc_sign_key *sk,
                       sc_note_key *key)
{
    sc_note_key read;
    sc_buf out = {0};

    CHECK_OK(sc_note_key_init(key, sc_kat_str(t, name), type, sk->pk));
    CHECK_OK(sc_note_key_put(&out, key));
    CHECK_OK(sc_buf_terminate(&out));
    CHECK_STR((char *)out.p, sc_kat_str(t, vkey));
    CHECK_OK(sc_note_key_take(&read, sc_buf_bytes(&out)));
    CHECK_BYTES(&read, key, sizeof read);
    sc_buf_clear(&out);
}

static void check_fixed(sc_kat *t)
{
    sc_checkpoint c = {.size = sc_kat_u64(t, "size")}, back;
    sc_buf text = {0}, note = {0}, line = {0};
    uint8_t h[SC_HASH_LEN];
    sc_sign_key log, wit;
    sc_note_key keys[2];
    sc_note_mark marks[2];
    sc_note n;

    sc_sign_key_init(&log, sc_kat_bytes(t, "log_seed").p);
    sc_sign_key_init(&wit, sc_kat_bytes(t, "wit_seed").p);
    check_vkey(t, "log_vkey", "log_name", SC_NOTE_ED25519, &log, &keys[0]);
    check_vkey(t, "wit_vkey", "wit_name", SC_NOTE_COSIGNATURE, &wit, &keys[1]);
    strcpy(c.origin, sc_kat_str(t, "log_name"));
    memcpy(c.root, sc_kat_bytes(t, "root").p, SC_HASH_LEN);
    CHECK_OK(sc_checkpoint_put(&text, &c));
    CHECK_OK(sc_checkpoint_take(&back, sc_buf_bytes(&text)));
    CHECK_BYTES(&back, &c, sizeof c);
    CHECK_OK(sc_buf_put_bytes(&note, sc_buf_bytes(&text)));
    CHECK_OK(sc_buf_put_str(&note, "\n"));
    CHECK_OK(sc_note_sign(&line, sc_buf_bytes(&text), keys[0].name, &log));
    CHECK_U64(line.len, sc_kat_text(t, "log_line").len + 1);
    CHECK_BYTES(line.p, sc_kat_str(t, "log_line"), line.len - 1);
    CHECK_OK(sc_buf_put_bytes(&note, sc_buf_bytes(&line)));
    sc_buf_reset(&line);
    CHECK_OK(sc_note_cosign(&line, sc_buf_bytes(&text), keys[1].name, &wit,
                            sc_kat_u64(t, "time")));
    CHECK_U64(line.len, sc_kat_text(t, "wit_line").len + 1);
    CHECK_BYTES(line.p, sc_kat_str(t, "wit_line"), line.len - 1);
    CHECK_OK(sc_buf_put_bytes(&note, sc_buf_bytes(&line)));
    CHECK_U64(note.len, sc_kat_size(t, "note_len"));
    sc_sha256(h, sc_buf_bytes(&note));
    CHECK_BYTES(h, sc_kat_bytes(t, "note_sha256").p, SC_HASH_LEN);
    CHECK_OK(sc_note_take(&n, sc_buf_bytes(&note)));
    CHECK_U64(n.n_sigs, 2);
    CHECK_OK(sc_note_verify_exact(marks, &n, keys, 2));
    CHECK(marks[0].is_signed && marks[0].time == 0 && marks[1].is_signed);
    CHECK_U64(marks[1].time, sc_kat_u64(t, "time"));
    sc_buf_clear(&text);
    sc_buf_clear(&note);
    sc_buf_clear(&line);
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "note.kat"); sc_kat_next(&t);) {
        if (strcmp(sc_kat_str(&t, "kind"), "fixed") == 0) {
            check_fixed(&t);
        } else {
            check_published(&t);
        }
    }
}

/* ---- three parties' note ------------------------------------------------ */

typedef struct {
    sc_roster roster;
    sc_keys keys[4];
    sc_note_key vkeys[SC_ROSTER_MAX_KEYS];
    size_t n_vkeys;
} world;

static void make_world(world *w)
{
    fixture_roster(&w->roster, w->keys, 4, 3);
    CHECK_OK(sc_roster_note_keys(w->vkeys, &w->n_vkeys, &w->roster));
    CHECK_U64(w->n_vkeys, 5);
}

static const uint8_t root[SC_HASH_LEN] = {1, 2, 3};

/* Exact verification notices each flipped bit; the ordinary one each that is not
 * in the name or id of a line (such a line is unknown, and so ignored). */
static void test_bits(void **state)
{
    sc_note_mark marks[SC_ROSTER_MAX_KEYS];
    sc_buf b = {0};
    size_t n_ignored = 0;
    world w;

    (void)state;
    make_world(&w);
    fixture_note(&b, &w.roster, w.keys, 9, root, 7);
    for (size_t bit = 0; bit < 8 * b.len; bit++) {
        sc_note n;
        sc_err err;

        b.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        err = sc_note_take(&n, sc_buf_bytes(&b));
        if (err == SC_OK) {
            CHECK_ERR(SC_E_CHEAT,
                      sc_note_verify_exact(marks, &n, w.vkeys, w.n_vkeys));
            CHECK_ZERO(marks, w.n_vkeys * sizeof *marks);
            err = sc_note_verify(marks, &n, w.vkeys, w.n_vkeys);
            n_ignored += err == SC_OK ? 1 : 0;
            CHECK(err == SC_E_CHEAT || err == SC_OK);
        } else {
            CHECK_ERR(SC_E_WIRE, err);
            CHECK_ZERO(&n, sizeof n);
        }
        b.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    /* 4 ids of 32 bits, and names of 31 + 5 + 3 + 5 characters at most */
    CHECK(n_ignored >= 4 * 32 && n_ignored <= 4 * 36 + 8 * 44);
    for (size_t len = 0; len < b.len; len++) {
        sc_note n;
        sc_err err = sc_note_take(&n, (sc_bytes){b.p, len});

        if (err == SC_OK) { /* cut behind a whole line */
            CHECK(b.p[len - 1] == '\n');
            CHECK_OK(sc_note_verify_exact(marks, &n, w.vkeys, w.n_vkeys));
        } else {
            CHECK_ERR(SC_E_WIRE, err);
        }
    }
    sc_buf_clear(&b);
}

/* Lines in other orders, doubled, foreign. */
static void test_lines(void **state)
{
    sc_note_mark marks[SC_ROSTER_MAX_KEYS];
    sc_buf text = {0}, log = {0}, one = {0}, two = {0}, late = {0}, alien = {0};
    sc_checkpoint c = {.origin = FIXTURE_ORIGIN, .size = 5};
    world w;

    (void)state;
    make_world(&w);
    CHECK_OK(sc_checkpoint_put(&text, &c));
    sc_bytes t = sc_buf_bytes(&text);

    CHECK_OK(sc_note_sign(&log, t, FIXTURE_ORIGIN, &w.keys[0].log));
    CHECK_OK(sc_note_cosign(&one, t, "alice", &w.keys[0].cosigner, 7));
    CHECK_OK(sc_note_cosign(&late, t, "alice", &w.keys[0].cosigner, 8));
    CHECK_OK(sc_note_cosign(&two, t, "bob", &w.keys[1].cosigner, 9));
    CHECK_OK(sc_note_sign(&alien, t, "mallory", &w.keys[3].identity));
    const struct {
        const sc_buf *line[4];
        sc_err plain, exact;
        uint64_t alice;
    } cases[] = {
        {{&log, &one, &two}, SC_OK, SC_OK, 7},
        {{&log, &two, &one}, SC_OK, SC_E_CHEAT, 7},
        {{&one, &log}, SC_OK, SC_E_CHEAT, 7},
        {{&log, &one, &one}, SC_OK, SC_E_CHEAT, 7},
        {{&log, &late, &one}, SC_OK, SC_E_CHEAT, 8},
        {{&log, &one, &late}, SC_OK, SC_E_CHEAT, 8},
        {{&log, &alien}, SC_OK, SC_E_CHEAT, 0},
        {{&alien, &log, &two}, SC_OK, SC_E_CHEAT, 0},
        {{&alien}, SC_E_CHEAT, SC_E_CHEAT, 0},
        {{&two}, SC_OK, SC_OK, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sc_buf b = {0};
        sc_note n;

        CHECK_OK(sc_buf_put_bytes(&b, t));
        CHECK_OK(sc_buf_put_str(&b, "\n"));
        for (size_t j = 0; j < 4 && cases[i].line[j] != NULL; j++) {
            CHECK_OK(sc_buf_put_bytes(&b, sc_buf_bytes(cases[i].line[j])));
        }
        CHECK_OK(sc_note_take(&n, sc_buf_bytes(&b)));
        CHECK_ERR(cases[i].plain,
                  sc_note_verify(marks, &n, w.vkeys, w.n_vkeys));
        CHECK_U64(marks[1].time, cases[i].alice);
        CHECK_ERR(cases[i].exact,
                  sc_note_verify_exact(marks, &n, w.vkeys, w.n_vkeys));
        sc_buf_clear(&b);
    }
    sc_buf_clear(&text);
    sc_buf_clear(&log);
    sc_buf_clear(&one);
    sc_buf_clear(&two);
    sc_buf_clear(&late);
    sc_buf_clear(&alien);
}

/* Same name, another party's key; the log's key as a cosigner; no time. */
static void test_confusion(void **state)
{
    sc_note_mark marks[SC_ROSTER_MAX_KEYS];
    sc_buf text = {0}, b = {0};
    sc_checkpoint c = {.origin = FIXTURE_ORIGIN, .size = 5};
    sc_note n;
    world w;

    (void)state;
    make_world(&w);
    CHECK_OK(sc_checkpoint_put(&text, &c));
    CHECK_OK(sc_buf_put_bytes(&b, sc_buf_bytes(&text)));
    CHECK_OK(sc_buf_put_str(&b, "\n"));
    CHECK_OK(
        sc_note_cosign(&b, sc_buf_bytes(&text), "bob", &w.keys[0].cosigner, 5));
    CHECK_OK(sc_note_cosign(&b, sc_buf_bytes(&text), FIXTURE_ORIGIN,
                            &w.keys[0].log, 5));
    CHECK_OK(sc_note_take(&n, sc_buf_bytes(&b)));
    CHECK_ERR(SC_E_CHEAT, sc_note_verify(marks, &n, w.vkeys, w.n_vkeys));
    CHECK_ERR(SC_E_ARG, sc_note_cosign(&b, sc_buf_bytes(&text), "bob",
                                       &w.keys[1].cosigner, 0));
    CHECK_ERR(SC_E_ARG,
              sc_note_cosign(&b, sc_buf_bytes(&text), "bob",
                             &w.keys[1].cosigner, (uint64_t)INT64_MAX + 1));
    CHECK_ERR(SC_E_ARG, sc_note_sign(&b, sc_bytes_of("no line feed"), "bob",
                                     &w.keys[1].log));
    CHECK_ERR(SC_E_ARG,
              sc_note_sign(&b, sc_bytes_of("tab\t\n"), "bob", &w.keys[1].log));
    CHECK_ERR(SC_E_ARG, sc_note_sign(&b, (sc_bytes){0}, "bob", &w.keys[1].log));
    CHECK_ERR(SC_E_ARG,
              sc_note_sign(&b, sc_buf_bytes(&text), "bob bob", &w.keys[1].log));
    sc_buf_clear(&text);
    sc_buf_clear(&b);
}

/* ---- parsing ------------------------------------------------------------ */

#define SIG "\xe2\x80\x94 name AAAAAAE=\n" /* id 0, one byte */

static void test_parse(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n" SIG,
        SIG,
        "text\n\n\xe2\x80\x94 name AAAAAAE=",     /* no last LF */
        "text\n\n\xe2\x80\x94 name AAAAAAE=\n\n", /* empty line behind */
        "text\n\n- name AAAAAAE=\n",              /* another dash */
        "text\n\n\xe2\x80\x94name AAAAAAE=\n",    /* no space */
        "text\n\n\xe2\x80\x94  AAAAAAE=\n",       /* no name */
        "text\n\n\xe2\x80\x94 na+me AAAAAAE=\n",  /* plus */
        "text\n\n\xe2\x80\x94 name  AAAAAAE=\n",  /* two spaces */
        "text\n\n\xe2\x80\x94 name AAAAAAE= \n",  /* space behind */
        "text\n\n\xe2\x80\x94 name AAAAAAF=\n",   /* slack bits */
        "text\n\n\xe2\x80\x94 name AAAAAAE\n",    /* no padding */
        "text\n\n\xe2\x80\x94 name AAAAAA==\n",   /* an id and no more */
        "text\n\n\xe2\x80\x94 name\n",            /* nothing */
        "text\n\n" SIG "text\n",                  /* text behind */
        "te\rxt\n\n" SIG,                         /* control character */
        "te\xc0\xafxt\n\n" SIG,                   /* overlong */
        "te\xed\xa0\x80xt\n\n" SIG,               /* surrogate */
        "te\xf4\x90\x80\x80xt\n\n" SIG,           /* beyond Unicode */
        "te\xe0\x80\x80xt\n\n" SIG,               /* overlong */
        "te\xf0\x80\x80\x80xt\n\n" SIG,           /* overlong */
        "te\x80xt\n\n" SIG,                       /* stray byte */
        "te\xe2\x80\n\n" SIG,                     /* cut sequence */
    };
    static const char *const good[] = {
        "text\n\n" SIG,
        "\n\n" SIG,           /* an empty line of text */
        "a\n\nb\n\n" SIG,     /* the last empty line splits */
        "a\n\n" SIG "\n" SIG, /* lines like signatures are text */
        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\n\n" SIG,
    };
    static const size_t text_len[] = {5, 1, 5, 21, 13};
    sc_note n;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, sc_note_take(&n, sc_bytes_of(bad[i])));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(sc_note_take(&n, sc_bytes_of(good[i])));
        CHECK_U64(n.n_sigs, 1);
        CHECK_U64(n.sigs[0].len, 1);
        CHECK_U64(n.text.len, text_len[i]);
    }
    CHECK_ERR(SC_E_WIRE,
              sc_note_take(&n, (sc_bytes){(const uint8_t *)"te\0xt"
                                                           "\n\n" SIG,
                                          sizeof "te\0xt\n\n" SIG - 1}));
}

static void test_caps(void **state)
{
    sc_buf b = {0};
    sc_note n;

    (void)state;
    CHECK_OK(sc_buf_put_str(&b, "text\n\n"));
    for (size_t i = 0; i < SC_NOTE_MAX_SIGS; i++) {
        CHECK_OK(sc_buf_put_str(&b, SIG));
        CHECK_OK(sc_note_take(&n, sc_buf_bytes(&b)));
    }
    CHECK_OK(sc_buf_put_str(&b, SIG));
    CHECK_ERR(SC_E_WIRE, sc_note_take(&n, sc_buf_bytes(&b)));
    sc_buf_reset(&b);
    while (b.len + sizeof("\n\n" SIG) - 1 < SC_NOTE_MAX) {
        CHECK_OK(sc_buf_put_str(&b, "x"));
    }
    CHECK_OK(sc_buf_put_str(&b, "\n\n" SIG));
    CHECK_OK(sc_note_take(&n, sc_buf_bytes(&b)));
    b.p[0] = '\n';
    CHECK_OK(sc_buf_put_str(&b, SIG));
    CHECK_ERR(SC_E_WIRE, sc_note_take(&n, sc_buf_bytes(&b)));
    sc_buf_clear(&b);
}

static void test_checkpoints(void **state)
{
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    static const char *const bad[] = {
        "",
        "o\n",
        "o\n1\n",
        "o\n1\n" ROOT,
        "\n1\n" ROOT "\n",
        "o\n01\n" ROOT "\n",
        "o\n-1\n" ROOT "\n",
        "o\n+1\n" ROOT "\n",
        "o\n\n" ROOT "\n",
        "o\n1 \n" ROOT "\n",
        "o\n1\n" ROOT "\nmore\n",
        "o\n1\n" ROOT "\n\n",
        "o o\n1\n" ROOT "\n",
        "o+o\n1\n" ROOT "\n",
        "o\n9223372036854775808\n" ROOT "\n",
        "o\n18446744073709551617\n" ROOT "\n",
        "o\n1\nAAAA\n",
        "o\n1\n" ROOT " \n",
        "o\n0\n" ROOT "\n",
    };
    sc_checkpoint c = {.size = 77}, same = c;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, sc_checkpoint_take(&c, sc_bytes_of(bad[i])));
    }
    CHECK_BYTES(&c, &same, sizeof c);
    CHECK_OK(sc_checkpoint_take(&c, sc_bytes_of("o\n9223372036854775807\n" ROOT
                                                "\n")));
    CHECK_U64(c.size, INT64_MAX);
    CHECK_OK(sc_checkpoint_take(
        &c, sc_bytes_of("o\n0\n"
                        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")));
    sc_buf b = {0};

    c.size = (uint64_t)INT64_MAX + 1;
    CHECK_ERR(SC_E_ARG, sc_checkpoint_put(&b, &c));
    c.size = 1;
    c.origin[0] = '\0';
    CHECK_ERR(SC_E_ARG, sc_checkpoint_put(&b, &c));
    CHECK_U64(b.len, 0);
}

static void test_vkeys(void **state)
{
    char vkey[] = "example.com/foo+530d903a+"
                  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    char name[SC_NOTE_NAME_MAX + 2];
    sc_note_key key;
    sc_keys keys;

    (void)state;
    for (size_t bit = 0; bit < 8 * strlen(vkey); bit++) {
        vkey[bit / 8] = (char)(vkey[bit / 8] ^ (1 << (bit % 8)));
        CHECK_ERR(SC_E_WIRE,
                  sc_note_key_take(&key, (sc_bytes){(uint8_t *)vkey,
                                                    sizeof vkey - 1}));
        vkey[bit / 8] = (char)(vkey[bit / 8] ^ (1 << (bit % 8)));
    }
    for (size_t len = 0; len < sizeof vkey - 1; len++) {
        CHECK_ERR(SC_E_WIRE,
                  sc_note_key_take(&key, (sc_bytes){(uint8_t *)vkey, len}));
    }
    fixture_keys(&keys, 0);
    memset(name, 'n', sizeof name);
    name[SC_NOTE_NAME_MAX] = '\0';
    CHECK_OK(sc_note_key_init(&key, name, SC_NOTE_ED25519, keys.log.pk));
    name[SC_NOTE_NAME_MAX] = 'n';
    name[SC_NOTE_NAME_MAX + 1] = '\0';
    CHECK_ERR(SC_E_ARG,
              sc_note_key_init(&key, name, SC_NOTE_ED25519, keys.log.pk));
    CHECK_ERR(SC_E_ARG,
              sc_note_key_init(&key, "", SC_NOTE_ED25519, keys.log.pk));
    CHECK_ERR(SC_E_ARG,
              sc_note_key_init(&key, "a b", SC_NOTE_ED25519, keys.log.pk));
    CHECK_ERR(SC_E_ARG,
              sc_note_key_init(&key, "a", (sc_note_type)6, keys.log.pk));
}

static sc_err body(void *arg)
{
    const world *w = arg;
    sc_note_mark marks[SC_ROSTER_MAX_KEYS];
    sc_checkpoint c = {.origin = FIXTURE_ORIGIN, .size = 5};
    sc_buf text = {0}, b = {0};
    sc_note_key key;
    sc_note n;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_checkpoint_put(&text, &c));
    SC_TRY(sc_checkpoint_take(&c, sc_buf_bytes(&text)));
    SC_TRY(sc_buf_put_bytes(&b, sc_buf_bytes(&text)));
    SC_TRY(sc_buf_put_str(&b, "\n"));
    SC_TRY(
        sc_note_sign(&b, sc_buf_bytes(&text), FIXTURE_ORIGIN, &w->keys[0].log));
    SC_TRY(sc_note_cosign(&b, sc_buf_bytes(&text), "alice",
                          &w->keys[0].cosigner, 7));
    SC_TRY(sc_note_take(&n, sc_buf_bytes(&b)));
    SC_TRY(sc_note_verify(marks, &n, w->vkeys, w->n_vkeys));
    sc_buf_reset(&b);
    SC_TRY(sc_note_key_put(&b, &w->vkeys[0]));
    SC_TRY(sc_note_key_take(&key, sc_buf_bytes(&b)));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_buf_clear(&b);
    return err;
}

static void test_memory(void **state)
{
    world w;

    (void)state;
    make_world(&w);
    CHECK_ALLOC(body, &w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_bits),
        cmocka_unit_test(test_lines),         cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_parse),         cmocka_unit_test(test_caps),
        cmocka_unit_test(test_checkpoints),   cmocka_unit_test(test_vkeys),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
