/* tests/unit/test_advice.c: what is lawful and will disappoint. */
#include <string.h>

#include "tests/kat.h"

#include "job/conf/advice.h"

static sc_column columns[4];
static sc_table table;
static sc_party parties[3];
static sc_consortium c;
static char said[2048];

/* A table of three owners on which everything can be asked. */
static void good(void)
{
    columns[0] = (sc_column){.name = "age",
                             .type = SC_T_INTEGER,
                             .max = 120,
                             .cuts = {.kind = SC_CUTS_EVERY, .step = 10}};
    columns[1] = (sc_column){.name = "born",
                             .type = SC_T_DATE,
                             .cuts = {.kind = SC_CUTS_YEAR}};
    columns[2] = (sc_column){.name = "sex", .type = SC_T_CATEGORY, .max = 1};
    columns[3] = (sc_column){.name = "wage",
                             .type = SC_T_DECIMAL,
                             .scale = 2,
                             .max = 2000000,
                             .cuts = {.kind = SC_CUTS_ANY}};
    table = (sc_table){.name = "wages",
                       .columns = columns,
                       .n_columns = 4,
                       .max_rows = 1000,
                       .owners = 7,
                       .is_stacked = 1};
    parties[0] = (sc_party){.name = "alice", .address = "tcp://127.0.0.1:1"};
    parties[1] = (sc_party){.name = "bob", .address = "tcp://127.0.0.1:2"};
    parties[2] = (sc_party){.name = "carol", .address = "tcp://[::1]:3"};
    c = (sc_consortium){.parties = parties,
                        .n_parties = 3,
                        .tables = &table,
                        .n_tables = 1,
                        .rules = {.min_group = 10}};
}

static void say(void *ctx, const char *text)
{
    (*(size_t *)ctx)++;
    (void)strncat(said, text, sizeof said - strlen(said) - 2);
    (void)strcat(said, "\n");
}

/* How many warnings there are, and whether each has these words. */
static void expect(size_t n_expected, const char *words)
{
    size_t n = 0;

    said[0] = '\0';
    CHECK_OK(sc_advice_give(&c, say, &n));
    if (n != n_expected || strstr(said, words) == NULL) {
        print_error("expected %zu with \"%s\", got:\n%s", n_expected, words,
                    said);
    }
    CHECK_U64(n, n_expected);
    CHECK(strstr(said, words) != NULL);
    good();
}

static void test_owners(void **state)
{
    (void)state;
    good();
    expect(0, "");
    table.owners = 3;
    expect(1, "table wages: no query runs on it, for it has two owners");
    table.owners = 3;
    c.rules.two_party_exact = 1;
    expect(0, "");
    table.owners = 1;
    table.is_stacked = 0;
    expect(1, "for it has one owner");
    table.max_rows = 9;
    expect(1, "at most 9 rows (max_rows) and figures need 10 (min_group)");
    table.max_rows = 10;
    expect(0, "");
}

static void test_columns(void **state)
{
    (void)state;
    good();
    columns[0].cuts.kind = SC_CUTS_NONE;
    columns[3].cuts.kind = SC_CUTS_NONE;
    expect(1, "table wages: no cuts of age, wage: they can be aggregated");
    columns[1].cuts.kind = SC_CUTS_NONE;
    expect(1, "table wages: no cuts of born: it can be tested for NULL");
    columns[3].min = -((int64_t)1 << 57); /* 2^114 * 3000 < 2^126 */
    expect(0, "");
    columns[3].min = -((int64_t)1 << 58);
    expect(1, "table wages: bounds of wage: it can overflow a sum of squares");
}

static void test_addresses(void **state)
{
    (void)state;
    good();
    strcpy(parties[1].address, "tcp://bob.example:7400");
    expect(2, "alice: no peer on another machine reaches tcp://127.0.0.1:1");
    strcpy(parties[0].address, "tcp://0.0.0.0:7400");
    expect(3, "alice: no peer on another machine reaches tcp://0.0.0.0:7400");
    for (size_t i = 0; i < 3; i++) {
        strcpy(parties[i].address, "tcp://h.example:7400");
    }
    expect(0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
