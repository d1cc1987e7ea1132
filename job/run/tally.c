/* job/run/tally.c: see the header. */
#include "job/run/tally.h"

#include "base/encode.h"
#include "base/hash.h"
#include "base/mem.h"

struct sc_tally {
    const sc_plan *plan;
    const sc_consortium *consortium;
    const sc_sumkey *key;
    uint8_t sid[32], call[32];
    size_t parties[SC_MAX_PARTIES];
    size_t n_parties;
    sc_ctsum *s;
    sc_cipher *sum; /* of the entries added so far; NULL of none */
    uint32_t added; /* whose, by position */
    size_t indices[SC_MAX_PARTIES];
    sc_cipher *parts[SC_MAX_PARTIES]; /* of these indices */
    size_t n_parts;
};

sc_err sc_tally_new(sc_tally **t, const sc_plan *plan, const sc_consortium *c,
                    const sc_sumkey *key, const uint8_t sid[static 32],
                    const uint8_t call[static 32], const size_t *parties,
                    size_t n_parties)
{
    sc_tally *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *t = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    SC_REQUIRE(n_parties <= SC_MAX_PARTIES, SC_E_ARG);
    made->plan = plan;
    made->consortium = c;
    made->key = key;
    memcpy(made->sid, sid, sizeof made->sid);
    memcpy(made->call, call, sizeof made->call);
    memcpy(made->parties, parties, n_parties * sizeof *parties);
    made->n_parties = n_parties;
    SC_TRY(sc_ctsum_new(&made->s, key->key, key->e, &plan->shape));
    *t = made;
    made = NULL;
    err = SC_OK;
out:
    sc_tally_free(&made);
    return err;
}

void sc_tally_free(sc_tally **t)
{
    if (*t == NULL) {
        return;
    }
    for (size_t i = 0; i < (*t)->n_parts; i++) {
        sc_cipher_free(&(*t)->parts[i]);
    }
    sc_cipher_free(&(*t)->sum);
    sc_ctsum_free(&(*t)->s);
    sc_free(*t);
    *t = NULL;
}

/* ---- contexts ------------------------------------------------------------- */

#define CONTEXT_LEN SC_HASH_LEN

static sc_bytes context_of(uint8_t out[static CONTEXT_LEN], const sc_tally *t,
                           const char *tag, const uint8_t *id, size_t position)
{
    const sc_bytes parts[2] = {
        {id, 32},
        sc_bytes_of(t->consortium->parties[t->parties[position]].did)};

    sc_hash_tagged(out, tag, parts, 2);
    return (sc_bytes){out, CONTEXT_LEN};
}

static sc_bytes entry_context(uint8_t out[static CONTEXT_LEN],
                              const sc_tally *t, size_t position)
{
    int is_posted = t->plan->posting >> t->parties[position] & 1;

    return context_of(out, t, "sharechain/ctsum/entry/1",
                      is_posted ? t->call : t->sid, position);
}

static sc_bytes part_context(uint8_t out[static CONTEXT_LEN], const sc_tally *t,
                             size_t position)
{
    return context_of(out, t, "sharechain/ctsum/part/1", t->sid, position);
}

/* ---- entries -------------------------------------------------------------- */

sc_err sc_tally_entry(const sc_tally *t, size_t position, const sc_u128 *y,
                      sc_rng *rng, sc_buf *out)
{
    uint8_t context[CONTEXT_LEN];

    return sc_ctsum_entry(t->s, rng, entry_context(context, t, position), y,
                          out);
}

static sc_err take_entry(const sc_tally *t, size_t position, sc_bytes entry,
                         sc_cipher **c)
{
    uint8_t context[CONTEXT_LEN];

    return sc_ctsum_take_entry(t->s, entry_context(context, t, position), entry,
                               c);
}

sc_err sc_tally_check_entry(const sc_tally *t, size_t position, sc_bytes entry)
{
    sc_cipher *c = NULL;
    sc_err err = take_entry(t, position, entry, &c);

    sc_cipher_free(&c);
    return err;
}

sc_err sc_tally_add(sc_tally *t, size_t position, sc_bytes entry)
{
    sc_cipher *c = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(position < t->n_parties &&
                   (t->plan->owners >> t->parties[position] & 1) != 0 &&
                   (t->added >> position & 1) == 0,
               SC_E_STATE);
    if (t->sum == NULL) {
        SC_TRY(sc_cipher_new(&t->sum, sc_threshold_public(t->key->key),
                             sc_ctsum_ciphers(&t->plan->shape)));
    }
    SC_TRY(take_entry(t, position, entry, &c));
    SC_TRY(sc_cipher_add(t->sum, t->sum, c));
    t->added |= (uint32_t)1 << position;
    err = SC_OK;
out:
    sc_cipher_free(&c);
    return err;
}

int sc_tally_is_whole(const sc_tally *t)
{
    return (size_t)__builtin_popcount(t->added) == t->plan->shape.n_parties;
}

sc_err sc_tally_add_all(sc_tally *t, size_t *liar,
                        const sc_opened_share *shares)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < t->n_parties; i++) {
        if ((t->plan->owners >> t->parties[i] & 1) != 0) {
            *liar = i;
            SC_TRY(sc_tally_add(t, i, sc_buf_bytes(&shares[i].vector)));
        }
    }
    *liar = SIZE_MAX;
    SC_REQUIRE(sc_tally_is_whole(t), SC_E_STATE);
    err = SC_OK;
out:
    return err;
}

/* ---- parts ---------------------------------------------------------------- */

sc_err sc_tally_part(const sc_tally *t, size_t position, sc_rng *rng,
                     sc_buf *out)
{
    uint8_t context[CONTEXT_LEN];

    if (!sc_tally_is_whole(t) || t->key->share.index == 0) {
        return SC_E_STATE;
    }
    return sc_ctsum_part(t->s, &t->key->share, rng,
                         part_context(context, t, position), t->sum, out);
}

sc_err sc_tally_take_part(sc_tally *t, size_t position, sc_bytes part)
{
    const sc_sumkey_terms *terms = &t->consortium->sumkey;
    uint8_t context[CONTEXT_LEN];
    size_t index = sc_sumkey_index(terms, t->parties[position]);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sc_tally_is_whole(t) && index != 0, SC_E_STATE);
    if (sc_tally_is_complete(t)) {
        return SC_OK;
    }
    SC_TRY(sc_ctsum_take_part(t->s, index, part_context(context, t, position),
                              t->sum, part, &t->parts[t->n_parts]));
    t->indices[t->n_parts++] = index;
    err = SC_OK;
out:
    return err;
}

int sc_tally_is_complete(const sc_tally *t)
{
    return t->n_parts >= t->plan->needed;
}

sc_err sc_tally_open(const sc_tally *t, sc_u128 *words)
{
    if (!sc_tally_is_complete(t)) {
        return SC_E_STATE;
    }
    return sc_ctsum_open(t->s, t->indices, (const sc_cipher *const *)t->parts,
                         words);
}
