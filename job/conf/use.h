/* job/conf/use.h: what an owner can allow of its rows: uses of a column, and
 * aggregate functions. The file's readers and the planner share these words. */
#ifndef SC_JOB_USE_H
#define SC_JOB_USE_H

#include <stddef.h>

/* What a plan does with a column (docs/disclosure.md); an owner's rules must permit
 * each. */
#define SC_USE_GROUP     1u /* an output key, bare or cut */
#define SC_USE_FILTER    2u /* compared in WHERE or FILTER */
#define SC_USE_AGGREGATE 4u /* argument of an aggregate */

typedef enum {
    SC_FN_COUNT,
    SC_FN_SUM,
    SC_FN_AVG,
    SC_FN_VAR_SAMP,
    SC_FN_VAR_POP,
    SC_FN_STDDEV_SAMP,
    SC_FN_STDDEV_POP,
    SC_FN_CORR,
    SC_FN_COVAR_SAMP,
    SC_FN_COVAR_POP,
    SC_FN_REGR_SLOPE,
    SC_FN_REGR_INTERCEPT,
    SC_FN_REGR_R2,
    SC_FN_REGR_COUNT,
    SC_FN_REGR_AVGX,
    SC_FN_REGR_AVGY,
    SC_FN_REGR_SXX,
    SC_FN_REGR_SYY,
    SC_FN_REGR_SXY
} sc_function_id;

typedef struct {
    const char *name;      /* as written in SQL, lower case */
    const char *canonical; /* its one name: "stddev" for STDDEV_SAMP too */
    sc_function_id id;
    size_t n_args;
} sc_function;

#define SC_N_FUNCTIONS 21 /* names, synonyms included */

/* The aggregate of this (lower case) name; NULL if there is none. */
const sc_function *sc_function_find(const char *name);

#endif
