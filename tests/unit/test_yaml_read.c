/* tests/unit/test_yaml_read.c: the walk against a schema. */
#include <string.h>

#include "base/yaml.h"
#include "tests/kat.h"

/* What every test reads, and the schema for it. */
typedef struct {
    const char *name;
    int64_t port;
    int is_open;
    const sc_yaml_node *any, *list, *map;
} config;

static const config untouched = {"untouched", 77, 5, NULL, NULL, NULL};

static size_t read(config *c, sc_faults *f, const char *text)
{
    const sc_yaml_field fields[] = {
        {"name", SC_YAML_F_STRING, 1, &c->name, 0, 0},
        {"port", SC_YAML_F_INT, 0, &c->port, 1, 65535},
        {"is_open", SC_YAML_F_BOOL, 0, &c->is_open, 0, 0},
        {"any", SC_YAML_F_NODE, 0, &c->any, 0, 0},
        {"list", SC_YAML_F_LIST, 0, &c->list, 0, 0},
        {"map", SC_YAML_F_MAP, 0, &c->map, 0, 0},
    };
    sc_yaml *y = NULL;

    *c = untouched;
    CHECK_OK(sc_yaml_load(&y, f, "t.yaml", sc_bytes_of(text)));
    sc_yaml_read(f, "t.yaml", sc_yaml_root(y), fields,
                 sizeof fields / sizeof *fields);
    /* The texts read die with y: compare what c holds here. */
    if (f->n_faults == 0) {
        CHECK(c->name != untouched.name);
        c->name = strcmp(c->name, "alice") == 0 ? "alice" : "other";
    } else if (c->name != untouched.name) {
        c->name = "read";
    }
    sc_yaml_free(&y);
    return f->n_faults;
}

static void test_reads(void **state)
{
    sc_faults f = {0};
    config c;

    (void)state;
    CHECK_U64(read(&c, &f,
                   "name: alice\nport: 65535\nis_open: true\n"
                   "any: x\nlist: [1]\nmap: {a: b}\n"),
              0);
    CHECK_STR(c.name, "alice");
    CHECK_I64(c.port, 65535);
    CHECK_I64(c.is_open, 1);
    CHECK(c.any != NULL && c.list != NULL && c.map != NULL);

    CHECK_U64(read(&c, &f, "name: \"\"\nis_open: false\nport: 1\n"), 0);
    CHECK_STR(c.name, "other");
    CHECK_I64(c.is_open, 0);
    CHECK_I64(c.port, 1);

    CHECK_U64(read(&c, &f, "name: 12\n"), 0); /* a plain number is a text too */
    CHECK_I64(c.port, 77);
    CHECK_I64(c.is_open, 5);
    CHECK(c.any == NULL && c.list == NULL && c.map == NULL);
}

typedef struct {
    const char *text;
    unsigned line, column;
    const char *words, *remedy;
} fault_case;

static const fault_case cases[] = {
    {"name: a\nport: 77\nprot: 1\n", 3, 1, "unknown key 'prot'",
     "did you mean 'port'?"},
    {"name: a\nNAME: b\n", 2, 1, "unknown key 'NAME'",
     "known here: name, port"},
    {"nmae: a\n", 1, 1, "unknown key 'nmae'", "did you mean 'name'?"},
    {"name: a\n<<: {}\n", 2, 1, "unknown key '<<'", "known here: name"},
    {"name: a\n\"\": b\n", 2, 1, "unknown key ''", "known here"},
    {"name: a\nj\xc3\xb6rg: b\n", 2, 1, "unknown key 'j??rg'", ""},
    {"any: 1\n", 1, 1, "the key 'name' is missing", ""},
    {"name: [a]\n", 1, 7, "'name' must be a text", ""},
    {"name: {}\n", 1, 7, "'name' must be a text", ""},
    {"name:\n", 1, 6, "'name' must be a text", ""},
    {"name: a\nport: 0\n", 2, 7, "from 1 to 65535", ""},
    {"name: a\nport: 65536\n", 2, 7, "from 1 to 65535", ""},
    {"name: a\nport: '80'\n", 2, 7, "a whole number", ""},
    {"name: a\nport: 8.0\n", 2, 7, "a whole number", ""},
    {"name: a\nport: [8]\n", 2, 7, "a whole number", ""},
    {"name: a\nport:\n", 2, 6, "a whole number", ""},
    {"name: a\nis_open: yes\n", 2, 10, "true or false", ""},
    {"name: a\nis_open: True\n", 2, 10, "true or false", ""},
    {"name: a\nis_open: 'true'\n", 2, 10, "true or false", ""},
    {"name: a\nis_open: [true]\n", 2, 10, "true or false", ""},
    {"name: a\nlist: {}\n", 2, 7, "'list' must be a list", ""},
    {"name: a\nlist:\n", 2, 6, "'list' must be a list", ""},
    {"name: a\nmap: []\n", 2, 6, "'map' must be a map", ""},
    {"- name\n", 1, 1, "expected a map", ""},
    {"name\n", 1, 1, "expected a map", ""},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sc_faults f = {0};
        config c;

        print_message("case %zu: %s\n", i, cases[i].words);
        CHECK_U64(read(&c, &f, cases[i].text), 1);
        CHECK_U64(f.faults[0].code, SC_E_CONFIG);
        CHECK_STR(f.faults[0].file, "t.yaml");
        CHECK_U64(f.faults[0].line, cases[i].line);
        CHECK_U64(f.faults[0].column, cases[i].column);
        CHECK(strstr(f.faults[0].text, cases[i].words) != NULL);
        CHECK(strstr(f.faults[0].remedy, cases[i].remedy) != NULL);
        CHECK_I64(c.port, 77); /* a value that is wrong is not handed over */
        CHECK_I64(c.is_open, 5);
        CHECK(c.list == NULL && c.map == NULL);
        sc_faults_clear(&f);
    }
}

static void test_all_at_once(void **state)
{
    static const unsigned lines[] = {1, 1, 2, 3, 4};
    sc_faults f = {0};
    config c;

    (void)state;
    CHECK_U64(read(&c, &f, "port: x\nlits: []\nis_open: 1\nmap: 3\n"), 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK_U64(f.faults[i].line, lines[i]);
    }
    sc_faults_clear(&f);
}

/* A key of any length is cut, not compared. */
static void test_long_key(void **state)
{
    char text[400] = "name: a\n";
    sc_faults f = {0};
    config c;

    (void)state;
    memset(text + 8, 'n', 300);
    memcpy(text + 308, ": 1\n", 5);
    CHECK_U64(read(&c, &f, text), 1);
    CHECK(strlen(f.faults[0].text) < 100);
    sc_faults_clear(&f);
}

typedef struct {
    const char *text;
    int ok;
    int64_t value;
} int_case;

static void test_int(void **state)
{
    static const int_case ints[] = {
        {"0", 1, 0},
        {"-1", 1, -1},
        {"9223372036854775807", 1, INT64_MAX},
        {"-9223372036854775808", 1, INT64_MIN},
        {"9223372036854775808", 0, 0},
        {"-9223372036854775809", 0, 0},
        {"99999999999999999999999999", 0, 0},
        {"-0", 0, 0},
        {"00", 0, 0},
        {"01", 0, 0},
        {"-01", 0, 0},
        {"+1", 0, 0},
        {"1_000", 0, 0},
        {"0x10", 0, 0},
        {"1e3", 0, 0},
        {"-", 0, 0},
        {"1 2", 0, 0},
        {"--1", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        const sc_yaml_node node = {.kind = SC_YAML_SCALAR,
                                   .line = 3,
                                   .column = 4,
                                   .text = ints[i].text,
                                   .text_len = strlen(ints[i].text),
                                   .is_plain = 1};
        sc_faults f = {0};
        int64_t v = 77;

        print_message("case %s\n", ints[i].text);
        CHECK_I64(sc_yaml_int(&v, &f, "t", &node, INT64_MIN, INT64_MAX),
                  ints[i].ok);
        CHECK_I64(v, ints[i].ok ? ints[i].value : 77);
        CHECK_U64(f.n_faults, !ints[i].ok);
        sc_faults_clear(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),       cmocka_unit_test(test_faults),
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_long_key),
        cmocka_unit_test(test_int),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
