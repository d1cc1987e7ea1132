/* mpc/ctsum_shape.h: how long entries and parts of a sum of ciphertexts are, and what
 * a slot holds. A part of mpc/ctsum.h, whose words these are. Lengths are in bytes;
 * all of it is public but what slots hold. */
#ifndef SC_MPC_CTSUM_SHAPE_H
#define SC_MPC_CTSUM_SHAPE_H

#include "mpc/ctsum.h"

/* Entries and parts are filled up to whole ones. */
#define SC_CTSUM_WORD ((size_t)16)

int sc_ctsum_is_shape(const sc_ctsum_shape *s);
size_t sc_ctsum_value_bits(const sc_ctsum_shape *s); /* of y + 2^r * u */

size_t sc_ctsum_ciphers_len(const sc_ctsum_shape *s);
/* An entry without the zeros behind it. */
size_t sc_ctsum_bare_len(const sc_ctsum_shape *s);
/* The proof behind an entry's ciphertexts, where ranges are not proved by bits. */
size_t sc_ctsum_entry_proof_len(const sc_ctsum_shape *s);
size_t sc_ctsum_part_proof_len(const sc_ctsum_shape *s);
/* Where they are: ciphertexts of the bits of n_values values with their proof, and
 * that proof alone. */
size_t sc_ctsum_bits_len(const sc_ctsum_shape *s, size_t n_values);
size_t sc_ctsum_bits_proof_len(const sc_ctsum_shape *s, size_t n_values);

/* Append zeros to what begins at `start`, and tell whether all that is behind the
 * first len bytes are such zeros. */
SC_MUST_USE sc_err sc_ctsum_pad(sc_buf *out, size_t start);
int sc_ctsum_is_padded(sc_bytes in, size_t len);

/* y + 2^r * u, of which SC_CTSUM_SPARE bits of u count. Secret. */
void sc_ctsum_slot(uint64_t v[static 3], sc_u128 y, uint64_t u,
                   unsigned ring_bits);

#endif
