/* job/plan/fin.h: building the trees of job/plan/finish.h.
 *
 * As job/plan/pred.h: each builder takes its arguments, also when it fails, and
 * returns NULL if memory ran out or an argument is NULL; so a formula is one
 * expression, checked once. */
#ifndef SC_JOB_FIN_H
#define SC_JOB_FIN_H

#include "job/plan/finish.h"

sc_finish *sc_fin_number(sc_i128 value, unsigned scale) SC_MUST_USE;
sc_finish *sc_fin_text(const char *text) SC_MUST_USE;
sc_finish *sc_fin_null(void) SC_MUST_USE;
sc_finish *sc_fin_opened(size_t index, unsigned scale) SC_MUST_USE;
sc_finish *sc_fin_key(size_t index) SC_MUST_USE;
sc_finish *sc_fin_one(sc_finish_kind kind, sc_finish *a) SC_MUST_USE;
sc_finish *sc_fin_two(sc_finish_kind kind, sc_finish *a,
                      sc_finish *b) SC_MUST_USE;
/* Onto *list, which begins as NULL: AND, OR, COALESCE of its arguments (if it is
 * of that kind) and *x, which is taken. SC_E_MEM: both are freed, and NULL. */
SC_MUST_USE sc_err sc_fin_join(sc_finish **list, sc_finish_kind kind,
                               sc_finish **x);
sc_finish *sc_fin_copy(const sc_finish *f) SC_MUST_USE; /* borrows */

/* Levels of a tree, nodes of a tree. */
size_t sc_fin_depth(const sc_finish *f);
size_t sc_fin_size(const sc_finish *f);

#endif
