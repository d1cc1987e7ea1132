/* he/cipher_values.h: numbers into the plaintexts of a file of ciphertexts, and out.
 *
 * Values are whole numbers of units of 10^-decimals, in or without slots as the head
 * says (he/cipher_file.h). Adversary: a contributor who encrypts what is no value:
 * a total that its addends cannot make is refused, a small lie is not seen. Secret:
 * values and plaintexts; what is told is whether all were in range. */
#ifndef SC_HE_CIPHER_VALUES_H
#define SC_HE_CIPHER_VALUES_H

#include "base/int128.h"
#include "he/cipher_file.h"

/* Fill sc_cipher_head_ciphers plaintexts of sc_he_limbs words each.
 *   In:      x  head->values of them
 *   Returns: SC_E_ARG  one of x is out of range, or the head is; m all zero
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_values_put(const sc_cipher_head *head,
                                        const sc_he_public *pk, uint64_t *m,
                                        const sc_i128 *x);
/*   Returns: SC_E_ARG    the head is out of range
 *            SC_E_CHEAT  its addends cannot make what is there; x all zero
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_cipher_values_get(const sc_cipher_head *head,
                                        const sc_he_public *pk, sc_i128 *x,
                                        const uint64_t *m);
/* May a value be x? The first addend's range, for who asks which one is not. */
int sc_cipher_value_fits(const sc_cipher_head *head, sc_i128 x);

#endif
