/* data/report.c: see the header. */
#include "data/report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX                                                              \
    40 /* bytes of a value that are shown; each takes up to four */
static_assert(SHOWN_MAX < SC_BAD_VALUE_LEN, "that there are more must show");

/* A text that grows up to its capacity. */
typedef struct {
    char *p;
    size_t len, at;
} text;

__attribute__((format(printf, 2, 3))) static void add(text *t,
                                                      const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->p + t->at, t->len - t->at, format, args);
    va_end(args);
    if (n > 0) {
        t->at = (size_t)n < t->len - t->at ? t->at + (size_t)n : t->len - 1;
    }
}

static text begin(char *out, size_t len)
{
    out[0] = '\0';
    return (text){out, len, 0};
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- the whole -------------------------------------------------------- */

static const char *consequence(const sc_source *s, const sc_asset *a)
{
    static const char *const words[][2] = {
        [SC_BAD_REJECT] = {"not used (bad_values: reject)", ""},
        [SC_BAD_SKIP] = {"not used", "their rows are left out "
                                     "(bad_values: skip)"},
        [SC_BAD_CLAMP] = {"not used (bad_values: clamp mends what is beyond a "
                          "bound, nothing else)",
                          "each counts as the bound (bad_values: clamp)"},
    };

    return words[s->bad_values][a->is_usable != 0];
}

void sc_report_print(char *out, size_t len, const sc_source *s,
                     const sc_asset *a)
{
    const sc_asset_report *r = &a->report;
    text t = begin(out, len);

    add(&t, "%" PRIu64 " row%s, ", r->n_rows, plural(r->n_rows));
    if (r->n_rows > s->table->max_rows) {
        add(&t, "more than max_rows %" PRIu64 ": not used; ",
            s->table->max_rows);
    }
    add(&t, "%" PRIu64 " value%s outside the schema", r->n_violations,
        plural(r->n_violations));
    if (r->n_violations > 0 && r->n_rows <= s->table->max_rows) {
        add(&t, ": %s", consequence(s, a));
    }
}

/* ---- one column ------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void add_place(text *t, const sc_source *s, const sc_bad_place *p)
{
    if (s->sql != NULL) {
        add(t, "row %" PRIu64 " of the SELECT: ", p->row);
    } else if (p->file >= s->n_files) {
        add(t, "row %" PRIu64 ": ", p->row);
    } else if (p->line == 0) {
        add(t, "%s: row %" PRIu64 ": ", base_name(s->files[p->file]), p->row);
    } else {
        add(t, "%s: data row %" PRIu64 " (line %" PRIu64 "): ",
            base_name(s->files[p->file]), p->row, p->line);
    }
}

static void add_value(text *t, const sc_bad_place *p)
{
    size_t n = p->n_value < SHOWN_MAX ? p->n_value : SHOWN_MAX;

    add(t, "'");
    for (size_t i = 0; i < n; i++) {
        uint8_t c = p->value[i];
        int is_plain = c >= 0x20 && c < 0x7f && c != '\\' && c != '\'';

        add(t, is_plain ? "%c" : "\\x%02x", c);
    }
    add(t, "'%s", p->n_value > n ? "..." : "");
}

static void add_state(text *t, const sc_column *c, sc_cell_state state)
{
    char low[64], high[64];

    switch (state) {
    case SC_CELL_NULL:
        add(t, "is missing");
        break;
    case SC_CELL_RANGE:
        sc_column_print(low, sizeof low, c, c->min);
        sc_column_print(high, sizeof high, c, c->max);
        add(t, "is outside %s..%s", low, high);
        break;
    case SC_CELL_DIGITS:
        if (c->type == SC_T_DECIMAL) {
            add(t, "has more than %u digit%s behind the point", c->scale,
                plural(c->scale));
        } else {
            add(t, "has %s",
                c->type == SC_T_INTEGER ? "digits behind the point"
                : c->type == SC_T_DATE  ? "a time of day"
                                        : "parts of a microsecond");
        }
        break;
    case SC_CELL_CATEGORY:
        add(t, "is no declared category");
        break;
    case SC_CELL_UNREADABLE:
    case SC_CELL_FINE:
    case SC_N_CELL_STATES:
    default:
        add(t, "is unreadable");
    }
}

/* "1 such value in 90 rows", or of which kinds how many. */
static void add_counts(text *t, const sc_asset_report *r, size_t i)
{
    const struct {
        uint64_t n;
        const char *words;
    } faults[] = {
        {r->n_unreadable[i], "unreadable"},
        {r->n_range[i], "out of range"},
        {r->n_digits[i], "with too many digits"},
        {r->n_category[i], "of no declared category"},
        {r->n_missing[i], "missing"},
    };
    uint64_t n = sc_asset_n_bad(r, i);
    const char *glue = "";

    for (size_t j = 0; j < sizeof faults / sizeof *faults; j++) {
        if (faults[j].n == n && r->first[i].row > 0) {
            add(t, "%" PRIu64 " such value%s", n, plural(n));
        } else if (faults[j].n > 0) {
            add(t, "%s%" PRIu64 " %s", glue, faults[j].n, faults[j].words);
            glue = ", ";
        }
    }
    add(t, " in %" PRIu64 " row%s", r->n_rows, plural(r->n_rows));
}

void sc_report_print_column(char *out, size_t len, const sc_source *s,
                            const sc_asset *a, size_t column)
{
    const sc_column *c = &s->table->columns[column];
    const sc_bad_place *p = &a->report.first[column];
    text t = begin(out, len);

    if (sc_asset_n_bad(&a->report, column) == 0) {
        return;
    }
    if (p->row > 0) {
        add_place(&t, s, p);
        add(&t, "%s ", c->name);
        if (p->state != SC_CELL_NULL) {
            add_value(&t, p);
            add(&t, " ");
        }
        add_state(&t, c, p->state);
        add(&t, "; ");
    } else { /* it was not found again */
        add(&t, "%s: ", c->name);
    }
    add_counts(&t, &a->report, column);
}

void sc_report_print_first(char *out, size_t len, const sc_source *s,
                           const sc_asset *a)
{
    size_t n = 0;
    text t = begin(out, len);

    for (size_t i = 0; i < s->table->n_columns; i++) {
        if (sc_asset_n_bad(&a->report, i) > 0 && n++ == 0) {
            sc_report_print_column(out, len, s, a, i);
            t.at = strlen(out);
        }
    }
    if (n > 1) {
        add(&t, "; and %zu column%s more", n - 1, plural(n - 1));
    }
}
