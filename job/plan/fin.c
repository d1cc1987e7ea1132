/* job/plan/fin.c: nodes of the trees that finish an answer. */
#include "job/plan/fin.h"

#include <string.h>

#include "base/mem.h"

static sc_finish *fin_new(sc_finish_kind kind, size_t n_args)
{
    sc_finish *f = sc_alloc(1, sizeof *f);

    if (f == NULL) {
        return NULL;
    }
    f->kind = kind;
    f->args = sc_alloc(n_args, sizeof *f->args);
    if (f->args == NULL) {
        sc_free(f);
        return NULL;
    }
    f->n_args = n_args;
    return f;
}

sc_finish *sc_fin_number(sc_i128 value, unsigned scale)
{
    sc_finish *f = fin_new(SC_F_NUMBER, 0);

    if (f != NULL) {
        f->value = value;
        f->scale = scale;
    }
    return f;
}

sc_finish *sc_fin_text(const char *text)
{
    sc_finish *f = fin_new(SC_F_TEXT, 0);

    if (f != NULL && (f->text = sc_strdup(text)) == NULL) {
        sc_finish_free(&f);
    }
    return f;
}

sc_finish *sc_fin_null(void)
{
    return fin_new(SC_F_NULL, 0);
}

sc_finish *sc_fin_opened(size_t index, unsigned scale)
{
    sc_finish *f = fin_new(SC_F_OPENED, 0);

    if (f != NULL) {
        f->index = index;
        f->scale = scale;
    }
    return f;
}

sc_finish *sc_fin_key(size_t index)
{
    sc_finish *f = fin_new(SC_F_KEY, 0);

    if (f != NULL) {
        f->index = index;
    }
    return f;
}

sc_finish *sc_fin_one(sc_finish_kind kind, sc_finish *a)
{
    sc_finish *f = a == NULL ? NULL : fin_new(kind, 1);

    if (f == NULL) {
        sc_finish_free(&a);
        return NULL;
    }
    f->args[0] = a;
    return f;
}

sc_finish *sc_fin_two(sc_finish_kind kind, sc_finish *a, sc_finish *b)
{
    sc_finish *f = a == NULL || b == NULL ? NULL : fin_new(kind, 2);

    if (f == NULL) {
        sc_finish_free(&a);
        sc_finish_free(&b);
        return NULL;
    }
    f->args[0] = a;
    f->args[1] = b;
    return f;
}

static sc_finish *more(sc_finish_kind kind, sc_finish *list, sc_finish *x)
{
    sc_finish **grown;

    if (list == NULL || x == NULL || list->kind != kind) {
        return sc_fin_two(kind, list, x);
    }
    grown = sc_alloc(list->n_args + 1, sizeof *grown);
    if (grown == NULL) {
        sc_finish_free(&list);
        sc_finish_free(&x);
        return NULL;
    }
    memcpy(grown, list->args, list->n_args * sizeof *grown);
    grown[list->n_args++] = x;
    sc_free(list->args);
    list->args = grown;
    return list;
}

sc_err sc_fin_join(sc_finish **list, sc_finish_kind kind, sc_finish **x)
{
    *list = *list == NULL ? *x : more(kind, *list, *x);
    *x = NULL;
    return *list == NULL ? SC_E_MEM : SC_OK;
}

sc_finish *sc_fin_copy(const sc_finish *f)
{
    sc_finish *copy = fin_new(f->kind, f->n_args);

    if (copy == NULL) {
        return NULL;
    }
    copy->index = f->index;
    copy->scale = f->scale;
    copy->value = f->value;
    if (f->text != NULL && (copy->text = sc_strdup(f->text)) == NULL) {
        sc_finish_free(&copy);
        return NULL;
    }
    for (size_t i = 0; i < f->n_args; i++) {
        if ((copy->args[i] = sc_fin_copy(f->args[i])) == NULL) {
            sc_finish_free(&copy);
            return NULL;
        }
    }
    return copy;
}

size_t sc_fin_depth(const sc_finish *f)
{
    size_t most = 0;

    for (size_t i = 0; i < f->n_args; i++) {
        size_t depth = sc_fin_depth(f->args[i]);

        most = depth > most ? depth : most;
    }
    return most + 1;
}

size_t sc_fin_size(const sc_finish *f)
{
    size_t n = 1;

    for (size_t i = 0; i < f->n_args; i++) {
        n += sc_fin_size(f->args[i]);
    }
    return n;
}
