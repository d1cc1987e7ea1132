/* mpc/ring.h: vectors over Z_2^64 and Z_2^128.
 *
 * Additions wrap; that is the ring. The wire form of an element is its 8 or 16
 * bytes, little-endian. Nothing here branches on a value. */
#ifndef SC_MPC_RING_H
#define SC_MPC_RING_H

#include "base/int128.h"

/* y[i] += x[i]; y and x may be the same array, not overlap otherwise. */
void sc_ring64_add(uint64_t *y, const uint64_t *x, size_t n);
void sc_ring64_sub(uint64_t *y, const uint64_t *x, size_t n);
void sc_ring128_add(sc_u128 *y, const sc_u128 *x, size_t n);
void sc_ring128_sub(sc_u128 *y, const sc_u128 *x, size_t n);

/* out: 8*n or 16*n bytes. */
void sc_ring64_put(uint8_t *out, const uint64_t *x, size_t n);
void sc_ring64_get(uint64_t *x, const uint8_t *in, size_t n);
void sc_ring128_put(uint8_t *out, const sc_u128 *x, size_t n);
void sc_ring128_get(sc_u128 *x, const uint8_t *in, size_t n);

#endif
