/* job/conf/advice.c: one rule a function; each looks at one table, or at all
 * addresses. */
#include "job/conf/advice.h"

#include <string.h>

#include "base/bytes.h"

#define SUM_BITS 126 /* of a total over all owners: job/plan/collect.c */

typedef struct {
    const sc_consortium *c;
    sc_advice_say say;
    void *ctx;
    sc_buf text; /* the sentence in the making */
} adviser;

static sc_err tell(adviser *a)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_terminate(&a->text));
    a->say(a->ctx, (const char *)a->text.p);
    sc_buf_reset(&a->text);
    err = SC_OK;
out:
    return err;
}

/* ---- tables that no query can read ------------------------------------- */

static sc_err check_owners(adviser *a, const sc_table *t)
{
    sc_err err = SC_E_BUG;
    int n = __builtin_popcount(t->owners);

    if (!t->is_stacked) {
        SC_TRY(sc_buf_printf(&a->text,
                             "table %s: no query runs on it, for it has one "
                             "owner; write stacked: and at least three",
                             t->name));
        SC_TRY(tell(a));
    } else if (n < 3 && !a->c->rules.two_party_exact) {
        SC_TRY(sc_buf_printf(&a->text,
                             "table %s: no query runs on it, for it has two "
                             "owners, and each could subtract its own figures; "
                             "add a third, or write two_party_exact: true "
                             "below rules: if that may be",
                             t->name));
        SC_TRY(tell(a));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_rows(adviser *a, const sc_table *t)
{
    sc_err err = SC_E_BUG;

    if (t->max_rows < a->c->rules.min_group) {
        SC_TRY(sc_buf_printf(&a->text,
                             "table %s: every figure is suppressed, for an "
                             "owner has at most %llu rows (max_rows) and "
                             "figures need %llu (min_group)",
                             t->name, (unsigned long long)t->max_rows,
                             (unsigned long long)a->c->rules.min_group));
        SC_TRY(tell(a));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- columns ------------------------------------------------------------ */

typedef int (*column_rule)(const sc_table *t, const sc_column *c);

static int is_number(const sc_column *c)
{
    return c->type == SC_T_INTEGER || c->type == SC_T_DECIMAL;
}

static int is_number_uncut(const sc_table *t, const sc_column *c)
{
    (void)t;
    return is_number(c) && c->cuts.kind == SC_CUTS_NONE;
}

static int is_date_uncut(const sc_table *t, const sc_column *c)
{
    (void)t;
    return (c->type == SC_T_DATE || c->type == SC_T_TIMESTAMP) &&
           c->cuts.kind == SC_CUTS_NONE;
}

/* The sum of its squares over all rows of all owners. Bounds fit 60 bits, so
 * their product with rows and owners may not fit 128. */
static int is_square_too_large(const sc_table *t, const sc_column *c)
{
    sc_i128 low = c->min < 0 ? -(sc_i128)c->min : c->min;
    sc_i128 high = c->max < 0 ? -(sc_i128)c->max : c->max;
    sc_i128 most = low > high ? low : high;
    sc_i128 rows =
        (sc_i128)t->max_rows * (sc_i128)__builtin_popcount(t->owners);
    sc_i128 total;

    return is_number(c) && (sc_i128_mul(&total, most * most, rows) ||
                            sc_i128_bits(total) > SUM_BITS);
}

/* "table t: no cuts of a, b, c: they can ...", if the rule holds for any. */
static sc_err check_columns(adviser *a, const sc_table *t, column_rule rule,
                            const char *what, const char *words)
{
    sc_err err = SC_E_BUG;
    size_t n = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (rule(t, &t->columns[i])) {
            if (n++ == 0) {
                SC_TRY(
                    sc_buf_printf(&a->text, "table %s: %s of ", t->name, what));
            } else {
                SC_TRY(sc_buf_put_str(&a->text, ", "));
            }
            SC_TRY(sc_buf_put_str(&a->text, t->columns[i].name));
        }
    }
    if (n > 0) {
        SC_TRY(sc_buf_printf(&a->text, ": %s can %s", n > 1 ? "they" : "it",
                             words));
        SC_TRY(tell(a));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- addresses ---------------------------------------------------------- */

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static int is_everywhere(const char *address)
{
    return starts_with(address, "tcp://0.0.0.0:") ||
           starts_with(address, "tcp://[::]:");
}

static int is_loopback(const char *address)
{
    return starts_with(address, "tcp://127.") ||
           starts_with(address, "tcp://localhost:") ||
           starts_with(address, "tcp://[::1]:");
}

static sc_err check_addresses(adviser *a)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = a->c;
    size_t n_loopback = 0;

    for (size_t i = 0; i < c->n_parties; i++) {
        n_loopback += is_loopback(c->parties[i].address) != 0;
    }
    for (size_t i = 0; i < c->n_parties; i++) {
        const sc_party *p = &c->parties[i];

        if (is_everywhere(p->address) ||
            (is_loopback(p->address) && n_loopback < c->n_parties)) {
            SC_TRY(sc_buf_printf(&a->text,
                                 "%s: no peer on another machine reaches %s; "
                                 "an address is where others find this party",
                                 p->name, p->address));
            SC_TRY(tell(a));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the whole ---------------------------------------------------------- */

static sc_err check_table(adviser *a, const sc_table *t)
{
    sc_err err = SC_E_BUG;

    SC_TRY(check_owners(a, t));
    SC_TRY(check_rows(a, t));
    SC_TRY(check_columns(a, t, is_number_uncut, "no cuts",
                         "be aggregated and tested for NULL, but neither "
                         "filtered nor grouped by"));
    SC_TRY(check_columns(a, t, is_date_uncut, "no cuts",
                         "be tested for NULL and nothing else"));
    SC_TRY(check_columns(a, t, is_square_too_large, "bounds",
                         "overflow a sum of squares, so VAR, STDDEV, CORR and "
                         "products are refused; narrow min and max, the scale "
                         "or max_rows"));
    err = SC_OK;
out:
    return err;
}

sc_err sc_advice_give(const sc_consortium *c, sc_advice_say say, void *ctx)
{
    adviser a = {.c = c, .say = say, .ctx = ctx};
    sc_err err = SC_E_BUG;

    SC_TRY(check_addresses(&a));
    for (size_t i = 0; i < c->n_tables; i++) {
        SC_TRY(check_table(&a, &c->tables[i]));
    }
    err = SC_OK;
out:
    sc_buf_clear(&a.text);
    return err;
}
