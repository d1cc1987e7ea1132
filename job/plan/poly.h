/* job/plan/poly.h: what stands inside an aggregate, as a polynomial of columns.
 *
 * A sum over rows of a polynomial is a linear combination of sums of monomials,
 * so degree two and no more. It is opened as one total, which tells less than
 * the sums of its terms; it counts as all of them. No factor may be so large
 * that the total has one of these sums in its upper digits and another in its
 * lower ones. */
#ifndef SC_JOB_POLY_H
#define SC_JOB_POLY_H

#include "job/plan/planner.h"

#define SC_POLY_MAX 24 /* monomials */

/* factor * a, or factor * a * b with a <= b; b SC_NO_COLUMN if absent. Columns
 * stand for their encoded integers. */
typedef struct {
    size_t a, b;
    sc_i128 factor;
} sc_monomial;

/* (constant + sum of terms) * 10^-scale */
typedef struct {
    sc_monomial terms[SC_POLY_MAX];
    size_t n_terms;
    sc_i128 constant;
    unsigned scale;
    uint64_t columns; /* that the text names: a NULL in one is a NULL of all */
    int is_whole;     /* PostgreSQL's type of it is an integer */
} sc_poly;

/* Read an aggregate's argument. Notes columns as used for pl->use.
 *   Returns: SC_E_CONFIG   not a polynomial of degree two of numbers
 *            SC_E_REFUSED  constants out of reach */
SC_MUST_USE sc_err sc_poly_take(sc_planner *pl, sc_poly *out, const sc_ast *a);

/* p = (factor * 10^-scale) * core + constant * 10^-scale', where core has whole
 * factors without a common divisor and a positive first one, in units of
 * 10^-core_scale: what is summed and opened. */
typedef struct {
    sc_monomial terms[SC_POLY_MAX];
    size_t n_terms; /* 0: p is a constant */
    unsigned core_scale;
    sc_i128 factor;
    unsigned factor_scale;
    sc_i128 constant;
    unsigned constant_scale;
} sc_core;

/* Take the common factor out and check what may be opened.
 *   Returns: SC_E_REFUSED  the factors would pack several sums into one; why
 *                          says what to write */
SC_MUST_USE sc_err sc_poly_core(sc_planner *pl, sc_core *out, const sc_poly *p,
                                size_t at);
/* The product of two linear cores (factors and constants aside).
 *   Returns: SC_E_REFUSED  constants out of reach */
SC_MUST_USE sc_err sc_poly_core_product(sc_planner *pl, sc_core *out,
                                        const sc_core *a, const sc_core *b,
                                        size_t at);

#endif
