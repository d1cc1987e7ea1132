/* tests/unit/test_consortium.c: signed files of tests/oracle/consortium.py, and
 * bad ones, each with the faults that must be reported at its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "job/conf/block.h"
#include "job/conf/conf.h"
#include "job/conf/consortium.h"
#include "job/conf/sumkey.h"
#include "tests/kat.h"

#define DATA "tests/data/consortium/"

static sc_buf read_file(const char *path)
{
    sc_buf text = {0};

    CHECK_OK(sc_file_read(&text, path, SC_YAML_MAX_LEN, NULL));
    return text;
}

static sc_consortium *parse_good(const char *path)
{
    sc_buf text = read_file(path);
    sc_faults faults = {0};
    sc_consortium *c = NULL;
    sc_err err = sc_consortium_parse(&c, &faults, path, sc_buf_bytes(&text));

    for (size_t i = 0; i < faults.n_faults; i++) {
        char words[1024];

        sc_fault_print(words, sizeof words, &faults.faults[i]);
        print_error("%s\n", words);
    }
    CHECK_OK(err);
    CHECK_U64(faults.n_faults, 0);
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
    return c;
}

/* ---- good files ------------------------------------------------------- */

static void check_column(const sc_table *t, const char *name, sc_type type,
                         int64_t min, int64_t max, sc_cuts_kind cuts)
{
    size_t i = sc_table_column(t, name);

    CHECK(i != SIZE_MAX);
    CHECK_U64(t->columns[i].type, type);
    CHECK_I64(t->columns[i].min, min);
    CHECK_I64(t->columns[i].max, max);
    CHECK_U64(t->columns[i].cuts.kind, cuts);
}

static const sc_cuts *cuts_of(const sc_table *t, const char *name)
{
    return &t->columns[sc_table_column(t, name)].cuts;
}

static void test_parties(void **state)
{
    sc_consortium *c = parse_good(DATA "good.yaml");
    sc_buf text = read_file(DATA "good.yaml");
    uint8_t digest[SC_HASH_LEN], key[SC_KEY_LEN];

    (void)state;
    sc_sha256(digest, sc_buf_bytes(&text));
    CHECK_BYTES(c->digest, digest, sizeof digest);
    CHECK_BYTES(c->roster.digest, digest, sizeof digest);
    CHECK_U64(c->text.len, text.len);
    CHECK_BYTES(c->text.p, text.p, text.len);
    CHECK_STR(c->name, "northern-health");
    CHECK_U64(c->n_parties, 4);
    CHECK_STR(c->parties[0].name, "alice");
    CHECK_STR(c->parties[3].name, "audit");
    CHECK_STR(c->parties[1].address, "tcp://bob.example:7400");
    for (size_t i = 0; i < c->n_parties; i++) {
        const sc_party *p = &c->parties[i];
        const sc_roster_party *r = &c->roster.parties[i];

        CHECK_U64(sc_consortium_party(c, p->name), i);
        CHECK_U64(sc_consortium_party_did(c, p->did), i);
        CHECK_OK(sc_did_take(key, sc_bytes_of(p->did)));
        CHECK_BYTES(p->identity, key, sizeof key);
        CHECK_OK(sc_z85_get(key, sizeof key, sc_bytes_of(p->transport)));
        CHECK_BYTES(p->transport_key, key, sizeof key);
        CHECK_STR(r->name, p->name);
        CHECK_STR(r->did, p->did);
        CHECK_BYTES(r->identity, p->identity, sizeof key);
        CHECK_BYTES(r->cosigner, p->cosigner_key, sizeof key);
        CHECK_BYTES(r->log, p->log_key, sizeof key);
    }
    CHECK_U64(sc_consortium_party(c, "eve"), SIZE_MAX);
    CHECK_U64(sc_consortium_party_did(c, "did:key:z6Mk"), SIZE_MAX);
    CHECK_STR(c->roster.origin, "northern-health.example/chain/1");
    CHECK_U64(c->roster.sequencer, 0);
    CHECK_U64(c->roster.quorum, 3);
    sc_buf_clear(&text);
    sc_consortium_free(&c);
    CHECK(c == NULL);
    sc_consortium_free(&c);
}

static void test_offline(void **state)
{
    sc_consortium *c = parse_good(DATA "offline.yaml");
    char words[100];

    (void)state;
    CHECK_U64(c->n_parties, 5);
    for (size_t i = 0; i < c->n_parties; i++) {
        CHECK_U64(c->parties[i].is_offline, i == 3);
        CHECK_U64(c->roster.parties[i].is_offline, i == 3);
    }
    CHECK_U64(c->roster.quorum, 3);
    sc_consortium_quorum_words(words, sizeof words, c);
    CHECK_STR(words, "4 cosigners, quorum 3: one may be down, one may lie");
    sc_consortium_free(&c);
}

static void test_sumkey(void **state)
{
    sc_consortium *c = parse_good(DATA "sums.yaml");
    const sc_sumkey_terms *t = &c->sumkey;
    uint8_t digest[32];

    (void)state;
    CHECK(t->is_there);
    memset(digest, 0x5f, sizeof digest);
    CHECK_BYTES(t->digest, digest, sizeof digest);
    CHECK_U64(t->bits, 3072);
    CHECK_U64(t->needed, 2);
    CHECK_U64(t->n_holders, 3);
    CHECK_U64(t->holders[0], 3);
    CHECK_U64(t->holders[1], 0);
    CHECK_U64(sc_sumkey_index(t, 2), 3);
    CHECK_U64(sc_sumkey_index(t, 1), 0);
    CHECK_STR(t->dealer, "the ministry");
    sc_consortium_free(&c);
    c = parse_good(DATA "good.yaml");
    CHECK(!c->sumkey.is_there);
    sc_consortium_free(&c);
}

static void test_salaries(void **state)
{
    sc_consortium *c = parse_good(DATA "good.yaml");
    const sc_table *t = sc_consortium_table(c, "salaries");

    (void)state;
    CHECK(t != NULL);
    CHECK_U64(t->owners, 7);
    CHECK(t->is_stacked);
    CHECK_U64(t->max_rows, 50000000);
    CHECK_U64(t->n_columns, 6);
    check_column(t, "region", SC_T_CATEGORY, 0, 3, SC_CUTS_NONE);
    CHECK_U64(t->columns[0].n_categories, 4);
    CHECK_STR(t->columns[0].categories[3], "west");
    check_column(t, "age", SC_T_INTEGER, 0, 120, SC_CUTS_LIST);
    CHECK_U64(cuts_of(t, "age")->n_points, 5);
    CHECK_I64(cuts_of(t, "age")->points[4], 75);
    check_column(t, "income", SC_T_DECIMAL, -50, 1000000000, SC_CUTS_NONE);
    CHECK_U64(t->columns[2].scale, 2);
    /* Days since 1970 by python: date(1950,1,1).toordinal() - 719163. */
    check_column(t, "hired", SC_T_DATE, -7305, 22279, SC_CUTS_MONTH);
    check_column(t, "seen", SC_T_TIMESTAMP, 1577836800000000, 1893455999500000,
                 SC_CUTS_EVERY);
    CHECK_I64(cuts_of(t, "seen")->step, 3600000000);
    check_column(t, "is_manager", SC_T_BOOLEAN, 0, 1, SC_CUTS_NONE);
    CHECK(t->columns[5].is_required);
    CHECK(!t->columns[4].is_required);
    CHECK(sc_consortium_table(c, "nothing") == NULL);
    sc_consortium_free(&c);
}

static void test_visits(void **state)
{
    sc_consortium *c = parse_good(DATA "good.yaml");
    const sc_table *t = sc_consortium_table(c, "visits");

    (void)state;
    CHECK(t != NULL);
    CHECK_U64(t->owners, 2);
    CHECK(!t->is_stacked);
    CHECK_U64(t->max_rows, (uint64_t)1 << 32);
    CHECK_I64(cuts_of(t, "age")->step, 5);
    CHECK_I64(cuts_of(t, "age")->origin, 3);
    CHECK_I64(cuts_of(t, "fee")->step, 5); /* 0.5 of scale 1 */
    CHECK_I64(cuts_of(t, "day")->step, 7);
    CHECK_I64(cuts_of(t, "day")->origin, 18267); /* 2020-01-06 */
    check_column(t, "start", SC_T_DATE, 18262, 21915, SC_CUTS_LIST);
    CHECK_I64(cuts_of(t, "start")->points[1], 18993); /* 2022-01-01 */
    check_column(t, "born", SC_T_DATE, -25567, 21915, SC_CUTS_YEAR);
    check_column(t, "height", SC_T_INTEGER, 0, 300, SC_CUTS_ANY);
    sc_consortium_free(&c);
}

static void test_rules(void **state)
{
    sc_consortium *c = parse_good(DATA "good.yaml");
    sc_consortium *d = parse_good(DATA "pair.yaml");
    char words[100];

    (void)state;
    CHECK_U64(c->rules.min_group, 5);
    CHECK_U64(c->rules.queries_per_day, 7);
    CHECK_U64(c->rules.peer_sessions, 2);
    CHECK_U64(c->rules.peer_proposals, 90);
    CHECK_U64(c->rules.max_cells, 500);
    CHECK_U64(c->rules.deadline_ms, 1500);
    CHECK_U64(c->rules.job_ms, 60000);
    CHECK_U64(c->rules.call_days, 12);
    CHECK(c->rules.two_party_exact);
    CHECK_U64(d->rules.min_group, 10);
    CHECK_U64(d->rules.queries_per_day, 20);
    CHECK_U64(d->rules.peer_sessions, 4);
    CHECK_U64(d->rules.peer_proposals, 60);
    CHECK_U64(d->rules.max_cells, SC_MAX_CELLS);
    CHECK_U64(d->rules.deadline_ms, 10000);
    CHECK_U64(d->rules.job_ms, 600000);
    CHECK_U64(d->rules.call_days, 40);
    CHECK(!d->rules.two_party_exact);
    sc_consortium_quorum_words(words, sizeof words, c);
    CHECK_STR(words, "4 cosigners, quorum 3: one may be down, one may lie");
    sc_consortium_quorum_words(words, sizeof words, d);
    CHECK_STR(words, "2 cosigners, quorum 2: none may be down, one may lie");
    sc_consortium_free(&c);
    sc_consortium_free(&d);
}

/* ---- bad files -------------------------------------------------------- */

/* The lines "#! LINE WORDS" at the end of text against the faults. */
static int check_faults(const char *path, const char *text, const sc_faults *f)
{
    size_t n = 0;
    int is_good = 1;

    for (const char *at = strstr(text, "#! "); at != NULL;
         at = strstr(at + 1, "#! "), n++) {
        char words[512] = "";
        unsigned line = 0;

        CHECK(sscanf(at, "#! %u %511[^\n]", &line, words) == 2);
        if (n >= f->n_faults || f->faults[n].line != line ||
            strstr(f->faults[n].text, words) == NULL) {
            print_error("%s: expected at line %u: %s\n", path, line, words);
            is_good = 0;
        }
    }
    return is_good && f->n_faults > 0 && (n == 0 || n == f->n_faults);
}

static int check_bad_file(const char *path)
{
    sc_buf text = read_file(path);
    sc_faults faults = {0};
    sc_consortium *c = NULL;
    int is_good;

    CHECK_OK(sc_buf_terminate(&text));
    CHECK_ERR(SC_E_CONFIG,
              sc_consortium_parse(&c, &faults, path, sc_buf_bytes(&text)));
    CHECK(c == NULL);
    is_good = check_faults(path, (const char *)text.p, &faults);
    for (size_t i = 0; !is_good && i < faults.n_faults; i++) {
        char words[1024];

        sc_fault_print(words, sizeof words, &faults.faults[i]);
        print_error("  %s\n", words);
    }
    for (size_t i = 0; i < faults.n_faults; i++) {
        CHECK_STR(faults.faults[i].file, path);
        CHECK_U64(faults.faults[i].code, SC_E_CONFIG);
    }
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
    return is_good;
}

static void test_bad_files(void **state)
{
    char **names = NULL;
    size_t n_names = 0, n_wrong = 0;

    (void)state;
    CHECK_OK(sc_dir_list(&names, &n_names, DATA "bad", NULL));
    CHECK(n_names > 90);
    for (size_t i = 0; i < n_names; i++) {
        char *path = sc_path_join(DATA "bad", names[i]);

        CHECK(path != NULL);
        n_wrong += !check_bad_file(path);
        sc_free(path);
    }
    CHECK_U64(n_wrong, 0);
    sc_free(names);
}

/* A hundred faults are kept; the file is refused all the same. */
static void test_many_faults(void **state)
{
    sc_buf text = {0};
    sc_faults faults = {0};
    sc_consortium *c = NULL;

    (void)state;
    for (int i = 0; i < 300; i++) {
        CHECK_OK(sc_buf_printf(&text, "x%d: 1\n", i));
    }
    CHECK_ERR(SC_E_CONFIG,
              sc_consortium_parse(&c, &faults, "x", sc_buf_bytes(&text)));
    CHECK_U64(faults.n_faults, 100);
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
}

/* ---- hostile bytes ---------------------------------------------------- */

/* Any change to a signed block is found; any other may be fine, but never a
 * crash, and a file is either refused with faults or accepted without. */
static void check_flips(const char *path)
{
    sc_buf text = read_file(path);
    const char *blocks, *end;

    CHECK_OK(sc_buf_terminate(&text));
    blocks = strstr((const char *)text.p, "did:");
    end = strstr((const char *)text.p, "tables:");
    for (size_t i = 0; i < text.len; i++) {
        sc_faults faults = {0};
        sc_consortium *c = NULL;
        sc_err err;

        text.p[i] ^= 1;
        err = sc_consortium_parse(&c, &faults, "x", sc_buf_bytes(&text));
        CHECK((err == SC_OK) == (faults.n_faults == 0));
        CHECK((err == SC_OK) == (c != NULL));
        if (err == SC_OK) {
            const char *at = (const char *)text.p + i;

            /* only white space around a value is outside the signature */
            CHECK(at < blocks || at >= end || *at == '!' || *at == '\v');
        }
        text.p[i] ^= 1;
        sc_consortium_free(&c);
        sc_faults_clear(&faults);
    }
    sc_buf_clear(&text);
}

static void test_flips(void **state)
{
    (void)state;
    check_flips(DATA "pair.yaml");
    check_flips(DATA "offline.yaml");
}

static void test_cuts_of_text(void **state)
{
    sc_buf text = read_file(DATA "good.yaml");

    (void)state;
    for (size_t len = 0; len + 1 < text.len; len += 7) {
        sc_faults faults = {0};
        sc_consortium *c = NULL;

        CHECK_ERR(SC_E_CONFIG, sc_consortium_parse(&c, &faults, "x",
                                                   (sc_bytes){text.p, len}));
        CHECK(faults.n_faults > 0);
        sc_faults_clear(&faults);
    }
    sc_buf_clear(&text);
}

static sc_err parse_and_free(void *arg)
{
    const sc_buf *text = arg;
    sc_faults faults = {0};
    sc_consortium *c = NULL;
    sc_err err = sc_consortium_parse(&c, &faults, "x", sc_buf_bytes(text));

    sc_consortium_free(&c);
    sc_faults_clear(&faults);
    return err;
}

static void test_memory(void **state)
{
    sc_buf text = read_file(DATA "good.yaml");

    (void)state;
    CHECK_ALLOC(parse_and_free, &text);
    sc_buf_clear(&text);
}

/* ---- a block made here is one that parses ----------------------------- */

static void test_block(void **state)
{
    sc_rng rng = sc_rng_system();
    sc_keys keys = {0};
    sc_party p = {0}, same;
    sc_buf sig = {0}, text = {0};

    (void)state;
    CHECK_OK(sc_keys_generate(&keys, &rng));
    CHECK_OK(sc_block_make(&p, &keys, "dora", "n.example/chain/1",
                           "tcp://[::1]:7400", 0));
    CHECK_OK(sc_block_sign(&sig, &p, "n", &keys.identity));
    CHECK_OK(sc_buf_terminate(&sig));
    CHECK_OK(sc_block_verify(&p, "n", (const char *)sig.p));
    CHECK_ERR(SC_E_CHEAT, sc_block_verify(&p, "m", (const char *)sig.p));
    CHECK_ERR(SC_E_WIRE, sc_block_verify(&p, "n", "z"));
    CHECK_ERR(SC_E_WIRE, sc_block_verify(&p, "n", (const char *)sig.p + 1));
    CHECK_OK(sc_block_print(&text, &p, (const char *)sig.p));
    CHECK_OK(sc_buf_terminate(&text));
    CHECK(strstr((const char *)text.p, "  - name: dora\n    did: \"did:key:") !=
          NULL);
    CHECK(strstr((const char *)text.p, p.transport) != NULL);
    CHECK(strstr((const char *)text.p, "offline") == NULL);

    same = p;
    CHECK_ERR(SC_E_ARG, sc_block_make(&p, &keys, "Dora", "o", "tcp://a:1", 0));
    CHECK_ERR(SC_E_ARG,
              sc_block_make(&p, &keys, "dora", "o\"", "tcp://a:1", 0));
    CHECK_ERR(SC_E_ARG, sc_block_make(&p, &keys, "dora", "o", "tcp://a", 0));
    CHECK_BYTES(&p, &same, sizeof p);
    sc_buf_clear(&sig);
    sc_buf_clear(&text);
    sc_keys_clear(&keys);
}

/* The signature covers it: neither can be declared for another. */
static void test_offline_block(void **state)
{
    sc_rng rng = sc_rng_system();
    sc_keys keys = {0};
    sc_party p = {0};
    sc_buf sigs[2] = {{0}}, text = {0};

    (void)state;
    CHECK_OK(sc_keys_generate(&keys, &rng));
    for (int is_offline = 0; is_offline < 2; is_offline++) {
        CHECK_OK(sc_block_make(&p, &keys, "dora", "n.example/chain/1",
                               "tcp://a:1", is_offline));
        CHECK_U64(p.is_offline, is_offline);
        CHECK_OK(sc_block_sign(&sigs[is_offline], &p, "n", &keys.identity));
        CHECK_OK(sc_buf_terminate(&sigs[is_offline]));
    }
    CHECK_OK(sc_block_verify(&p, "n", (const char *)sigs[1].p));
    CHECK_ERR(SC_E_CHEAT, sc_block_verify(&p, "n", (const char *)sigs[0].p));
    CHECK_OK(sc_block_print(&text, &p, (const char *)sigs[1].p));
    CHECK_OK(sc_buf_terminate(&text));
    CHECK(strstr((const char *)text.p, "\"\n    offline: true\n    sig: ") !=
          NULL);
    p.is_offline = 0;
    CHECK_ERR(SC_E_CHEAT, sc_block_verify(&p, "n", (const char *)sigs[1].p));
    CHECK_OK(sc_block_verify(&p, "n", (const char *)sigs[0].p));
    sc_buf_clear(&sigs[0]);
    sc_buf_clear(&sigs[1]);
    sc_buf_clear(&text);
    sc_keys_clear(&keys);
}

static void test_words(void **state)
{
    char out[SC_CONF_QUOTE_LEN];
    char longest[SC_NAME_MAX + 2];

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    longest[SC_NAME_MAX + 1] = '\0';
    CHECK(!sc_conf_is_name(longest));
    CHECK(!sc_conf_is_identifier(longest));
    CHECK(sc_conf_is_name(longest + 1));
    CHECK(sc_conf_is_identifier(longest + 1));
    CHECK(sc_conf_is_name("a-b_0") && sc_conf_is_name("0"));
    CHECK(!sc_conf_is_name("") && !sc_conf_is_name("a.b"));
    CHECK(sc_conf_is_identifier("_x9") && !sc_conf_is_identifier("9x"));
    CHECK(!sc_conf_is_identifier("") && !sc_conf_is_identifier("a-b"));
    CHECK(sc_conf_is_address("tcp://1.2.3.4:1", 0));
    CHECK(sc_conf_is_address("tcp://[fe80::1]:65535", 0));
    CHECK(sc_conf_is_address("tcp://*:7400", 1));
    CHECK(!sc_conf_is_address("tcp://*:7400", 0));
    CHECK(!sc_conf_is_address("tcp://[]:1", 0));
    CHECK_STR(sc_conf_quote(out, "a\x1b[31m\xc3\xa9"), "a?[31m??");
    CHECK_U64(strlen(sc_conf_quote(out, longest)), SC_NAME_MAX + 1);
    CHECK_STR(sc_conf_quote(out, ""), "");
}

static void test_quote_cuts(void **state)
{
    char out[SC_CONF_QUOTE_LEN], in[200];

    (void)state;
    memset(in, 'x', sizeof in - 1);
    in[sizeof in - 1] = '\0';
    CHECK_U64(strlen(sc_conf_quote(out, in)), SC_CONF_QUOTE_LEN - 1);
    CHECK_STR(out + SC_CONF_QUOTE_LEN - 4, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parties),
        cmocka_unit_test(test_offline),
        cmocka_unit_test(test_sumkey),
        cmocka_unit_test(test_salaries),
        cmocka_unit_test(test_visits),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_many_faults),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_cuts_of_text),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_offline_block),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_quote_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
