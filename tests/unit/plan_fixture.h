/* tests/unit/plan_fixture.h: a consortium made by hand, and plans over it.
 *
 *   people  alice, bob, carol; every type, every kind of cuts
 *   pair    alice, bob
 *   solo    alice
 *   dave    is a party without data */
#ifndef SC_TESTS_PLAN_FIXTURE_H
#define SC_TESTS_PLAN_FIXTURE_H

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "job/plan/plan.h"

enum {
    REGION,
    KIND,
    MEMBER,
    AGE,
    SCORE,
    INCOME,
    DEBT,
    BORN,
    SEEN,
    HUGE,
    FLOOR,
    N_COLUMNS
};

#define DAY_US INT64_C(86400000000)

typedef struct {
    sc_consortium c;
    sc_party parties[4];
    sc_table tables[3];
    sc_column people[N_COLUMNS];
    sc_column pair[1], solo[1];
} fixture;

static char *region_names[] = {"north", "south", "east", "west"};
static char *kind_names[] = {"x", "it's"};
static int64_t age_points[] = {18, 30, 45, 60, 75};

static inline sc_column fixture_column(const char *name, sc_type type,
                                       int64_t min, int64_t max,
                                       sc_cuts_kind cuts)
{
    sc_column c = {.type = type, .min = min, .max = max, .cuts.kind = cuts};

    strcpy(c.name, name);
    return c;
}

static inline void fixture_table(sc_table *t, const char *name,
                                 sc_column *columns, size_t n_columns,
                                 uint32_t owners)
{
    *t = (sc_table){.columns = columns,
                    .n_columns = n_columns,
                    .max_rows = 1000,
                    .owners = owners,
                    .is_stacked = 1};
    strcpy(t->name, name);
}

static inline void fixture_people(sc_column *c)
{
    c[REGION] = fixture_column("region", SC_T_CATEGORY, 0, 3, SC_CUTS_NONE);
    c[REGION].categories = region_names;
    c[REGION].n_categories = 4;
    c[KIND] = fixture_column("kind", SC_T_CATEGORY, 0, 1, SC_CUTS_NONE);
    c[KIND].categories = kind_names;
    c[KIND].n_categories = 2;
    c[KIND].is_required = 1;
    c[MEMBER] = fixture_column("member", SC_T_BOOLEAN, 0, 1, SC_CUTS_NONE);
    c[AGE] = fixture_column("age", SC_T_INTEGER, 0, 120, SC_CUTS_LIST);
    c[AGE].cuts.points = age_points;
    c[AGE].cuts.n_points = 5;
    c[SCORE] = fixture_column("score", SC_T_INTEGER, -50, 50, SC_CUTS_EVERY);
    c[SCORE].cuts.step = 5;
    c[INCOME] =
        fixture_column("income", SC_T_DECIMAL, 0, 1000000000, SC_CUTS_NONE);
    c[INCOME].scale = 2;
    c[DEBT] = fixture_column("debt", SC_T_DECIMAL, -10000, 10000, SC_CUTS_ANY);
    c[DEBT].scale = 1;
    c[BORN] = fixture_column("born", SC_T_DATE, sc_date_days(1930, 1, 1),
                             sc_date_days(2010, 12, 31), SC_CUTS_YEAR);
    c[SEEN] =
        fixture_column("seen", SC_T_TIMESTAMP,
                       sc_date_days(2020, 1, 1) * DAY_US,
                       sc_date_days(2022, 1, 1) * DAY_US - 1, SC_CUTS_MONTH);
    c[HUGE] =
        fixture_column("huge", SC_T_INTEGER, -INT64_C(1000000000000000000),
                       INT64_C(1000000000000000000), SC_CUTS_NONE);
    c[FLOOR] = fixture_column("floor", SC_T_INTEGER, 1, 5, SC_CUTS_ANY);
    c[FLOOR].is_required = 1;
}

/* f must stay where it is. */
static inline void fixture_init(fixture *f)
{
    static const char *const names[] = {"alice", "bob", "carol", "dave"};

    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < 4; i++) {
        strcpy(f->parties[i].name, names[i]);
        strcpy(f->parties[i].did, "did:key:z6Mk");
        strcat(f->parties[i].did, names[i]);
    }
    fixture_people(f->people);
    f->pair[0] = fixture_column("n", SC_T_INTEGER, 0, 9, SC_CUTS_ANY);
    f->solo[0] = f->pair[0];
    fixture_table(&f->tables[0], "people", f->people, N_COLUMNS, 7);
    fixture_table(&f->tables[1], "pair", f->pair, 1, 3);
    fixture_table(&f->tables[2], "solo", f->solo, 1, 1);
    strcpy(f->c.name, "test");
    f->c.parties = f->parties;
    f->c.n_parties = 4;
    f->c.tables = f->tables;
    f->c.n_tables = 3;
    f->c.rules.min_group = 10;
    f->c.rules.max_cells = SC_MAX_CELLS;
    memset(f->c.digest, 0xC5, sizeof f->c.digest);
}

/* Alice and carol post and leave; bob and dave hold shares of a key. */
static inline void fixture_posting(fixture *f)
{
    f->parties[0].is_offline = f->parties[2].is_offline = 1;
    f->c.sumkey = (sc_sumkey_terms){.is_there = 1,
                                    .bits = 3072,
                                    .needed = 2,
                                    .holders = {1, 3},
                                    .n_holders = 2,
                                    .dealer = "the ministry"};
}

/* Bob asks, for himself. */
static inline sc_err fixture_plan(sc_plan **p, const fixture *f,
                                  const char *sql, sc_fault *why)
{
    size_t len = strlen(sql);
    char *copy = sc_alloc(len + 1, 1);
    sc_job job = {.asker = 1, .results = 2, .time = 1000, .not_after = 2000};
    sc_err err;

    if (copy == NULL) {
        return SC_E_MEM;
    }
    memcpy(copy, sql, len);
    job.sql = copy;
    err = sc_plan_make(p, &job, &f->c, why);
    sc_free(copy);
    return err;
}

#endif
