/* tests/fuzz/fuzz_sql.c: any bytes as the SQL of a job, planned over every type
 * of column.
 *
 * Refused in words or planned; a plan keeps its own laws (indices in range,
 * bounds below 2^126, a fragment that becomes a SELECT) and is the same again.
 * Seeds: tests/fuzz/corpus/sql. */
#include <stdlib.h>

#include "tests/unit/plan_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_finish(const sc_finish *f, const sc_plan *p)
{
    SC_ASSERT(f->kind != SC_F_OPENED || f->index < p->n_opened);
    SC_ASSERT(f->kind != SC_F_KEY || f->index < p->n_keys);
    for (size_t i = 0; i < f->n_args; i++) {
        check_finish(f->args[i], p);
    }
}

static void check_plan(const sc_plan *p)
{
    sc_buf sql = {0};

    SC_ASSERT(p->n_supports > 0 && p->n_opened >= p->n_supports);
    SC_ASSERT(p->n_cells == sc_fragment_cells(&p->fragment));
    SC_ASSERT(sc_plan_vector_len(p) <= SC_MAX_VECTOR);
    for (size_t i = 0; i < p->n_opened; i++) {
        const sc_opened *o = &p->opened[i];

        SC_ASSERT(o->bits <= 126 && o->support < p->n_supports);
        SC_ASSERT(i >= p->n_supports || o->support == i);
        for (size_t j = 0; j < o->n_terms; j++) {
            SC_ASSERT(o->terms[j] < p->n_sums && o->coefs[j] != 0);
        }
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        check_finish(p->outputs[i].value, p);
    }
    SC_ASSERT(sc_fragment_sql(&sql, &p->fragment) == SC_OK);
    sc_buf_clear(&sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fixture f;
    sc_plan *p = NULL, *again = NULL;
    char *sql = malloc(size + 1);
    sc_fault why;
    sc_err err;

    if (sql == NULL) {
        return 0;
    }
    fixture_init(&f);
    memcpy(sql, data, size);
    sql[size] = '\0';
    err = fixture_plan(&p, &f, sql, &why);
    SC_ASSERT((err == SC_OK) == (p != NULL));
    if (err == SC_OK) {
        check_plan(p);
        SC_ASSERT(fixture_plan(&again, &f, sql, &why) == SC_OK);
        SC_ASSERT(memcmp(p->digest, again->digest, 32) == 0);
    } else {
        SC_ASSERT(err == SC_E_CONFIG || err == SC_E_REFUSED);
        SC_ASSERT(why.text[0] != '\0');
    }
    sc_plan_free(&p);
    sc_plan_free(&again);
    free(sql);
    return 0;
}
