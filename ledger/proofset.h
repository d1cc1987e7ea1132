/* ledger/proofset.h: eddsa-jcs-2022 proofs over JSON documents.
 *
 * A proof signs SHA-256(JCS(options)) || SHA-256(JCS(document without proof)),
 * the options' hash first; options are type, cryptosuite, created,
 * verificationMethod, proofPurpose and, if the document has one, @context. A
 * proof set is an array of such proofs, each over the document alone; ours are
 * sorted by verification method and say the same second.
 *
 * Adversary: whoever hands us a document with proofs.
 * Source: W3C vc-di-eddsa 1.0, section 3.3; vc-data-integrity;
 * docs/formats.md 7.2. */
#ifndef SC_LEDGER_PROOFSET_H
#define SC_LEDGER_PROOFSET_H

#include <jansson.h>

#include "base/limits.h"
#include "ledger/did.h"

/* Sign a document (a `proof` member is ignored) as vm at the POSIX second
 * created. SC_E_ARG: not an object, or outside the JSON profile. */
SC_MUST_USE sc_err sc_proof_sign(uint8_t sig[static SC_SIG_LEN],
                                 const json_t *doc, const char *vm,
                                 int64_t created, const sc_sign_key *key);
/* Does such a signature hold? SC_E_CHEAT; SC_E_ARG as above. */
SC_MUST_USE sc_err sc_proof_check(const json_t *doc, const char *vm,
                                  int64_t created,
                                  const uint8_t pk[static SC_KEY_LEN],
                                  const uint8_t sig[static SC_SIG_LEN]);
/* The proof object of a signature; the caller owns *proof. */
SC_MUST_USE sc_err sc_proof_make(json_t **proof, const json_t *doc,
                                 const char *vm, int64_t created,
                                 const uint8_t sig[static SC_SIG_LEN]);
/* Check one proof of a document. The caller has found pk by the proof's
 * verificationMethod.
 *   Returns: SC_E_WIRE   members, type, suite, purpose, date or signature text
 *                        are not as they must be
 *            SC_E_CHEAT  the signature does not hold */
SC_MUST_USE sc_err sc_proof_verify(const json_t *doc, const json_t *proof,
                                   const uint8_t pk[static SC_KEY_LEN]);

/* ---- sets -------------------------------------------------------------- */

/* One signer of a set. */
typedef struct {
    const char *did;         /* borrowed */
    uint8_t pk[SC_KEY_LEN];  /* its identity key */
    uint8_t sig[SC_SIG_LEN]; /* of sc_proof_sign as its method */
} sc_proof_signer;

/* Set doc's `proof` to the sorted set of the signers' proofs. Does not verify.
 * SC_E_ARG: none, more than SC_MAX_PARTIES, the same DID twice. */
SC_MUST_USE sc_err sc_proofset_put(json_t *doc, int64_t created,
                                   const sc_proof_signer *signers,
                                   size_t n_signers);
/* The document has exactly one proof by each signer, sorted, of the same second;
 * all hold. signers[].sig is not read.
 *   Out:     created  that second
 *   Returns: SC_E_WIRE, SC_E_CHEAT as sc_proof_verify; another set of signers or
 *            another order is SC_E_CHEAT; SC_E_ARG as sc_proofset_put */
SC_MUST_USE sc_err sc_proofset_verify(int64_t *created, const json_t *doc,
                                      const sc_proof_signer *signers,
                                      size_t n_signers);

#endif
