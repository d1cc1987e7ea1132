/* job/conf/use.c: the aggregates and their names. */
#include "job/conf/use.h"

#include <assert.h>
#include <string.h>

static const sc_function functions[] = {
    {"avg", "avg", SC_FN_AVG, 1},
    {"corr", "corr", SC_FN_CORR, 2},
    {"count", "count", SC_FN_COUNT, 1},
    {"covar_pop", "covar_pop", SC_FN_COVAR_POP, 2},
    {"covar_samp", "covar_samp", SC_FN_COVAR_SAMP, 2},
    {"regr_avgx", "regr_avgx", SC_FN_REGR_AVGX, 2},
    {"regr_avgy", "regr_avgy", SC_FN_REGR_AVGY, 2},
    {"regr_count", "regr_count", SC_FN_REGR_COUNT, 2},
    {"regr_intercept", "regr_intercept", SC_FN_REGR_INTERCEPT, 2},
    {"regr_r2", "regr_r2", SC_FN_REGR_R2, 2},
    {"regr_slope", "regr_slope", SC_FN_REGR_SLOPE, 2},
    {"regr_sxx", "regr_sxx", SC_FN_REGR_SXX, 2},
    {"regr_sxy", "regr_sxy", SC_FN_REGR_SXY, 2},
    {"regr_syy", "regr_syy", SC_FN_REGR_SYY, 2},
    {"stddev", "stddev", SC_FN_STDDEV_SAMP, 1},
    {"stddev_pop", "stddev_pop", SC_FN_STDDEV_POP, 1},
    {"stddev_samp", "stddev", SC_FN_STDDEV_SAMP, 1},
    {"sum", "sum", SC_FN_SUM, 1},
    {"var_pop", "var_pop", SC_FN_VAR_POP, 1},
    {"var_samp", "variance", SC_FN_VAR_SAMP, 1},
    {"variance", "variance", SC_FN_VAR_SAMP, 1},
};
static_assert(sizeof functions / sizeof *functions == SC_N_FUNCTIONS,
              "the header says how many");

const sc_function *sc_function_find(const char *name)
{
    for (size_t i = 0; i < SC_N_FUNCTIONS; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}
