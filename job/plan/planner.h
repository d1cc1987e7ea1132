/* job/plan/planner.h: what the steps between SQL text and plan share.
 *
 * job/plan/bind.c, literal.c, filter.c, key.c, poly.c, aggregate.c and output.c each
 * take a bound tree (job/sql/ast.h) and add to the plan being made. */
#ifndef SC_JOB_PLANNER_H
#define SC_JOB_PLANNER_H

#include "job/plan/plan.h"
#include "job/sql/ast.h"

/* What the labels of a key are; sets how they are ordered and compared. */
typedef enum {
    SC_LABEL_TEXT,
    SC_LABEL_NUMBER,
    SC_LABEL_DATE,
    SC_LABEL_BOOL
} sc_label_kind;

typedef struct {
    const char *sql;
    const sc_consortium *consortium;
    const sc_table *table;
    sc_select *select;
    sc_plan *plan;
    unsigned use; /* what a column met now is used for: SC_USE_* */
    sc_label_kind key_kinds[SC_MAX_KEYS];
    const sc_ast *key_exprs[SC_MAX_KEYS]; /* borrowed from select */
    size_t opened_at[SC_MAX_SUMS]; /* place of each sum, before the counts */
    size_t work;                   /* comparisons made for keys so far */
    sc_fault *why;
} sc_planner;

/* Steps that a hostile text may cost beyond its own length. */
#define SC_PLANNER_MAX_WORK ((size_t)4 << 20)

/* Fill why with code, the place of byte `at`, a remedy ("" for none) and
 * printf-style words; returns code. */
sc_err sc_planner_refuse(sc_planner *pl, sc_err code, size_t at,
                         const char *remedy, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Account for n steps.
 *   Returns: SC_E_CONFIG  the query takes more than SC_PLANNER_MAX_WORK */
SC_MUST_USE sc_err sc_planner_work(sc_planner *pl, size_t n, size_t at);

static inline const sc_column *sc_planner_column(const sc_planner *pl, size_t c)
{
    return &pl->table->columns[c];
}

static inline void sc_planner_use(sc_planner *pl, size_t column)
{
    pl->plan->uses[column] |= (uint8_t)pl->use;
}

#endif
