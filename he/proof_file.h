/* he/proof_file.h: proofs, openings and partial decryptions as bytes.
 *
 *     sharechain-paillier-proof/1
 *     proves <modulus | plaintexts | bits | opening | part>
 *     id <id of the key>
 *     key <digest: sc_he_public_digest; of a part: sc_threshold_digest>
 *     ciphertexts <SHA-256 of the ciphertexts' file>      but for modulus
 *     party <i>                                           for a part alone
 *     <an empty line>
 * and the proof's own bytes: of an opening, plaintexts and then randomness of n's
 * length each; of a part, the parts as sc_cipher_put has them, and then its proof.
 * docs/formats.md, section 16.
 *
 * Read strictly: what is read is written again and compared. The lines say what the
 * proof claims to be of, so that a misfit has a name; they prove nothing. Adversary:
 * whoever wrote the file. Who checks a proof takes its context from elsewhere: the
 * head of the ciphertexts' file is part of it (sc_proof_context), so that nobody
 * changes what the values mean. */
#ifndef SC_HE_PROOF_FILE_H
#define SC_HE_PROOF_FILE_H

#include "base/hash.h"
#include "he/cipher_file.h"
#include "he/threshold.h"

typedef enum {
    SC_PROOF_MODULUS,
    SC_PROOF_PLAINTEXTS,
    SC_PROOF_BITS,
    SC_PROOF_OPENING,
    SC_PROOF_PART,
    SC_PROOF_N_KINDS
} sc_proof_kind;

typedef struct {
    sc_proof_kind kind;
    char id[SC_HE_ID_MAX + 1];
    uint8_t key[SC_HASH_LEN];
    uint8_t ciphertexts[SC_HASH_LEN]; /* zero of a modulus */
    uint64_t party;                   /* of a part; else 0 */
    sc_bytes body;                    /* borrowed */
} sc_proof;

/* Bytes of a file: openings and parts of as many ciphertexts as there may be, or
 * proofs of so many, are below twice those. */
#define SC_PROOF_FILE_MAX (2 * SC_CIPHER_FILE_MAX)

const char *sc_proof_kind_name(sc_proof_kind kind); /* never NULL */
SC_MUST_USE sc_err sc_proof_put(sc_buf *out, const sc_proof *proof);
/*   Returns: SC_E_WIRE, SC_E_MEM */
SC_MUST_USE sc_err sc_proof_get(sc_proof *proof, sc_bytes in);

/* What a proof about ciphertexts is bound to: tagged("sharechain/he/file/1";
 * context, the head's text).
 *   Returns: SC_E_MEM */
SC_MUST_USE sc_err sc_proof_context(uint8_t out[static SC_HASH_LEN],
                                    sc_bytes context,
                                    const sc_cipher_head *head);

#endif
