/* tests/unit/test_nodeconf.c: node.yaml beside the signed consortium file of
 * tests/data, good and with one mistake at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/conf/nodeconf.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define GOOD                                                                   \
    "me: bob\n"                                                                \
    "keys: keys/\n"                                                            \
    "listen: \"tcp://0.0.0.0:7400\"\n"                                         \
    "keep_days: 7\n"                                                           \
    "min_group: 12\n"                                                          \
    "data:\n"                                                                  \
    "  salaries: \"SELECT region, 'x' AS y FROM 'sub/s.csv'\"\n"               \
    "  visits:\n"                                                              \
    "    files: [v.csv]\n"                                                     \
    "    sql: |\n"                                                             \
    "      SELECT *\n"                                                         \
    "      FROM read_csv('v.csv', delim=';')\n"                                \
    "    nulls: [\"\", none]\n"                                                \
    "    bad_values: skip\n"                                                   \
    "allow:\n"                                                                 \
    "  - who: [alice, carol]\n"                                                \
    "    until: 2027-06-30\n"                                                  \
    "    purpose: \"wage report 2026\"\n"                                      \
    "    table: salaries\n"                                                    \
    "    columns: {region: [group, filter], age: [filter], income: "           \
    "[aggregate]}\n"                                                           \
    "    functions: [count, stddev, stddev_samp]\n"                            \
    "  - who: any\n"                                                           \
    "    until: 2026-12-31\n"                                                  \
    "    table: visits\n"                                                      \
    "    columns: {}\n"                                                        \
    "    functions: [count]\n"

static void write_place(const char *dir, const char *node)
{
    char *sub = sc_path_join(dir, "sub");
    sc_buf text = {0};

    CHECK_OK(sc_file_read(&text, "tests/data/consortium/good.yaml",
                          SC_YAML_MAX_LEN, NULL));
    CHECK_OK(sc_buf_terminate(&text));
    CHECK_OK(sc_dir_make(sub, 0700, NULL));
    sc_folder_write(dir, "consortium.yaml", (const char *)text.p);
    sc_folder_write(dir, "sub/s.csv", "a\n");
    sc_folder_write(dir, "v.csv", "a\n");
    sc_folder_write(dir, "node.yaml", node);
    sc_buf_clear(&text);
    sc_free(sub);
}

static sc_err load(sc_nodeconf **n, sc_faults *faults, const char *dir)
{
    char *path = sc_path_join(dir, "node.yaml");
    sc_err err = sc_nodeconf_load(n, faults, path);

    sc_free(path);
    return err;
}

static void print_faults(const sc_faults *f)
{
    for (size_t i = 0; i < f->n_faults; i++) {
        char words[1024];

        sc_fault_print(words, sizeof words, &f->faults[i]);
        print_error("  %s\n", words);
    }
}

/* ---- a good file ------------------------------------------------------ */

static void check_sources(const sc_nodeconf *n, const char *dir)
{
    const sc_source *s = &n->sources[0], *v = &n->sources[1];
    char expected[512];

    CHECK_U64(n->n_sources, 2);
    CHECK_STR(s->table->name, "salaries");
    (void)snprintf(expected, sizeof expected,
                   "SELECT region, 'x' AS y FROM '%s/sub/s.csv'", dir);
    CHECK_STR(s->sql, expected);
    CHECK_U64(s->n_files, 1);
    (void)snprintf(expected, sizeof expected, "%s/sub/s.csv", dir);
    CHECK_STR(s->files[0], expected);
    CHECK_U64(s->n_nulls, 2);
    CHECK_STR(s->nulls[0], "");
    CHECK_STR(s->nulls[1], "NA");
    CHECK_U64(s->bad_values, SC_BAD_REJECT);
    (void)snprintf(expected, sizeof expected,
                   "SELECT *\nFROM read_csv('%s/v.csv', delim=';')", dir);
    CHECK_STR(v->sql, expected);
    CHECK_STR(v->nulls[1], "none");
    CHECK_U64(v->bad_values, SC_BAD_SKIP);
    CHECK_U64(sc_nodeconf_source(n, v->table), 1);
    CHECK_U64(sc_nodeconf_source(n, NULL), SIZE_MAX);
}

static void check_allow(const sc_nodeconf *n)
{
    const sc_allow *a = &n->allow[0], *b = &n->allow[1];
    size_t region = sc_table_column(a->table, "region");
    size_t income = sc_table_column(a->table, "income");

    CHECK_U64(n->n_allow, 2);
    CHECK_U64(a->who, 5);
    CHECK_I64(a->until, sc_date_days(2027, 6, 30));
    CHECK_STR(a->purpose, "wage report 2026");
    CHECK_STR(a->table->name, "salaries");
    CHECK_U64(a->uses[region], SC_USE_GROUP | SC_USE_FILTER);
    CHECK_U64(a->uses[income], SC_USE_AGGREGATE);
    CHECK_U64(a->uses[sc_table_column(a->table, "hired")], 0);
    CHECK_U64(a->n_functions, 3);
    CHECK_STR(a->functions[0], "count");
    CHECK_STR(a->functions[1], "stddev");
    CHECK_STR(a->functions[2], "stddev");
    CHECK_U64(a->line, 16);
    CHECK_U64(b->who, 15);
    CHECK_STR(b->purpose, "");
}

static void test_good(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    char expected[512];

    write_place(dir, GOOD);
    if (load(&n, &faults, dir) != SC_OK) {
        print_faults(&faults);
        fail();
    }
    CHECK_U64(n->me, 1);
    CHECK_STR(n->listen, "tcp://0.0.0.0:7400");
    CHECK_U64(n->keep_days, 7);
    CHECK_U64(n->min_group, 12);
    CHECK_STR(n->store, dir);
    (void)snprintf(expected, sizeof expected, "%s/keys/", dir);
    CHECK_STR(n->keys, expected);
    (void)snprintf(expected, sizeof expected, "%s/consortium.yaml", dir);
    CHECK_STR(n->consortium_path, expected);
    check_sources(n, dir);
    check_allow(n);
    sc_nodeconf_free(&n);
    CHECK(n == NULL);
    sc_nodeconf_free(&n);
}

/* An auditor owns nothing and needs no data; defaults. */
static void test_auditor(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_place(dir, "me: audit\nkeys: /k\nlisten: \"tcp://*:1\"\n"
                     "consortium: sub/../consortium.yaml\nstore: chain\n");
    CHECK_OK(load(&n, &faults, dir));
    CHECK_U64(n->n_sources, 0);
    CHECK_U64(n->n_allow, 0);
    CHECK_U64(n->keep_days, 30);
    CHECK_U64(n->min_group, 5);
    CHECK_STR(n->keys, "/k");
    sc_nodeconf_free(&n);
}

static void test_plain_file(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    char expected[512];

    write_place(dir, "me: carol\nkeys: k\nlisten: \"tcp://*:1\"\n"
                     "data: {salaries: v.csv}\n");
    CHECK_OK(load(&n, &faults, dir));
    (void)snprintf(expected, sizeof expected, "%s/v.csv", dir);
    CHECK_STR(n->sources[0].files[0], expected);
    CHECK(n->sources[0].sql == NULL);
    sc_nodeconf_free(&n);

    /* a SELECT that says its file, with a rule */
    write_place(dir, "me: carol\nkeys: k\nlisten: \"tcp://*:1\"\n"
                     "data: {salaries: {sql: \"SELECT 1 FROM 'v.csv'\", "
                     "bad_values: clamp}}\n");
    CHECK_OK(load(&n, &faults, dir));
    CHECK_STR(n->sources[0].files[0], expected);
    CHECK_U64(n->sources[0].bad_values, SC_BAD_CLAMP);
    sc_nodeconf_free(&n);
}

/* ---- one mistake at a time -------------------------------------------- */

static const struct {
    const char *old, *now;
    unsigned line;
    const char *words;
} mistakes[] = {
    {"me: bob", "me: eve", 1, "'eve' is not a party"},
    {"me: bob", "me: [bob]", 1, "'me' must be a text"},
    {"me: bob\n", "", 1, "the key 'me' is missing"},
    {"keys: keys/\n", "", 1, "the key 'keys' is missing"},
    {"keys:", "key:", 2, "unknown key 'key'"},
    {"tcp://0.0.0.0:7400", "0.0.0.0:7400", 3, "'listen' is not tcp://"},
    {"keep_days: 7", "keep_days: 0", 4, "whole number from 1 to 3650"},
    {"min_group: 12", "min_group: 4", 5, "may raise min_group, not lower it"},
    {"min_group: 12", "min_group: x", 5, "whole number"},
    {"min_group: 12", "consortium: nowhere.yaml", 5, "the consortium file"},
    {"min_group: 12", "consortium: v.csv", 1, "expected a map"},
    {"  salaries:", "  wages:", 7, "there is no table 'wages'"},
    {"sub/s.csv'", "sub/t.csv'", 7, "there is no such file"},
    {"FROM 'sub/s.csv'", "FROM s", 7, "behind FROM or JOIN stands something"},
    {"'sub/s.csv'\"", "'sub/s.csv'\\e\"", 7, "without control characters"},
    {"\"SELECT region, 'x' AS y FROM 'sub/s.csv'\"", "sub", 7,
     "this is not a regular file"},
    {"\"SELECT region, 'x' AS y FROM 'sub/s.csv'\"", "[a]", 7,
     "expected a SELECT or the name of a file"},
    {"files: [v.csv]", "files: v.csv", 9, "'files' must be a list"},
    {"files: [v.csv]", "files: []", 9, "'files' must be a list"},
    {"files: [v.csv]", "files: [w.csv]", 10, "`files:` does not stand in"},
    {"FROM read_csv('v.csv'", "FROM 'w.csv' JOIN read_csv('v.csv'", 10,
     "that `files:` does not list"},
    {"    files: [v.csv]\n", "", 9, "behind FROM or JOIN stands something"},
    {"nulls: [\"\", none]", "nulls: none", 13, "'nulls' must be a list"},
    {"bad_values: skip", "bad_values: ignore", 14, "reject, skip or clamp"},
    {"bad_values: skip", "bad_value: skip", 14, "unknown key 'bad_value'"},
    {"[alice, carol]", "[alice, eve]", 16, "'eve' is not a party of"},
    {"[alice, carol]", "[]", 16, "'who' names nobody"},
    {"[alice, carol]", "\"any\"", 16, "'any' is not a party of"},
    {"    until: 2027-06-30\n", "", 16, "the key 'until' is missing"},
    {"2027-06-30", "2027-06-31", 17, "'until' must be a date"},
    {"table: salaries", "table: wages", 19, "'wages' is not a table of bob"},
    {"region: [group", "regoin: [group", 20, "has no column 'regoin'"},
    {"age: [filter]", "age: filter", 20, "the uses of a column must be a list"},
    {"age: [filter]", "age: [filters]", 20, "unknown use 'filters'"},
    {"age: [filter]", "age: [join]", 20, "no query uses 'join' yet"},
    {"functions: [count, stddev,", "functions: [count, median,", 21,
     "unknown function 'median'"},
    {"functions: [count, stddev,", "functions: [COUNT, stddev,", 21,
     "unknown function 'COUNT'"},
    {"functions: [count, stddev, stddev_samp]", "functions: []", 21,
     "'functions' names none"},
    {"who: any", "whom: any", 22, "unknown key 'whom'"},
    {"allow:\n", "allow:\n  x:\n", 16, "'allow' must be a list"},
};

static void check_mistake(const char *dir, size_t k)
{
    const char *at = strstr(GOOD, mistakes[k].old);
    sc_buf text = {0};
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    int is_found = 0;

    CHECK(at != NULL);
    CHECK_OK(sc_buf_put(&text, GOOD, (size_t)(at - GOOD)));
    CHECK_OK(sc_buf_put_str(&text, mistakes[k].now));
    CHECK_OK(sc_buf_put_str(&text, at + strlen(mistakes[k].old)));
    CHECK_OK(sc_buf_terminate(&text));
    sc_folder_write(dir, "node.yaml", (const char *)text.p);
    CHECK_ERR(SC_E_CONFIG, load(&n, &faults, dir));
    CHECK(n == NULL);
    for (size_t i = 0; i < faults.n_faults; i++) {
        is_found |= faults.faults[i].line == mistakes[k].line &&
                    strstr(faults.faults[i].text, mistakes[k].words) != NULL;
    }
    if (!is_found) {
        print_faults(&faults);
        fail_msg("%s: expected at line %u: %s", mistakes[k].now,
                 mistakes[k].line, mistakes[k].words);
    }
    sc_faults_clear(&faults);
    sc_buf_clear(&text);
}

static void test_mistakes(void **state)
{
    write_place(*state, GOOD);
    for (size_t k = 0; k < sizeof mistakes / sizeof *mistakes; k++) {
        check_mistake(*state, k);
    }
}

/* What another owner holds is not mine to offer. */
static void test_not_mine(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_place(dir, "me: audit\nkeys: k\nlisten: \"tcp://*:1\"\n"
                     "data: {visits: v.csv}\n"
                     "allow:\n"
                     "  - {who: any, until: 2027-01-01, table: visits, "
                     "columns: {}, functions: [count]}\n");
    CHECK_ERR(SC_E_CONFIG, load(&n, &faults, dir));
    CHECK_U64(faults.n_faults, 2);
    CHECK(strstr(faults.faults[0].text, "is no owner of table visits") != NULL);
    CHECK(strstr(faults.faults[1].text, "is not a table of audit") != NULL);
    sc_faults_clear(&faults);

    write_place(dir, "me: carol\nkeys: k\nlisten: \"tcp://*:1\"\n");
    CHECK_ERR(SC_E_CONFIG, load(&n, &faults, dir));
    CHECK_U64(faults.n_faults, 1);
    CHECK(strstr(faults.faults[0].text, "data: has none") != NULL);
    sc_faults_clear(&faults);
}

/* A map that does not say how its files make one table. */
/* A consortium that has a key for sums of ciphertexts: bob holds no share, alice the
 * second; and what an entry permits. */
static void write_sums(const char *dir, const char *me, const char *lines)
{
    sc_buf text = {0}, node = {0};

    CHECK_OK(sc_file_read(&text, "tests/data/consortium/sums.yaml",
                          SC_YAML_MAX_LEN, NULL));
    CHECK_OK(sc_buf_terminate(&text));
    sc_folder_write(dir, "consortium.yaml", (const char *)text.p);
    sc_folder_write(dir, "v.csv", "a\n");
    CHECK_OK(sc_buf_printf(&node,
                           "me: %s\nkeys: keys/\n"
                           "listen: \"tcp://0.0.0.0:7400\"\n%s",
                           me, lines));
    CHECK_OK(sc_buf_terminate(&node));
    sc_folder_write(dir, "node.yaml", (const char *)node.p);
    sc_buf_clear(&text);
    sc_buf_clear(&node);
}

static void check_sums(const char *dir, const char *me, const char *lines,
                       const char *words)
{
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_sums(dir, me, lines);
    CHECK_ERR(SC_E_CONFIG, load(&n, &faults, dir));
    if (faults.n_faults != 1 || strstr(faults.faults[0].text, words) == NULL) {
        print_faults(&faults);
        fail_msg("not: %s", words);
    }
    sc_faults_clear(&faults);
}

static void test_sums(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_sums(dir, "audit", "ciphertext_sum: {key: K, share: S}\n");
    CHECK_OK(load(&n, &faults, dir));
    CHECK(strstr(n->sum_key, "/K") != NULL);
    CHECK(strstr(n->sum_share, "/S") != NULL);
    sc_nodeconf_free(&n);
    check_sums(dir, "audit", "", "audit holds share 1 of the consortium's key");
    check_sums(dir, "audit", "ciphertext_sum: {key: K}\n",
               "and its file is not named");
    check_sums(dir, "audit", "ciphertext_sum: {share: S}\n",
               "the key 'key' is missing");
    check_sums(dir, "bob",
               "data: {visits: v.csv, salaries: v.csv}\n"
               "ciphertext_sum: {key: K, share: S}\n",
               "bob is no holder of the key");
}

static void test_no_select(void **state)
{
    static const char *const data[] = {"{}", "{files: [v.csv, sub/s.csv]}"};
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        char node[200];

        (void)snprintf(node, sizeof node,
                       "me: carol\nkeys: k\nlisten: \"tcp://*:1\"\n"
                       "data: {salaries: %s}\n",
                       data[i]);
        write_place(*state, node);
        CHECK_ERR(SC_E_CONFIG, load(&n, &faults, *state));
        CHECK_U64(faults.n_faults, 1);
        CHECK(strstr(faults.faults[0].text, "one file makes a table") != NULL);
        sc_faults_clear(&faults);
    }
}

/* Mistakes of both files are shown in one run. */
static void test_both_files(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_place(dir, "me: bob\nkeys: k\nlisten: here\n");
    sc_folder_write(dir, "consortium.yaml", "consortium: A\n");
    CHECK_ERR(SC_E_CONFIG, load(&n, &faults, dir));
    CHECK_U64(faults.n_faults, 5);
    sc_faults_clear(&faults);
    CHECK_ERR(SC_E_CONFIG, sc_nodeconf_load(&n, &faults, "/nowhere/node.yaml"));
    CHECK_U64(faults.n_faults, 1);
    sc_faults_clear(&faults);
}

static void test_keys(void **state)
{
    const char *dir = *state;
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    sc_keys keys = {0}, changed = {0};
    sc_fault why = {0};

    write_place(dir, GOOD);
    CHECK_OK(load(&n, &faults, dir));
    memcpy(keys.identity.pk, n->consortium->parties[1].identity, SC_KEY_LEN);
    memcpy(keys.log.pk, n->consortium->parties[1].log_key, SC_KEY_LEN);
    memcpy(keys.cosigner.pk, n->consortium->parties[1].cosigner_key,
           SC_KEY_LEN);
    memcpy(keys.transport_pk, n->consortium->parties[1].transport_key,
           SC_KEY_LEN);
    CHECK_OK(sc_nodeconf_check_keys(n, &keys, &why));
    uint8_t *const publics[] = {changed.identity.pk, changed.log.pk,
                                changed.cosigner.pk, changed.transport_pk};

    for (size_t i = 0; i < sizeof publics / sizeof *publics; i++) {
        changed = keys;
        publics[i][31] ^= 1;
        CHECK_ERR(SC_E_CONFIG, sc_nodeconf_check_keys(n, &changed, &why));
        CHECK(strstr(why.text, "bob's block") != NULL);
    }
    sc_nodeconf_free(&n);
}

static sc_err load_once(void *dir)
{
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    sc_err err = load(&n, &faults, dir);

    sc_nodeconf_free(&n);
    sc_faults_clear(&faults);
    return err;
}

static sc_err load_path(void *path)
{
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};
    sc_err err = sc_nodeconf_load(&n, &faults, path);

    sc_nodeconf_free(&n);
    sc_faults_clear(&faults);
    return err;
}

static sc_err load_store(void *path)
{
    char *store = NULL;
    sc_faults faults = {0};
    sc_err err = sc_nodeconf_load_store(&store, &faults, path);

    sc_free(store);
    sc_faults_clear(&faults);
    return err;
}

/* Of node.yaml's own lines alone, whatever became of what it names. */
static void test_store(void **state)
{
    const char *dir = *state;
    char *path = sc_path_join(dir, "node.yaml"), *store = NULL;
    char expected[512];
    sc_nodeconf *n = NULL;
    sc_faults faults = {0};

    write_place(dir, GOOD);
    CHECK_OK(sc_nodeconf_load(&n, &faults, path));
    sc_folder_write(dir, "consortium.yaml", "");
    CHECK_OK(sc_nodeconf_load_store(&store, &faults, path));
    CHECK_STR(store, n->store);
    sc_free(store);
    sc_nodeconf_free(&n);
    sc_folder_write(dir, "node.yaml",
                    "me: bob\nkeys: k\nlisten: here\nstore: there\n");
    CHECK_OK(sc_nodeconf_load_store(&store, &faults, path));
    (void)snprintf(expected, sizeof expected, "%s/there", dir);
    CHECK_STR(store, expected);
    sc_free(store);
    sc_folder_write(dir, "node.yaml",
                    "me: bob\nkeys: k\nlisten: here\nstor: there\n");
    CHECK_ERR(SC_E_CONFIG, sc_nodeconf_load_store(&store, &faults, path));
    CHECK_U64(faults.n_faults, 1);
    CHECK(store == NULL);
    sc_faults_clear(&faults);
    sc_free(path);
}

static void test_memory(void **state)
{
    char *path = sc_path_join(*state, "node.yaml");

    write_place(*state, GOOD);
    CHECK_OK(load_once(*state));
    CHECK_ALLOC(load_path, path);
    CHECK_ALLOC(load_store, path);
    sc_free(path);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),     TEST(test_auditor),   TEST(test_plain_file),
        TEST(test_mistakes), TEST(test_not_mine),  TEST(test_both_files),
        TEST(test_keys),     TEST(test_no_select), TEST(test_store),
        TEST(test_memory),   TEST(test_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
