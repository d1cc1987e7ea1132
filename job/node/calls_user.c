/* job/node/calls_user.c: what the node's own users ask of calls, by the requests' thread. */
#include <string.h>

#include "base/mem.h"
#include "job/node/calls_inner.h"

/* For the thread, if there is room. Takes *call then. */
static sc_err hand_in(sc_calls *cs, sc_call **call, const json_t *json,
                      sc_fault *why)
{
    sc_err err = SC_OK;

    pthread_mutex_lock(&cs->lock);
    if (cs->n_asked + cs->n_mine >= SC_CALLS_OF_PEER) {
        err = sc_fault_set(why, SC_E_REFUSED,
                           "%d calls of this party are open already",
                           SC_CALLS_OF_PEER);
        sc_fault_remedy(why, "wait until one of them is done or over");
    } else {
        (void)json_array_append_new(cs->list, json_deep_copy(json));
        (void)!sc_buf_put(&cs->known, (*call)->digest, 16);
        cs->asked[cs->n_asked++] = *call;
        *call = NULL;
    }
    pthread_mutex_unlock(&cs->lock);
    if (err == SC_OK) {
        sc_calls_linked(cs, cs->house->me); /* it wakes */
    }
    return err;
}

sc_err sc_calls_ask(sc_calls *cs, json_t **out, sc_bytes text, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_call *call = NULL;
    int is_new = 0;

    *out = NULL;
    SC_TRY(sc_call_new(&call, cs->house, cs->house->me, text, why));
    SC_REQUIRE(!sc_call_is_stored(call, cs->house),
               sc_fault_set(why, SC_E_STATE, "this call is here already"));
    is_new = 1;
    SC_TRY(sc_call_store(call, cs->house, why));
    *out = sc_call_json(call, cs->house);
    SC_REQUIRE(*out != NULL, SC_E_MEM);
    SC_TRY(hand_in(cs, &call, *out, why));
    err = SC_OK;
out:
    if (err != SC_OK && call != NULL) {
        if (is_new) {
            sc_calls_remove(cs, call);
        }
        json_decref(*out);
        *out = NULL;
    }
    sc_call_free(&call);
    return sc_fault_from(why, err);
}

json_t *sc_calls_list(sc_calls *cs)
{
    json_t *list;

    pthread_mutex_lock(&cs->lock);
    list = json_deep_copy(cs->list);
    pthread_mutex_unlock(&cs->lock);
    return list;
}

sc_err sc_calls_find(sc_calls *cs, json_t **out, const char *prefix)
{
    json_t *list = sc_calls_list(cs), *call;
    size_t i, n = 0, len = strlen(prefix);

    *out = NULL;
    json_array_foreach(list, i, call)
    {
        const char *id = json_string_value(json_object_get(call, "id"));

        if (id != NULL && strncmp(id, prefix, len) == 0) {
            json_decref(*out);
            *out = json_incref(call);
            n++;
        }
    }
    json_decref(list);
    if (n != 1) {
        json_decref(*out);
        *out = NULL;
    }
    return n == 1 ? SC_OK : SC_E_NOT_FOUND;
}
