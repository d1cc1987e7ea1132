/* job/run/tally.h: the sum of ciphertexts of one session: mpc/ctsum.h between the
 * parties of a plan, who are known by their positions.
 *
 * A contributor's entry is proved for (sid, its DID), a holder's part likewise: none
 * fits another session or party. Who posts and leaves knows no sid: its entry is proved
 * for (digest of the call, its DID). A holder makes its part of the sum of all owners'
 * entries that the receipt commits to, whatever it is asked.
 *
 * Adversary: owners whose entries, holders whose parts are none: each is named. */
#ifndef SC_JOB_TALLY_H
#define SC_JOB_TALLY_H

#include "job/conf/sumkey.h"
#include "job/run/outcome.h"

typedef struct sc_tally sc_tally;

/* For a plan of a sum of ciphertexts; all is borrowed but sid, call (of owners who
 * post, sc_job_call_digest) and parties, by position the numbers of the job's parties.
 *   Returns: SC_E_ARG  the key is not of the plan's shape
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_tally_new(sc_tally **t, const sc_plan *plan,
                                const sc_consortium *c, const sc_sumkey *key,
                                const uint8_t sid[static 32],
                                const uint8_t call[static 32],
                                const size_t *parties, size_t n_parties);
void sc_tally_free(sc_tally **t);

/* Append the entry of an owner's vector (sc_plan_encode).
 *   Secret: y */
SC_MUST_USE sc_err sc_tally_entry(const sc_tally *t, size_t position,
                                  const sc_u128 *y, sc_rng *rng, sc_buf *out);
/* Does the proof of this party's entry hold? SC_E_WIRE, SC_E_CHEAT, SC_E_MEM. */
SC_MUST_USE sc_err sc_tally_check_entry(const sc_tally *t, size_t position,
                                        sc_bytes entry);
/* Check the entry of the owner at a position, as the receipt commits to it, and add it
 * to the sum: each owner's once, in any order. After a failure the tally is of no use.
 *   Returns: SC_E_WIRE, SC_E_CHEAT  it does not hold
 *            SC_E_STATE  no owner's of the plan, or added before
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_tally_add(sc_tally *t, size_t position, sc_bytes entry);
/* The entries of all owners, by position.
 *   Out:     liar    whose does not hold, if one does not
 *   Returns: SC_E_STATE  not all owners of the plan are among the parties; as above */
SC_MUST_USE sc_err sc_tally_add_all(sc_tally *t, size_t *liar,
                                    const sc_opened_share *shares);
int sc_tally_is_whole(const sc_tally *t); /* every owner's is added */
/* Append this holder's part of the sum, of the key's share. SC_E_RNG, SC_E_MEM. */
SC_MUST_USE sc_err sc_tally_part(const sc_tally *t, size_t position,
                                 sc_rng *rng, sc_buf *out);
/* Check a holder's part and keep it. Nothing if there are enough already.
 *   Returns: SC_E_WIRE, SC_E_CHEAT  it is none; SC_E_MEM */
SC_MUST_USE sc_err sc_tally_take_part(sc_tally *t, size_t position,
                                      sc_bytes part);
int sc_tally_is_complete(const sc_tally *t); /* as many parts as are needed */
/* The opened vector, sc_plan_vector_len elements; all parts are there.
 *   Returns: SC_E_CHEAT, SC_E_MEM */
SC_MUST_USE sc_err sc_tally_open(const sc_tally *t, sc_u128 *words);

#endif
