/* job/plan/protocol.c: see the header. */
#include "job/plan/protocol.h"

#include <stdio.h>

#include "job/plan/ranges.h"
#include "ledger/bundle.h"
#include "ledger/receipt.h"

#define MIN_CONTRIBUTORS 3

/* Totals below 2^62 are whole numbers mod 2^64, with their sign. */
#define SMALL_RING_BITS 62

unsigned sc_plan_roles(const sc_plan *p, size_t party, size_t asker)
{
    unsigned roles = party == asker ? SC_ROLE_ASKER : 0;

    if ((p->owners >> party & 1) != 0) {
        roles |= SC_ROLE_INPUT | SC_ROLE_COMPUTING;
    }
    if ((p->results >> party & 1) != 0) {
        roles |= SC_ROLE_RESULT;
    }
    if ((p->holders >> party & 1) != 0) {
        roles |= SC_ROLE_HOLDER;
    }
    return roles;
}

const char *sc_plan_protocol_name(const sc_plan *p)
{
    return p->protocol == SC_PLAN_CIPHERTEXT_SUM ? "ciphertext-sum/1"
                                                 : "masked-sum/1";
}

void sc_plan_collusion_words(char out[static SC_PLAN_COLLUSION_LEN],
                             const sc_plan *p)
{
    if (p->protocol == SC_PLAN_CIPHERTEXT_SUM) {
        (void)snprintf(out, SC_PLAN_COLLUSION_LEN, "%zu of %d holders",
                       p->needed - 1, __builtin_popcount(p->holders));
    } else {
        (void)snprintf(out, SC_PLAN_COLLUSION_LEN, "%u of %d",
                       sc_plan_collusion(p), __builtin_popcount(p->owners));
    }
}

/* What in the text asked for it. */
static size_t protocol_at(const sc_planner *pl)
{
    return pl->select->hint != SC_HINT_NONE ? pl->select->hint_at
                                            : pl->select->table_at;
}

static sc_err refuse_keyless(sc_planner *pl)
{
    if (pl->plan->posting != 0) {
        return sc_planner_refuse(
            pl, SC_E_CONFIG, pl->select->table_at,
            "add ciphertext_sum: to the consortium file",
            "owners of %s post and leave, which takes a key for sums of "
            "ciphertexts, and this consortium has none",
            pl->plan->table->name);
    }
    return sc_planner_refuse(pl, SC_E_CONFIG, pl->select->hint_at,
                             "add ciphertext_sum: to the consortium file, "
                             "or leave the hint out",
                             "this consortium has no key for sums of "
                             "ciphertexts");
}

sc_err sc_protocol_choose(sc_planner *pl)
{
    const sc_sumkey_terms *key = &pl->consortium->sumkey;
    sc_plan *p = pl->plan;
    int n = __builtin_popcount(p->owners);

    if (pl->select->hint == SC_HINT_NONE && p->posting == 0) {
        return SC_OK;
    }
    if (!key->is_there) {
        return refuse_keyless(pl);
    }
    if (n < MIN_CONTRIBUTORS) {
        return sc_planner_refuse(pl, SC_E_REFUSED, protocol_at(pl),
                                 "it takes a third owner",
                                 "a sum of ciphertexts has at least %d "
                                 "contributors; %s has %d owners",
                                 MIN_CONTRIBUTORS, p->table->name, n);
    }
    p->protocol = SC_PLAN_CIPHERTEXT_SUM;
    for (size_t i = 0; i < key->n_holders; i++) {
        p->holders |= (uint32_t)1 << key->holders[i];
    }
    p->needed = key->needed;
    p->job_parties |= p->holders;
    return SC_OK;
}

static unsigned most_bits(const sc_plan *p)
{
    unsigned bits = 0;

    for (size_t i = 0; i < p->n_opened; i++) {
        bits = p->opened[i].bits > bits ? p->opened[i].bits : bits;
    }
    return bits;
}

/* Is an entry one that may be sent and stored, and does a receipt with its result fit a
 * file (ledger/bundle.h)? Every entry stands behind the line; in it the parts in base64,
 * and room for all else. */
static int is_in_bounds(const sc_ctsum_shape *s, size_t needed)
{
    const size_t others = (size_t)16 << 20;

    return sc_ctsum_entry_len(s) <= SC_PLAN_MAX_ENTRY &&
           s->n_parties * sc_ctsum_entry_len(s) <= SC_BUNDLE_MAX_REST &&
           needed * sc_ctsum_part_len(s) / 3 * 4 + others <= SC_BUNDLE_MAX;
}

/* So many values are proved bit by bit in such a plan. */
static size_t most_by_bits(const sc_plan *p)
{
    sc_ctsum_shape s = p->shape;

    s.n_values = SC_CTSUM_MAX_BY_BITS;
    while (s.n_values > 0 && !is_in_bounds(&s, p->needed)) {
        s.n_values--;
    }
    return s.n_values;
}

static sc_err refuse_size(sc_planner *pl)
{
    return sc_planner_refuse(pl, SC_E_REFUSED, protocol_at(pl),
                             pl->plan->posting != 0
                                 ? "fewer groups or fewer aggregates"
                                 : "fewer groups or fewer aggregates, or leave "
                                   "the hint out",
                             "%zu values are too many for a sum of ciphertexts "
                             "whose receipt is one file",
                             sc_plan_vector_len(pl->plan));
}

static sc_err refuse_bits(sc_planner *pl)
{
    return sc_planner_refuse(
        pl, SC_E_REFUSED, protocol_at(pl),
        "fewer groups or fewer aggregates, or ciphertext_sum without (bits)",
        "%zu values are too many to prove bit by bit: with %zu owners a job "
        "has at most %zu",
        sc_plan_vector_len(pl->plan), pl->plan->shape.n_parties,
        most_by_bits(pl->plan));
}

sc_err sc_protocol_shape(sc_planner *pl)
{
    const int is_by_bits = pl->select->hint == SC_HINT_CIPHERTEXT_BITS;
    sc_plan *p = pl->plan;
    size_t n = sc_plan_vector_len(p);

    p->ring = 128;
    if (p->protocol == SC_PLAN_MASKED_SUM) {
        return SC_OK;
    }
    p->ring = most_bits(p) <= SMALL_RING_BITS ? 64 : 128;
    p->shape =
        (sc_ctsum_shape){.key_bits = pl->consortium->sumkey.bits,
                         .ring_bits = p->ring,
                         .n_values = n,
                         .n_parties = (size_t)__builtin_popcount(p->owners),
                         .ranges = sc_ranges_choose(p, is_by_bits)};
    if (is_by_bits) {
        return n > most_by_bits(p) ? refuse_bits(pl) : SC_OK;
    }
    return n > SC_CTSUM_MAX || !is_in_bounds(&p->shape, p->needed)
               ? refuse_size(pl)
               : SC_OK;
}
