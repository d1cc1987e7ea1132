/* tests/unit/test_yaml.c: the loader: the tree it makes, and each fault. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "tests/kat.h"

static sc_yaml *must_load(const char *text)
{
    sc_faults f = {0};
    sc_yaml *y = NULL;

    CHECK_OK(sc_yaml_load(&y, &f, "t.yaml", sc_bytes_of(text)));
    CHECK_U64(f.n_faults, 0);
    CHECK(sc_yaml_root(y) != NULL);
    return y;
}

static void check_at(const sc_yaml_node *node, unsigned line, unsigned column)
{
    CHECK_U64(node->line, line);
    CHECK_U64(node->column, column);
}

static void test_tree(void **state)
{
    sc_yaml *y = must_load("# a comment\n"
                           "name: alice\n"
                           "empty:\n"
                           "list: [1, 'two', {x: y}]\n"
                           "deep:\n"
                           "  - k: |\n"
                           "      two\n"
                           "      lines\n"
                           "    \"caf\\u00e9\": \"\"\n");
    const sc_yaml_node *root = sc_yaml_root(y), *v;

    (void)state;
    CHECK_U64(root->kind, SC_YAML_MAP);
    check_at(root, 2, 1);
    CHECK_U64(root->n_items, 4);
    CHECK_STR(root->entries[0].key, "name");
    CHECK_U64(root->entries[0].line, 2);
    CHECK_U64(root->entries[0].column, 1);
    v = root->entries[0].value;
    CHECK_STR(v->text, "alice");
    CHECK_U64(v->text_len, 5);
    CHECK(v->is_plain);
    check_at(v, 2, 7);

    v = root->entries[1].value;
    CHECK_STR(v->text, "");
    CHECK(v->is_plain);
    CHECK_U64(root->entries[1].line, 3);

    v = root->entries[2].value;
    CHECK_U64(v->kind, SC_YAML_LIST);
    CHECK_U64(v->n_items, 3);
    check_at(v->items[1], 4, 11);
    CHECK_STR(v->items[1]->text, "two");
    CHECK(!v->items[1]->is_plain);
    CHECK_STR(v->items[2]->entries[0].value->text, "y");

    v = root->entries[3].value->items[0];
    check_at(v, 6, 5);
    CHECK_STR(v->entries[0].value->text, "two\nlines\n");
    CHECK_STR(v->entries[1].key, "caf\xc3\xa9");
    CHECK_U64(v->entries[1].line, 9);
    CHECK_STR(v->entries[1].value->text, "");
    CHECK(!v->entries[1].value->is_plain);
    sc_yaml_free(&y);
    CHECK(y == NULL);
    sc_yaml_free(&y);
}

/* Any number of items, across each growth of the array. */
static void test_many_items(void **state)
{
    (void)state;
    for (size_t n = 0; n < 70; n++) {
        char text[2000] = "[";
        size_t len = 1;
        sc_yaml *y;

        for (size_t i = 0; i < n; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len,
                                    "{k%zu: %zu},", i, i);
        }
        snprintf(text + len, sizeof text - len, "]");
        y = must_load(text);
        CHECK_U64(sc_yaml_root(y)->n_items, n);
        for (size_t i = 0; i < n; i++) {
            const sc_yaml_node *map = sc_yaml_root(y)->items[i];

            CHECK_U64(strtoul(map->entries[0].value->text, NULL, 10), i);
        }
        sc_yaml_free(&y);
    }
}

static void test_roots(void **state)
{
    sc_yaml *y = must_load("just a text");

    (void)state;
    CHECK_STR(sc_yaml_root(y)->text, "just a text");
    sc_yaml_free(&y);
    y = must_load("--- [a]\n...\n");
    CHECK_U64(sc_yaml_root(y)->n_items, 1);
    sc_yaml_free(&y);
    y = must_load("\xef\xbb\xbf{a: 1}\n"); /* a byte order mark */
    CHECK_STR(sc_yaml_root(y)->entries[0].key, "a");
    sc_yaml_free(&y);
}

typedef struct {
    const char *text;
    unsigned line, column;
    const char *words;
} fault_case;

static const fault_case cases[] = {
    /* what the dialect forbids */
    {"a: 1\nb: &x 2\n", 2, 4, "anchors"},
    {"a: &x {b: 1}\n", 1, 4, "anchors"},
    {"- a\n- &x [1]\n", 2, 3, "anchors"},
    {"a: !!str 5\n", 1, 4, "tags"},
    {"a: ! 5\n", 1, 4, "tags"},
    {"a: !<tag:x> {}\n", 1, 4, "tags"},
    {"- !x []\n", 1, 3, "tags"},
    {"a: *x\n", 1, 4, "aliases"},
    {"a: 1\nb: 2\na: 3\n", 3, 1, "twice"},
    {"{b: {x: 1, 'x': 2}}\n", 1, 12, "twice"},
    {"a: 1\n? [b]\n: 2\n", 2, 3, "a key must be"},
    {"\"a\\tb\": 1\n", 1, 1, "control character"},
    {"\"a\\u0085b\": 1\n", 1, 1, "control character"},
    {"\"a\\x7f\": 1\n", 1, 1, "control character"},
    {"k: \"a\\0b\"\n", 1, 4, "zero byte"},
    {"a: 1\n---\nb: 2\n", 2, 1, "second document"},
    {"", 1, 1, "empty"},
    {"# nothing\n", 2, 1, "empty"},
    /* syntax */
    {"a: 1\nb: [1, 2\n", 3, 1, ""},
    {"a: 1\n b: 2\n", 2, 3, "a ':' where no key can stand"},
    {"a: b: c\n", 1, 5, "a ':' where no key can stand"},
    {"a\nb: 2\n", 1, 1, "a key without its ':'"},
    {"a: 1\nb 2\n# c\n\nc: 3\n", 2, 1, "a key without its ':'"},
    {"a: 1\nb:2\nc: 3\n", 2, 1, "a key without its ':'"},
    {"a:\n  b\n    c: 3\n", 2, 3, "a key without its ':'"},
    {"a:\n\t- 1\n", 2, 1, "a tab"},
    {"a:\n  b: 1\n  \tc: 1\n", 3, 3, "a tab"},
    {"a: 'open\n", 2, 1, ""},
    {"a: 1\n}\n", 2, 1, ""},
    {"a: @b\n", 1, 4, ""},
    {"a: \"\\ud800\"\n", 1, 7, ""},
    {"a: \"\\q\"\n", 1, 5, ""},
    /* bytes */
    {"a: 1\nb: \xff\n", 2, 4, ""},
    {"a: \xc0\xaf\n", 1, 4, ""},
    {"a: \xed\xa0\x80\n", 1, 4, ""},
    {"a: 1\nb: x\x01y\n", 2, 5, ""},
};

static void check_printable(const sc_fault *why)
{
    CHECK(why->text[0] != '\0');
    for (const char *c = why->text; *c != '\0'; c++) {
        CHECK(*c >= 0x20 && *c < 0x7F);
    }
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sc_faults f = {0};
        sc_yaml *y = NULL;

        print_message("case %zu: %s\n", i, cases[i].words);
        CHECK_ERR(SC_E_CONFIG,
                  sc_yaml_load(&y, &f, "t.yaml", sc_bytes_of(cases[i].text)));
        CHECK(y == NULL);
        CHECK_U64(f.n_faults, 1);
        CHECK_U64(f.faults[0].code, SC_E_CONFIG);
        CHECK_STR(f.faults[0].file, "t.yaml");
        CHECK_U64(f.faults[0].line, cases[i].line);
        CHECK_U64(f.faults[0].column, cases[i].column);
        CHECK(strstr(f.faults[0].text, cases[i].words) != NULL);
        check_printable(&f.faults[0]);
        sc_faults_clear(&f);
        CHECK(f.faults == NULL && f.n_faults == 0);
    }
}

/* Where libyaml's words say little, what to look at. */
static void test_remedies(void **state)
{
    static const struct {
        const char *text, *remedy;
    } slips[] = {
        {"a:\n  b: 1\n c: 2\n", "check the indentation"},
        {"- a\nb: 1\n", "check the indentation"},
        {"a: [1, 2\nb: 3\n", "brackets are closed"},
        {"a: 'b\nc: 1\n", "a quote was opened"},
        {"a: 'b' c'\n", "quotes"},
        {"a: @b\n", "quote a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        sc_faults f = {0};
        sc_yaml *y = NULL;

        CHECK_ERR(SC_E_CONFIG,
                  sc_yaml_load(&y, &f, "t.yaml", sc_bytes_of(slips[i].text)));
        print_message("%s: %s\n", f.faults[0].text, f.faults[0].remedy);
        CHECK(strstr(f.faults[0].remedy, slips[i].remedy) != NULL);
        sc_faults_clear(&f);
    }
}

/* Every mistake of a file in one run, in file order; a cycle among them. */
static void test_all_faults_at_once(void **state)
{
    static const unsigned lines[] = {1, 2, 3, 4, 5};
    sc_faults f = {0};
    sc_yaml *y = NULL;

    (void)state;
    CHECK_ERR(SC_E_CONFIG, sc_yaml_load(&y, &f, "t",
                                        sc_bytes_of("a: &x 1\n"
                                                    "a: !y 2\n"
                                                    "b: [*x]\n"
                                                    "c: &c\n"
                                                    "  - *c\n")));
    /* The second a is a tag and a duplicate: two faults on line 2. */
    CHECK_U64(f.n_faults, 6);
    for (size_t i = 0, k = 0; i < f.n_faults; i++) {
        if (i == 2) {
            CHECK_U64(f.faults[i].line, 2);
            continue;
        }
        CHECK_U64(f.faults[i].line, lines[k++]);
    }
    sc_faults_clear(&f);
}

/* An earlier file's faults do not make the next file faulty. */
static void test_faults_of_two_files(void **state)
{
    sc_faults f = {0};
    sc_yaml *y = NULL;

    (void)state;
    sc_faults_add(&f, "a.yaml", 9, 1, "", "old");
    CHECK_OK(sc_yaml_load(&y, &f, "b.yaml", sc_bytes_of("a: 1\n")));
    sc_yaml_free(&y);
    CHECK_ERR(SC_E_CONFIG, sc_yaml_load(&y, &f, "b.yaml", sc_bytes_of("*a")));
    CHECK_U64(f.n_faults, 2);
    CHECK_STR(f.faults[0].file, "a.yaml");
    CHECK_STR(f.faults[1].file, "b.yaml");
    sc_faults_clear(&f);
}

static void check_depth(unsigned depth, const char *open, const char *close)
{
    sc_buf text = {0};
    sc_faults f = {0};
    sc_yaml *y = NULL;

    for (unsigned i = 0; i < depth; i++) {
        CHECK_OK(sc_buf_put_str(&text, open));
    }
    for (unsigned i = 0; i < depth; i++) {
        CHECK_OK(sc_buf_put_str(&text, close));
    }
    CHECK_ERR(depth <= SC_YAML_MAX_DEPTH ? SC_OK : SC_E_CONFIG,
              sc_yaml_load(&y, &f, "t", sc_buf_bytes(&text)));
    CHECK((f.n_faults == 0) == (depth <= SC_YAML_MAX_DEPTH));
    sc_yaml_free(&y);
    sc_faults_clear(&f);
    sc_buf_clear(&text);
}

static void test_depth(void **state)
{
    (void)state;
    check_depth(SC_YAML_MAX_DEPTH, "[", "]");
    check_depth(SC_YAML_MAX_DEPTH + 1, "[", "]");
    check_depth(SC_YAML_MAX_DEPTH, "{a: ", "}");
    check_depth(SC_YAML_MAX_DEPTH + 1, "{a: ", "}");
    check_depth(20000, "[", "]");
    check_depth(20000, "- ", "");
}

static void test_sizes(void **state)
{
    sc_buf text = {0};
    sc_faults f = {0};
    sc_yaml *y = NULL;

    (void)state;
    for (size_t i = 0; i < SC_YAML_MAX_NODES; i++) { /* and the list itself */
        CHECK_OK(sc_buf_put_str(&text, "- a\n"));
    }
    CHECK_ERR(SC_E_CONFIG, sc_yaml_load(&y, &f, "t", sc_buf_bytes(&text)));
    CHECK(strstr(f.faults[0].text, "too many") != NULL);
    sc_faults_clear(&f);
    text.len -= 4;
    CHECK_OK(sc_yaml_load(&y, &f, "t", sc_buf_bytes(&text)));
    CHECK_U64(sc_yaml_root(y)->n_items, SC_YAML_MAX_NODES - 1);
    sc_yaml_free(&y);

    sc_buf_reset(&text);
    CHECK_OK(sc_buf_reserve(&text, SC_YAML_MAX_LEN + 1));
    memset(text.p, '#', SC_YAML_MAX_LEN + 1);
    text.len = SC_YAML_MAX_LEN + 1;
    CHECK_ERR(SC_E_CONFIG, sc_yaml_load(&y, &f, "t", sc_buf_bytes(&text)));
    CHECK(strstr(f.faults[0].text, "longer than") != NULL);
    sc_faults_clear(&f);
    sc_buf_clear(&text);
}

/* Each bit of a file flipped, and each cut: a tree or a fault, never both. */
static void test_flipped_and_cut(void **state)
{
    static const char good[] =
        "consortium: north\nparties:\n  - {name: alice, n: [1, -2]}\n"
        "  - name: \"b\\u00f6b\"\n    'q': &x |\n      text\nrules: *x\n";
    char text[sizeof good];
    size_t len = sizeof good - 1;

    (void)state;
    for (size_t i = 0; i < 9 * len; i++) {
        sc_faults f = {0};
        sc_yaml *y = NULL;
        sc_bytes in = {(const uint8_t *)text, i < 8 * len ? len : i - 8 * len};
        sc_err err;

        memcpy(text, good, sizeof good);
        if (i < 8 * len) {
            text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
        }
        err = sc_yaml_load(&y, &f, "t", in);
        CHECK(err == SC_OK || err == SC_E_CONFIG);
        CHECK((err == SC_OK) == (y != NULL));
        CHECK((err == SC_OK) == (f.n_faults == 0));
        for (size_t k = 0; k < f.n_faults; k++) {
            check_printable(&f.faults[k]);
        }
        sc_yaml_free(&y);
        sc_faults_clear(&f);
    }
}

static sc_err body_load(void *text)
{
    sc_faults f = {0};
    sc_yaml *y = NULL;
    sc_err err = sc_yaml_load(&y, &f, "t", sc_bytes_of(text));

    CHECK((err == SC_OK) == (y != NULL));
    sc_yaml_free(&y);
    sc_faults_clear(&f);
    return err;
}

static void test_out_of_memory(void **state)
{
    char text[] = "{a: [1, 2, 3], b: {c: d, e: f}, g: h}";

    (void)state;
    CHECK_ALLOC(body_load, text);
}

/* A mistake is never lost with the memory to tell of it. */
static void test_fault_out_of_memory(void **state)
{
    sc_faults f = {0};

    (void)state;
    sc_alloc_fail_at(1);
    sc_faults_add(&f, "t", 1, 1, "", "lost");
    sc_alloc_fail_at(0);
    CHECK_U64(f.n_faults, 1);
    CHECK_U64(f.faults[0].code, SC_E_MEM);
    sc_faults_add(&f, "t", 1, 1, "", "ignored");
    CHECK_U64(f.n_faults, 1);
    sc_faults_clear(&f);
    CHECK_U64(f.n_faults, 0);

    sc_faults_add(&f, "t", 1, 1, "", "kept");
    sc_alloc_fail_at(1);
    sc_faults_add(&f, "t", 2, 1, "", "lost");
    sc_alloc_fail_at(0);
    CHECK_U64(f.n_faults, 1);
    CHECK_STR(f.faults[0].text, "kept");
    sc_faults_clear(&f);
}

static void test_hundred_faults(void **state)
{
    sc_faults f = {0};

    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        sc_faults_add(&f, "t", 1000 - i, 1, "do this", "fault %u", i);
    }
    CHECK_U64(f.n_faults, 100);
    for (size_t i = 1; i < f.n_faults; i++) {
        CHECK(f.faults[i - 1].line < f.faults[i].line);
    }
    CHECK_STR(f.faults[99].text, "fault 0");
    CHECK_STR(f.faults[99].remedy, "do this");
    sc_faults_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_many_items),
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_remedies),
        cmocka_unit_test(test_all_faults_at_once),
        cmocka_unit_test(test_faults_of_two_files),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_flipped_and_cut),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_fault_out_of_memory),
        cmocka_unit_test(test_hundred_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
