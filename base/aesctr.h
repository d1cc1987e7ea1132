/* base/aesctr.h: AES-128 in counter mode as a seekable key stream.
 *
 * Block b of the stream of `operator` is AES-128(key, le64(b) || le64(operator)):
 * counter block index in the low half, operator id in the upper half
 * (docs/protocols/masked-sum.md). Two paths, bit-exact: libcrypto (AES-NI,
 * VAES) and a portable bitsliced one in constant time; SC_CPU=portable in the
 * environment forces the second. */
#ifndef SC_BASE_AESCTR_H
#define SC_BASE_AESCTR_H

#include "base/bytes.h"

#define SC_AES_KEY_LEN    16
#define SC_AES_BLOCK_LEN  16
#define SC_AES_MAX_BLOCKS ((uint64_t)1 << 48)

typedef struct sc_aesctr sc_aesctr;

typedef enum { SC_AES_AUTO, SC_AES_LIBCRYPTO, SC_AES_PORTABLE } sc_aes_path;

/* SC_AES_AUTO obeys SC_CPU. Key is copied; wiped by free. */
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

#endif
