/* base/aesctr.h: AES-128 in counter mode as a seekable key stream.
 *
 * Block b of the stream of `operator` is AES-128(key, le64(b) || le64(operator)):
 * counter block index in the low half, operator id in the upper half
 * (docs/protocols/masked-sum.md). Three paths, bit-exact, all in constant time:
 * our own for VAES with AVX-512, libcrypto's (AES-NI, NEON) and a portable
 * bitsliced one. */
#ifndef SC_BASE_AESCTR_H
#define SC_BASE_AESCTR_H

#include "base/aesvaes.h"
#include "base/bytes.h"

#define SC_AES_KEY_LEN    16
#define SC_AES_BLOCK_LEN  16
#define SC_AES_MAX_BLOCKS ((uint64_t)1 << 48)

typedef struct sc_aesctr sc_aesctr;

typedef enum {
    SC_AES_AUTO, /* portable if SC_CPU=portable, else the machine's fastest */
    SC_AES_VAES,
    SC_AES_LIBCRYPTO,
    SC_AES_PORTABLE
} sc_aes_path;

/* Key is copied; wiped by free.
 *   Returns: SC_E_ARG  SC_AES_VAES on a machine without */
SC_MUST_USE sc_err sc_aesctr_new(sc_aesctr **s,
                                 const uint8_t key[static SC_AES_KEY_LEN],
                                 sc_aes_path path);
void sc_aesctr_free(sc_aesctr **s);
/* out = len bytes of the stream of `operator`, from the start of block
 * first_block. Not thread-safe on one s.
 *   Returns: SC_E_ARG  the blocks would reach SC_AES_MAX_BLOCKS
 *   Secret:  out */
SC_MUST_USE sc_err sc_aesctr_stream(sc_aesctr *s, uint8_t *out, size_t len,
                                    uint64_t operator_id, uint64_t first_block);
/* y += or -= (how) the same stream without writing it down, where the machine
 * can: whole steps of SC_AESVAES_STEP bytes, and only on the path for VAES.
 *   Returns: bytes of y that are done, 0 .. len; the rest is the caller's, by
 *            sc_aesctr_stream
 *   Secret:  y */
SC_MUST_USE size_t sc_aesctr_sum(sc_aesctr *s, uint8_t *y, size_t len,
                                 sc_aes_sum how, uint64_t operator_id,
                                 uint64_t first_block);

#endif
