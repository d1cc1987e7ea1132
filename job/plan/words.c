/* job/plan/words.c: sentences that every party computes alike. They are part of the
 * plan's bytes and of the receipt. */
#include "job/plan/words.h"

#include <string.h>

#include "base/mem.h"
#include "job/plan/pred.h"
#include "job/plan/ranges.h"

#define MAX_POINTS 6 /* cuts of a key that are spelt out */

/* ---- parts of sentences --------------------------------------------- */

/* ", " or " and " before item i of n. */
static const char *glue(size_t i, size_t n)
{
    return i == 0 ? "" : i + 1 == n ? " and " : ", ";
}

sc_err sc_words_parties(sc_buf *out, const sc_consortium *c, uint32_t mask)
{
    size_t n = (size_t)__builtin_popcount(mask), i = 0;
    sc_err err = SC_E_BUG;

    for (size_t p = 0; p < c->n_parties; p++) {
        if ((mask >> p & 1) != 0) {
            SC_TRY(
                sc_buf_printf(out, "%s%s", glue(i++, n), c->parties[p].name));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* Is each value of the column a group of its own? */
static int is_bare(const sc_key *k, const sc_column *c)
{
    if ((sc_i128)k->n_breaks != (sc_i128)c->max - c->min ||
        k->n_labels != k->n_breaks + 1) {
        return 0;
    }
    for (size_t i = 0; i <= k->n_breaks; i++) {
        if (k->outcome[i] != i) {
            return 0;
        }
    }
    return c->type != SC_T_CATEGORY ||
           strcmp(k->labels[0], c->categories[0]) == 0;
}

sc_err sc_words_key(sc_buf *out, const sc_plan *p, size_t key)
{
    const sc_key *k = &p->keys[key];
    const sc_column *c = &p->table->columns[k->column];
    char point[64];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, c->name));
    if (is_bare(k, c)) {
        return SC_OK;
    }
    if (c->type == SC_T_CATEGORY || c->type == SC_T_BOOLEAN) {
        return sc_buf_printf(out, " in %zu parts", sc_key_values(k));
    }
    SC_TRY(sc_buf_put_str(out, k->n_breaks == 0 ? " uncut" : " cut at "));
    for (size_t i = 0; i < k->n_breaks; i++) {
        if (i + 1 == MAX_POINTS && k->n_breaks > MAX_POINTS) {
            return sc_buf_printf(out, " and %zu more points", k->n_breaks - i);
        }
        sc_column_print(point, sizeof point, c, k->breaks[i]);
        SC_TRY(sc_buf_printf(out, "%s%s", i == 0 ? "" : ", ", point));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_words_groups(sc_buf *out, const sc_plan *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, p->n_keys == 0 ? "in all" : "per "));
    for (size_t i = 0; i < p->n_keys; i++) {
        const sc_key *k = &p->keys[i];
        const sc_column *c = &p->table->columns[k->column];

        SC_TRY(sc_buf_printf(out, "%s%s", glue(i, p->n_keys), c->name));
        if (!is_bare(k, c)) {
            SC_TRY(sc_buf_printf(out, " in %zu parts", sc_key_values(k)));
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_words_support(sc_buf *out, const sc_plan *p, size_t support)
{
    const sc_support *s = &p->supports[support];
    size_t n = (size_t)__builtin_popcountll(s->need), i = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, n == 0 ? "" : " with "));
    for (size_t c = 0; c < p->table->n_columns; c++) {
        if ((s->need >> c & 1) != 0) {
            SC_TRY(sc_buf_printf(out, "%s%s", glue(i++, n),
                                 p->table->columns[c].name));
        }
    }
    if (s->filter != NULL) {
        SC_TRY(sc_buf_put_str(out, " where "));
        SC_TRY(sc_pred_words(out, s->filter, p->table));
    }
    err = SC_OK;
out:
    return err;
}

static unsigned scale_of(const sc_plan *p, size_t column)
{
    return column == SC_NO_COLUMN ||
                   p->table->columns[column].type != SC_T_DECIMAL
               ? 0
               : p->table->columns[column].scale;
}

/* A factor as a person writes it: "2", "0.5"; nothing for 1. */
static sc_err put_factor(sc_buf *out, sc_i128 v, unsigned scale)
{
    char text[SC_I128_TEXT_LEN];

    for (; scale > 0 && v % 10 == 0; scale--) {
        v /= 10;
    }
    if (v == 1 && scale == 0) {
        return SC_OK;
    }
    sc_i128_print(text, v, scale);
    return sc_buf_printf(out, "%s * ", text);
}

sc_err sc_words_sum(sc_buf *out, const sc_plan *p, const sc_opened *o)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, "sum of "));
    for (size_t i = 0; i < o->n_terms; i++) {
        const sc_local_sum *s = &p->sums[o->terms[i]];
        sc_i128 v = o->coefs[i];

        SC_TRY(sc_buf_put_str(out, i == 0 ? "" : v < 0 ? " - " : " + "));
        SC_TRY(put_factor(out, v < 0 ? -v : v,
                          o->scale - scale_of(p, s->a) - scale_of(p, s->b)));
        SC_TRY(sc_buf_put_str(out, p->table->columns[s->a].name));
        if (s->b != SC_NO_COLUMN) {
            SC_TRY(sc_buf_printf(out, " * %s", p->table->columns[s->b].name));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- opened --------------------------------------------------------- */

/* The text of b as a string of its own; b is empty again. */
static sc_err take_text(char **out, sc_buf *b)
{
    sc_err err = sc_buf_terminate(b);

    if (err == SC_OK) {
        *out = sc_strdup((const char *)b->p);
        err = *out == NULL ? SC_E_MEM : SC_OK;
    }
    sc_buf_reset(b);
    return err;
}

static sc_err name_opened(sc_plan *p, sc_buf *b)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < p->n_opened; i++) {
        sc_opened *o = &p->opened[i];

        if (i < p->n_supports) {
            SC_TRY(sc_buf_put_str(b, "number of rows"));
        } else {
            SC_TRY(sc_words_sum(b, p, o));
            SC_TRY(sc_buf_put_str(b, " over rows"));
        }
        SC_TRY(sc_words_support(b, p, o->support));
        SC_TRY(take_text(&o->words, b));
    }
    err = SC_OK;
out:
    return err;
}

/* "to bob, per sex, of the rows with x: their number; sum of x" */
static sc_err put_reveal(sc_buf *b, const sc_planner *pl, size_t support)
{
    const sc_plan *p = pl->plan;
    uint64_t k = p->supports[support].threshold;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(b, "to "));
    SC_TRY(sc_words_parties(b, pl->consortium, p->results));
    SC_TRY(sc_buf_put_str(b, ", "));
    SC_TRY(sc_words_groups(b, p));
    SC_TRY(sc_buf_put_str(b, p->where == NULL
                                 ? ", of the rows"
                                 : ", of the rows that pass WHERE"));
    SC_TRY(sc_words_support(b, p, support));
    SC_TRY(sc_buf_put_str(b, ": their number"));
    for (size_t i = p->n_supports; i < p->n_opened; i++) {
        if (p->opened[i].support == support) {
            SC_TRY(sc_buf_put_str(b, "; "));
            SC_TRY(sc_words_sum(b, p, &p->opened[i]));
        }
    }
    if (k > 1) {
        SC_TRY(sc_buf_printf(b, " (noise where an owner has 1 to %llu)",
                             (unsigned long long)k - 1));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err make_reveals(sc_planner *pl, sc_buf *b)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    p->reveals = sc_alloc(p->n_supports, sizeof *p->reveals);
    SC_REQUIRE(p->reveals != NULL, SC_E_MEM);
    for (; p->n_reveals < p->n_supports; p->n_reveals++) {
        SC_TRY(put_reveal(b, pl, p->n_reveals));
        SC_TRY(take_text(&p->reveals[p->n_reveals], b));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- leaks ---------------------------------------------------------- */

#define MAX_LEAKS (15 + SC_MAX_COLUMNS)

static sc_err end_leak(sc_plan *p, sc_buf *b)
{
    sc_err err = take_text(&p->leaks[p->n_leaks], b);

    p->n_leaks += err == SC_OK;
    return err;
}

static sc_err say(sc_plan *p, sc_buf *b, const char *words)
{
    sc_err err = sc_buf_put_str(b, words);

    return err == SC_OK ? end_leak(p, b) : err;
}

static sc_err say_parties(sc_planner *pl, sc_buf *b, const sc_job *job)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(b, "who takes part: %s asks, ",
                         pl->consortium->parties[job->asker].name));
    SC_TRY(sc_words_parties(b, pl->consortium, p->owners));
    SC_TRY(sc_buf_put_str(b, " compute, "));
    SC_TRY(sc_words_parties(b, pl->consortium, p->results));
    SC_TRY(sc_buf_put_str(b, " gets the result"));
    SC_TRY(sc_buf_put_str(b, "; and the text of the query"));
    SC_TRY(end_leak(p, b));
    err = SC_OK;
out:
    return err;
}

/* Whom a sum of ciphertexts takes on trust, and with what. */
static sc_err say_key(sc_planner *pl, sc_buf *b)
{
    const sc_sumkey_terms *key = &pl->consortium->sumkey;
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    if (p->protocol != SC_PLAN_CIPHERTEXT_SUM) {
        return SC_OK;
    }
    SC_TRY(sc_buf_printf(b, "any %zu of ", key->needed));
    SC_TRY(sc_words_parties(b, pl->consortium, p->holders));
    SC_TRY(sc_buf_put_str(
        b, " hold the key and take part: as many together, if all of them run "
           "another program, could read each owner's figures"));
    SC_TRY(end_leak(p, b));
    SC_TRY(sc_buf_printf(b,
                         "so could %s, who made the key, if it kept the "
                         "shares; now or later, from any export of the result, "
                         "which holds every owner's ciphertexts",
                         key->dealer));
    SC_TRY(end_leak(p, b));
    SC_TRY(say(p, b, sc_ranges_words_of(p)->leak));
    err = SC_OK;
out:
    return err;
}

/* Who is not there when the sum is opened, and what that takes on trust. */
static sc_err say_posting(sc_planner *pl, sc_buf *b, size_t asker)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    if (p->posting == 0) {
        return SC_OK;
    }
    SC_TRY(sc_words_parties(b, pl->consortium, p->posting));
    SC_TRY(
        sc_buf_printf(b,
                      " post%s ciphertexts beforehand and leave%s: that "
                      "nothing is opened without the receipt, and the sum "
                      "of all alone, they take on the word of the key's "
                      "holders",
                      __builtin_popcount(p->posting) == 1 ? "s its" : " their",
                      __builtin_popcount(p->posting) == 1 ? "s" : ""));
    SC_TRY(end_leak(p, b));
    SC_TRY(sc_buf_printf(b,
                         "when each of them posted, to the second; %s, who "
                         "asks, and who adds up keep each post, closed, until "
                         "keep_days after the call's time",
                         pl->consortium->parties[asker].name));
    SC_TRY(end_leak(p, b));
    err = SC_OK;
out:
    return err;
}

static sc_err say_auditors(sc_planner *pl, sc_buf *b, const sc_job *job)
{
    sc_err err = SC_E_BUG;

    if (job->auditors == 0) {
        return SC_OK;
    }
    SC_TRY(sc_buf_put_str(b, "who audits: "));
    SC_TRY(sc_words_parties(b, pl->consortium, job->auditors));
    SC_TRY(sc_buf_put_str(b, " will see the text of the query and the receipt, "
                             "and neither a share nor the result"));
    SC_TRY(end_leak(pl->plan, b));
    err = SC_OK;
out:
    return err;
}

static sc_err say_groups(sc_plan *p, sc_buf *b)
{
    sc_err err = SC_E_BUG;

    if (p->n_keys == 0) {
        return SC_OK;
    }
    SC_TRY(
        sc_buf_printf(b, "the list of all %zu possible groups (", p->n_cells));
    for (size_t i = 0; i < p->n_keys; i++) {
        SC_TRY(sc_buf_put_str(b, i == 0 ? "" : "; "));
        SC_TRY(sc_words_key(b, p, i));
    }
    SC_TRY(sc_buf_put_str(b, ") is public; which of them have rows is opened"));
    SC_TRY(end_leak(p, b));
    err = SC_OK;
out:
    return err;
}

static sc_err say_single_owners(sc_plan *p, sc_buf *b)
{
    int n = __builtin_popcount(p->owners);
    sc_err err = SC_E_BUG;

    SC_TRY(
        say(p, b,
            "a group whose rows lie at one owner is that owner's own figure; "
            "where they lie at two, each of the two can subtract its own"));
    if (n < 3) {
        SC_TRY(say(p, b,
                   "the table has two owners: an owner who gets the result "
                   "learns the other's figures exactly (two_party_exact)"));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err say_suppression(sc_planner *pl, sc_buf *b)
{
    return pl->consortium->rules.min_group <= 1
               ? say(pl->plan, b,
                     "min_group is 1: nothing is suppressed, so a group may be "
                     "the figure of a single row")
               : say(pl->plan, b,
                     "which cells are suppressed: that some owner has too few "
                     "rows there, or too few that another cell of this query "
                     "lacks, but neither whose nor how many");
}

static sc_err say_cuts(sc_plan *p, sc_buf *b)
{
    sc_err err = SC_E_BUG;

    for (size_t c = 0; c < p->table->n_columns; c++) {
        const sc_column *col = &p->table->columns[c];
        int is_ranged = col->type != SC_T_CATEGORY && col->type != SC_T_BOOLEAN;

        if (is_ranged && col->cuts.kind == SC_CUTS_ANY &&
            (p->uses[c] & (SC_USE_FILTER | SC_USE_GROUP)) != 0) {
            SC_TRY(sc_buf_printf(b,
                                 "%s has cuts: any, so a series of queries may "
                                 "single out any of its values",
                                 col->name));
            SC_TRY(end_leak(p, b));
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err make_leaks(sc_planner *pl, const sc_job *job, sc_buf *b)
{
    sc_plan *p = pl->plan;
    sc_err err = SC_E_BUG;

    p->leaks = sc_alloc(MAX_LEAKS, sizeof *p->leaks);
    SC_REQUIRE(p->leaks != NULL, SC_E_MEM);
    SC_TRY(say_parties(pl, b, job));
    SC_TRY(say_key(pl, b));
    SC_TRY(say_posting(pl, b, job->asker));
    SC_TRY(say_auditors(pl, b, job));
    SC_TRY(say_groups(p, b));
    SC_TRY(say(p, b,
               "whether each party consented or refused, by its rules, its "
               "limits and its history; and whether each owner's data as a "
               "whole, whatever is asked, keeps the declared schema"));
    SC_TRY(say(p, b,
               "roughly how long each owner's own engine took: it answers on "
               "ticks of 20 ms * 1.5^j"));
    SC_TRY(say_single_owners(p, b));
    SC_TRY(say_suppression(pl, b));
    if (p->having != NULL || p->limit >= 0 || p->offset > 0) {
        SC_TRY(say(p, b,
                   "HAVING, LIMIT and OFFSET only shape what is printed: all "
                   "groups are opened"));
    }
    SC_TRY(say_cuts(p, b));
    err = SC_OK;
out:
    return err;
}

sc_err sc_words_make(sc_planner *pl, const sc_job *job)
{
    sc_buf b = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(name_opened(pl->plan, &b));
    SC_TRY(make_reveals(pl, &b));
    SC_TRY(make_leaks(pl, job, &b));
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return err;
}
