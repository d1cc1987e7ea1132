/* base/aesbits.h: AES-128 in constant time on any machine.
 *
 * Bitsliced: no table, no branch and no address depends on key or data. The
 * portable path of aesctr.h, and the twin that its fast path is tested against.
 * Source: FIPS 197. */
#ifndef SC_BASE_AESBITS_H
#define SC_BASE_AESBITS_H

#include <stdint.h>

#define SC_AESBITS_BLOCKS 4 /* blocks of one call */

typedef struct {
    uint64_t round_keys[11][8]; /* secret; the owner wipes it */
} sc_aesbits;

/* Expand a key. */
void sc_aesbits_init(sc_aesbits *a, const uint8_t key[static 16]);
/* Encrypt four blocks in place. */
void sc_aesbits_encrypt(const sc_aesbits *a, uint8_t blocks[static 64]);

#endif
