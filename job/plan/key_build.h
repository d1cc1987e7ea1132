/* job/plan/key_build.h: piece by piece to a key; a part of job/plan/key.h. */
#ifndef SC_JOB_KEY_BUILD_H
#define SC_JOB_KEY_BUILD_H

#include "job/plan/planner.h"
#include "job/plan/pred.h"

#define SC_KEY_NULL UINT32_MAX /* outcome NULL, until sc_key_build_end */

/* Values from start on, up to the next piece's. */
typedef struct {
    int64_t start;
    uint32_t outcome;
} sc_key_piece;

typedef struct {
    sc_key key; /* labels grow; breaks and outcomes come at the end */
    sc_label_kind kind;
    int has_kind;
    sc_key_piece *pieces;
    size_t n_pieces, pieces_cap, labels_cap;
} sc_key_build;

/* A new label; the second looks for an equal one first. */
SC_MUST_USE sc_err sc_key_build_label(sc_key_build *b, uint32_t *label,
                                      const char *text);
SC_MUST_USE sc_err sc_key_build_label_once(sc_key_build *b, uint32_t *label,
                                           const char *text);
/* Values from `start` on (above the piece before) have this outcome. */
SC_MUST_USE sc_err sc_key_build_piece(sc_key_build *b, int64_t start,
                                      uint32_t outcome);
/* The outcome is labels[i] of the first predicate that is true, else
 * `otherwise`; with is_condition a NULL of the only one is NULL. */
typedef struct {
    const sc_pred *const *preds;
    size_t n_preds;
    const uint32_t *labels;
    uint32_t otherwise;
    int is_condition;
} sc_key_rules;

/* Sets the column, too: the only one that the predicates speak of.
 *   Returns: SC_E_CONFIG  none or several columns; `at` for its place */
SC_MUST_USE sc_err sc_key_build_preds(sc_planner *pl, sc_key_build *b,
                                      const sc_key_rules *rules, size_t at);
/* EXTRACT, date_part or date_trunc of b->key.column. */
SC_MUST_USE sc_err sc_key_build_date(sc_planner *pl, sc_key_build *b,
                                     const sc_ast *a);
/* Pieces to breaks. Labels that no value has are dropped, those of numbers and
 * booleans sorted.
 *   Returns: SC_E_CONFIG  no label is left; `at` for its place */
SC_MUST_USE sc_err sc_key_build_end(sc_planner *pl, sc_key_build *b, size_t at);

#endif
