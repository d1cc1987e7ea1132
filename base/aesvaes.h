/* base/aesvaes.h: AES-128 key stream on processors with VAES and AVX-512.
 *
 * The fast path of aesctr.h: one instruction does a round of four blocks, and
 * the counters never touch memory. No table; no time depends on key or data. On
 * other machines nothing of it is compiled but the answer no.
 * Source: FIPS 197. */
#ifndef SC_BASE_AESVAES_H
#define SC_BASE_AESVAES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t round_keys[11][16]; /* secret; the owner wipes it */
} sc_aesvaes;

/* Whether processor and system can; if not, the others may not be called. */
int sc_aesvaes_is_here(void);
/* Expand a key. */
void sc_aesvaes_init(sc_aesvaes *a, const uint8_t key[static 16]);
/* out = len bytes of blocks le64(first_block + i) || le64(operator_id),
 * encrypted; at any alignment. */
void sc_aesvaes_stream(const sc_aesvaes *a, uint8_t *out, size_t len,
                       uint64_t operator_id, uint64_t first_block);

#define SC_AESVAES_STEP 512 /* bytes */

typedef enum {
    SC_AES_ADD64,
    SC_AES_SUB64,
    SC_AES_ADD128,
    SC_AES_SUB128
} sc_aes_sum;

/* y += or -= the same stream, as words of 64 or 128 bits that wrap. Whole steps
 * alone: len is a multiple of SC_AESVAES_STEP. */
void sc_aesvaes_sum(const sc_aesvaes *a, uint8_t *y, size_t len, sc_aes_sum how,
                    uint64_t operator_id, uint64_t first_block);

#endif
