/* base/encode.h: bytes as text and back, strictly.
 *
 * Every decoder accepts exactly what its encoder writes: no white space, no
 * slack bits, no missing padding (base64) and no padding at all (base64url).
 * Decoders return SC_E_WIRE on anything else; `max` bounds the output and an
 * overflow is SC_E_WIRE too. Encoders append to a buffer. Public data only:
 * all are vartime, except hex. */
#ifndef SC_BASE_ENCODE_H
#define SC_BASE_ENCODE_H

#include "base/bytes.h"

SC_MUST_USE sc_err sc_hex_put(sc_buf *out, sc_bytes in); /* lower case */
SC_MUST_USE sc_err sc_hex_get(uint8_t *out, size_t len,
                              sc_bytes text); /* exactly len bytes */

SC_MUST_USE sc_err sc_base64_put(sc_buf *out,
                                 sc_bytes in); /* RFC 4648 s4, padded */
SC_MUST_USE sc_err sc_base64_get(sc_buf *out, sc_bytes text, size_t max);
SC_MUST_USE sc_err sc_base64url_put(sc_buf *out,
                                    sc_bytes in); /* s5, unpadded */
SC_MUST_USE sc_err sc_base64url_get(sc_buf *out, sc_bytes text, size_t max);

/* Bitcoin's alphabet; no multibase prefix. Quadratic: len(in) <= 128. */
SC_MUST_USE sc_err sc_base58_put(sc_buf *out, sc_bytes in);
SC_MUST_USE sc_err sc_base58_get(sc_buf *out, sc_bytes text, size_t max);

/* ZeroMQ RFC 32; 32 bytes <-> 40 characters. */
SC_MUST_USE sc_err sc_z85_put(sc_buf *out, sc_bytes in);
SC_MUST_USE sc_err sc_z85_get(uint8_t *out, size_t len, sc_bytes text);

/* Fixed-size conveniences: NUL-terminated lower hex of 16 or 32 bytes. */
void sc_hex16(char out[static 33], const uint8_t in[static 16]);
void sc_hex32(char out[static 65], const uint8_t in[static 32]);

#endif
