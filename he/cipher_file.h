/* he/cipher_file.h: ciphertexts in a file, with what they need to be added and read.
 *
 *     sharechain-paillier-ciphertexts/1
 *     id <id of the key>
 *     key <digest of the key: sc_he_public_digest>
 *     values <how many>
 *     decimals <digits behind the point of each value>
 *     slots none   or   slots <signed|unsigned> <value bits> <addends> <spare bits>
 *     addends <how many values were added up, or a constant counted for>
 *     <an empty line>
 * and the ciphertexts as sc_cipher_put has them: one a value or, in slots
 * (he/pack.h), as many as sc_packing_plaintexts says. A value is a whole number;
 * without slots below 2^80 in size, so that a sum of 2^46 is below 2^126.
 *
 * Read strictly: what is read is written again and compared. Adversary: whoever
 * wrote the file. That its head is true it does not prove: a count of addends that
 * is too large shifts packed signed totals; proofs (he/proof_file.h) cover the head.
 * docs/formats.md, section 16. */
#ifndef SC_HE_CIPHER_FILE_H
#define SC_HE_CIPHER_FILE_H

#include "base/fault.h"
#include "base/hash.h"
#include "he/cipher.h"
#include "he/pack.h"

#define SC_CIPHER_FILE_CIPHERS  ((size_t)1 << 20)
#define SC_CIPHER_FILE_VALUES   ((uint64_t)1 << 27)
#define SC_CIPHER_FILE_DECIMALS 30
#define SC_CIPHER_FILE_ADDENDS  ((uint64_t)1 << 46)
#define SC_CIPHER_FILE_BITS     80  /* of a value without slots */
#define SC_CIPHER_FILE_HEAD     512 /* bytes before the ciphertexts, at most */
#define SC_CIPHER_FILE_MAX                                                     \
    (SC_CIPHER_FILE_HEAD + SC_CIPHER_FILE_CIPHERS * 16 * SC_HE_MAX_LIMBS)

typedef struct {
    char id[SC_HE_ID_MAX + 1];
    uint8_t key[SC_HASH_LEN];
    uint64_t values;   /* 1 .. SC_CIPHER_FILE_VALUES */
    uint64_t decimals; /* 0 .. SC_CIPHER_FILE_DECIMALS */
    int has_slots;     /* if so, of each: */
    int is_signed;
    uint64_t value_bits, slot_addends, spare_bits;
    uint64_t addends; /* 1 .. SC_CIPHER_FILE_ADDENDS, in slots slot_addends */
} sc_cipher_head;

/* Which key it is, n and id: tagged("sharechain/he/key/1"; n, id). */
void sc_he_public_digest(uint8_t out[static SC_HASH_LEN],
                         const sc_he_public *pk);

/* One addend, no decimals, no slots. */
void sc_cipher_head_init(sc_cipher_head *head, const sc_he_public *pk,
                         size_t values);
int sc_cipher_head_is_of(const sc_cipher_head *head, const sc_he_public *pk);
/* For a head with slots.
 *   Returns: SC_E_ARG  as sc_packing_init */
SC_MUST_USE sc_err sc_cipher_head_packing(sc_packing *p,
                                          const sc_cipher_head *head,
                                          const sc_he_public *pk);
/* How many ciphertexts.
 *   Returns: SC_E_ARG  slots or counts out of range */
SC_MUST_USE sc_err sc_cipher_head_ciphers(size_t *n, const sc_cipher_head *head,
                                          const sc_he_public *pk);
/* The text with the empty line. */
SC_MUST_USE sc_err sc_cipher_head_put(sc_buf *out, const sc_cipher_head *head);
/* *rest: what follows the head.
 *   Returns: SC_E_WIRE, SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_head_get(sc_cipher_head *head, sc_bytes *rest,
                                      sc_bytes in);

/*   Returns: SC_E_ARG  the head is of another key, or of another count than c
 *            SC_E_MEM; out as it was */
SC_MUST_USE sc_err sc_cipher_file_put(sc_buf *out, const sc_cipher_head *head,
                                      const sc_cipher *c);
/*   Returns: SC_E_WIRE  not as above, or ciphertexts that are none
 *            SC_E_ARG   of another key
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_file_get(sc_cipher_head *head, sc_cipher **c,
                                      const sc_he_public *pk, sc_bytes in);

/* ---- what arithmetic does to a head ----------------------------------------
 *
 *   Returns: SC_E_CONFIG  they do not fit, or there is no room left: why says it;
 *                         head as it was */

/* head becomes that of the sum, or of the difference, of both. */
SC_MUST_USE sc_err sc_cipher_head_join(sc_cipher_head *head,
                                       const sc_cipher_head *more,
                                       int is_difference, sc_fault *why);
/* head becomes that of k times what it was. */
SC_MUST_USE sc_err sc_cipher_head_scale(sc_cipher_head *head, int64_t k,
                                        sc_fault *why);

#endif
