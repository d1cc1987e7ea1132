/* ledger/rules.c: two tables, of the i seen and of the sessions, and the rules
 * over them. Tables are open-addressed, probed linearly, at most three quarters
 * full; nothing is ever removed but by rewinding, which builds them anew. */
#include "ledger/rules.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define NOWHERE UINT64_MAX
#define MIN_CAP 64

static_assert(crypto_shorthash_BYTES == 8, "a slot is chosen by a u64");

/* By i: where the entry is. By s: where an intent is, and what decided. */
typedef struct {
    uint8_t key[SC_HASH_LEN];
    uint64_t index;  /* of the entry, or of what decided; NOWHERE */
    uint64_t intent; /* NOWHERE */
    uint8_t is_used;
    uint8_t fate; /* SC_ENTRY_RECEIPT or SC_ENTRY_VOID, if index is set */
} slot;

typedef struct {
    slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t n;
} table;

struct sc_rules {
    sc_roster roster;
    uint64_t size;
    uint8_t key[crypto_shorthash_KEYBYTES];
    table seen;
    table sessions;
};

/* ---- tables ------------------------------------------------------------ */

/* The slot of the key, or the free one where it belongs; NULL in an empty table. */
static slot *probe(const sc_rules *r, const table *t,
                   const uint8_t key[static SC_HASH_LEN])
{
    uint8_t h[crypto_shorthash_BYTES];
    size_t at;

    if (t->cap == 0) {
        return NULL;
    }
    crypto_shorthash(h, key, SC_HASH_LEN, r->key);
    at = (size_t)sc_load_le64(h) & (t->cap - 1);
    while (t->slots[at].is_used &&
           memcmp(t->slots[at].key, key, SC_HASH_LEN) != 0) {
        at = (at + 1) & (t->cap - 1);
    }
    return &t->slots[at];
}

static const slot *find(const sc_rules *r, const table *t,
                        const uint8_t key[static SC_HASH_LEN])
{
    const slot *s = probe(r, t, key);

    return s != NULL && s->is_used ? s : NULL;
}

/* The slot of the key, made if need be; there is room. */
static slot *add(const sc_rules *r, table *t,
                 const uint8_t key[static SC_HASH_LEN])
{
    slot *s = probe(r, t, key);

    if (!s->is_used) {
        memcpy(s->key, key, SC_HASH_LEN);
        s->is_used = 1;
        s->index = s->intent = NOWHERE;
        t->n++;
    }
    return s;
}

/* Copy the slots of t that hold an index below size into a table with room for
 * `room` more. On failure *out is untouched. */
static sc_err rebuild(const sc_rules *r, table *out, const table *t,
                      size_t room, uint64_t size)
{
    table made = {.cap = MIN_CAP};

    while (made.cap / 4 * 3 < t->n + room) {
        made.cap *= 2;
    }
    made.slots = sc_alloc(made.cap, sizeof *made.slots);
    if (made.slots == NULL) {
        return SC_E_MEM;
    }
    for (size_t i = 0; i < t->cap; i++) {
        const slot *from = &t->slots[i];
        int has_index = from->index != NOWHERE && from->index < size;
        int has_intent = from->intent != NOWHERE && from->intent < size;

        if (from->is_used && (has_index || has_intent)) {
            slot *to = add(r, &made, from->key);

            to->index = has_index ? from->index : NOWHERE;
            to->fate = has_index ? from->fate : 0;
            to->intent = has_intent ? from->intent : NOWHERE;
        }
    }
    *out = made;
    return SC_OK;
}

/* Make room for one more. */
static sc_err reserve(const sc_rules *r, table *t)
{
    table made = {0};
    sc_err err = SC_E_BUG;

    if (t->n + 1 > t->cap / 4 * 3) {
        SC_TRY(rebuild(r, &made, t, t->n + 1, NOWHERE));
        sc_free(t->slots);
        *t = made;
    }
    err = SC_OK;
out:
    return err;
}

/* ---- life -------------------------------------------------------------- */

sc_err sc_rules_new(sc_rules **rules, const sc_roster *roster)
{
    sc_rng rng = sc_rng_system();
    sc_rules *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *rules = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->roster = *roster;
    SC_TRY(sc_rng_bytes(&rng, made->key, sizeof made->key));
    *rules = made;
    made = NULL;
    err = SC_OK;
out:
    sc_rules_free(&made);
    return err;
}

void sc_rules_free(sc_rules **rules)
{
    if (*rules != NULL) {
        sc_free((*rules)->seen.slots);
        sc_free((*rules)->sessions.slots);
        sc_wipe(*rules, sizeof **rules);
        sc_free(*rules);
        *rules = NULL;
    }
}

uint64_t sc_rules_size(const sc_rules *rules)
{
    return rules->size;
}

/* ---- the rules --------------------------------------------------------- */

/* What the session's past allows. s may be NULL: it has none. */
static sc_err check_session(const sc_entry *e, const slot *s, sc_fault *why)
{
    int is_decided = s != NULL && s->index != NOWHERE;
    int is_sealed = is_decided && s->fate == SC_ENTRY_RECEIPT;

    switch (e->type) {
    case SC_ENTRY_RECEIPT:
    case SC_ENTRY_VOID:
        if (is_decided) {
            return sc_fault_set(why, SC_E_STATE,
                                is_sealed ? "its session has a receipt"
                                          : "its session is void");
        }
        return SC_OK;
    case SC_ENTRY_INTENT:
        if (s != NULL) {
            return sc_fault_set(why, SC_E_STATE,
                                "its session has an intent or is decided");
        }
        return SC_OK;
    case SC_ENTRY_ABORT:
        if (is_sealed) {
            return sc_fault_set(why, SC_E_STATE,
                                "an abort of a session that has a receipt");
        }
        return SC_OK;
    case SC_ENTRY_OUTCOME:
        if (!is_sealed) {
            return sc_fault_set(why, SC_E_STATE,
                                "an outcome of a session without a receipt");
        }
        return SC_OK;
    default:
        return SC_OK;
    }
}

static sc_err check(const sc_rules *r, const sc_entry *e, sc_fault *why)
{
    const slot *session =
        sc_entry_has_session(e->type) ? find(r, &r->sessions, e->s) : NULL;
    sc_err err = SC_E_BUG;

    if ((e->type == SC_ENTRY_GENESIS) != (r->size == 0)) {
        return sc_fault_set(why, SC_E_STATE,
                            "genesis/1 is the first entry and no other");
    }
    if (e->type != SC_ENTRY_GENESIS && find(r, &r->seen, e->i) != NULL) {
        return sc_fault_set(why, SC_E_STATE, "its i is in the log already");
    }
    SC_TRY(check_session(e, session, why));
    SC_TRY(sc_entry_verify(e, &r->roster, why));
    err = SC_OK;
out:
    return err;
}

/* Nothing here can fail: there is room. */
static void commit(sc_rules *r, const sc_entry *e)
{
    if (e->type != SC_ENTRY_GENESIS) {
        add(r, &r->seen, e->i)->index = r->size;
    }
    if (e->type == SC_ENTRY_RECEIPT || e->type == SC_ENTRY_VOID) {
        slot *s = add(r, &r->sessions, e->s);

        s->index = r->size;
        s->fate = (uint8_t)e->type;
    } else if (e->type == SC_ENTRY_INTENT) {
        add(r, &r->sessions, e->s)->intent = r->size;
    }
    r->size++;
}

sc_err sc_rules_append(sc_rules *rules, sc_entry *e, sc_bytes entry,
                       sc_fault *why)
{
    sc_entry got;
    sc_err err = SC_E_BUG;

    sc_fault_set(why, SC_OK, "%s", "");
    SC_TRY(sc_entry_take(&got, entry));
    SC_TRY(check(rules, &got, why));
    SC_TRY(reserve(rules, &rules->seen));
    SC_TRY(reserve(rules, &rules->sessions));
    commit(rules, &got);
    if (e != NULL) {
        *e = got;
    }
    err = SC_OK;
out:
    if (err != SC_OK && why != NULL) {
        sc_fault_from(why, err);
        sc_fault_set(why, err, "entry %" PRIu64 ": %s", rules->size, why->text);
    }
    return err;
}

sc_err sc_rules_rewind(sc_rules *rules, uint64_t size)
{
    table seen = {0}, sessions = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(size <= rules->size, SC_E_ARG);
    SC_TRY(rebuild(rules, &seen, &rules->seen, 0, size));
    SC_TRY(rebuild(rules, &sessions, &rules->sessions, 0, size));
    sc_free(rules->seen.slots);
    sc_free(rules->sessions.slots);
    rules->seen = seen;
    rules->sessions = sessions;
    rules->size = size;
    seen = sessions = (table){0};
    err = SC_OK;
out:
    sc_free(seen.slots);
    sc_free(sessions.slots);
    return err;
}

/* ---- asking ------------------------------------------------------------ */

sc_err sc_rules_find(const sc_rules *rules, uint64_t *index,
                     const uint8_t i[static SC_HASH_LEN])
{
    const slot *s = find(rules, &rules->seen, i);

    if (s == NULL) {
        return SC_E_NOT_FOUND;
    }
    *index = s->index;
    return SC_OK;
}

sc_err sc_rules_fate(const sc_rules *rules, sc_entry_type *type,
                     uint64_t *index, const uint8_t s[static SC_HASH_LEN])
{
    const slot *found = find(rules, &rules->sessions, s);

    if (found == NULL || found->index == NOWHERE) {
        return SC_E_NOT_FOUND;
    }
    *type = (sc_entry_type)found->fate;
    *index = found->index;
    return SC_OK;
}
