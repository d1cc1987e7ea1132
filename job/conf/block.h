/* job/conf/block.h: a party's block in consortium.yaml, signed by its own DID.
 *
 * The signature is Ed25519 by the identity key over the JCS of {"address",
 * "consortium", "cosigner", "did", "log", "name", "transport"}, as multibase z; of
 * a party that posts and leaves also "offline": true, which no other block has.
 * So nobody can enter a party under keys that it does not hold, declare it
 * offline, nor move its block into another consortium.
 *
 * Adversary: whoever handed the block over. */
#ifndef SC_JOB_BLOCK_H
#define SC_JOB_BLOCK_H

#include "job/conf/consortium.h"
#include "ledger/keys.h"

/* Fill p's keys from a party's own, for a log of this origin. `name`, `origin`
 * and `address` must be fit (sc_conf_is_*): SC_E_ARG. */
SC_MUST_USE sc_err sc_block_make(sc_party *p, const sc_keys *keys,
                                 const char *name, const char *origin,
                                 const char *address, int is_offline);
/* Append the signature's text, "z...". */
SC_MUST_USE sc_err sc_block_sign(sc_buf *out, const sc_party *p,
                                 const char *consortium,
                                 const sc_sign_key *identity);
/* Does sig hold for the texts of p under p->identity?
 *   Returns: SC_E_WIRE   not the multibase text of a signature
 *            SC_E_CHEAT  it does not hold */
SC_MUST_USE sc_err sc_block_verify(const sc_party *p, const char *consortium,
                                   const char *sig);
/* Append the block as YAML, ready to stand below `parties:`. */
SC_MUST_USE sc_err sc_block_print(sc_buf *out, const sc_party *p,
                                  const char *sig);

#endif
