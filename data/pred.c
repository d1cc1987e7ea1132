/* data/pred.c: predicates as trees, and their form in the plan's bytes. */
#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/fragment.h"

void sc_pred_free(sc_pred **p)
{
    if (p == NULL || *p == NULL) {
        return;
    }
    for (size_t i = 0; (*p)->args != NULL && i < (*p)->n_args; i++) {
        sc_pred_free(&(*p)->args[i]);
    }
    sc_free((*p)->args);
    sc_free((*p)->values);
    sc_free(*p);
    *p = NULL;
}

static sc_err put_string(json_t *array, const char *text)
{
    return json_array_append_new(array, json_string(text)) == 0 ? SC_OK
                                                                : SC_E_MEM;
}

/* Integers outside the JSON profile stand as decimal text. */
static sc_err put_integer(json_t *array, int64_t v)
{
    char text[24];

    if (v >= -SC_JSON_MAX_INT && v <= SC_JSON_MAX_INT) {
        return json_array_append_new(array, json_integer(v)) == 0 ? SC_OK
                                                                  : SC_E_MEM;
    }
    (void)snprintf(text, sizeof text, "%lld", (long long)v);
    return put_string(array, text);
}

static sc_err put_column(json_t *array, const sc_pred *p, const sc_table *t)
{
    return p->column < t->n_columns
               ? put_string(array, t->columns[p->column].name)
               : SC_E_ARG;
}

static sc_err put_args(json_t *array, const sc_pred *p, const sc_table *t)
{
    for (size_t i = 0; i < p->n_args; i++) {
        json_t *arg = NULL;
        sc_err err = sc_pred_json(&arg, p->args[i], t);

        if (err != SC_OK) {
            return err;
        }
        if (json_array_append_new(array, arg) != 0) {
            return SC_E_MEM;
        }
    }
    return SC_OK;
}

static sc_err put_pred(json_t *a, const sc_pred *p, const sc_table *t)
{
    static const char *const words[] = {"const", "<",   "in", "null?",
                                        "not",   "and", "or"};
    sc_err err = SC_E_BUG;

    SC_REQUIRE((size_t)p->kind < sizeof words / sizeof *words, SC_E_ARG);
    SC_TRY(put_string(a, words[p->kind]));
    switch (p->kind) {
    case SC_P_CONST:
        SC_TRY(p->value == SC_P_NULL ? put_string(a, "null")
                                     : put_integer(a, p->value));
        break;
    case SC_P_LESS:
        SC_TRY(put_column(a, p, t));
        SC_TRY(put_integer(a, p->value));
        break;
    case SC_P_IN:
        SC_TRY(put_column(a, p, t));
        for (size_t i = 0; i < p->n_values; i++) {
            SC_TRY(put_integer(a, p->values[i]));
        }
        break;
    case SC_P_IS_NULL:
        SC_TRY(put_column(a, p, t));
        break;
    case SC_P_NOT:
    case SC_P_AND:
    case SC_P_OR:
    default:
        SC_TRY(put_args(a, p, t));
        break;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_pred_json(json_t **out, const sc_pred *p, const sc_table *t)
{
    json_t *array = json_array();
    sc_err err = SC_E_BUG;

    SC_REQUIRE(array != NULL, SC_E_MEM);
    SC_TRY(put_pred(array, p, t));
    *out = array;
    array = NULL;
    err = SC_OK;
out:
    json_decref(array);
    return err;
}
