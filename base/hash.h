/* base/hash.h: SHA-256, the one hash for all that is audited or signed.
 *
 * libcrypto underneath (SHA-NI at run time). Tagged hashes put a domain tag
 * and every part behind its length, so that no two different lists of parts
 * give the same bytes. Key derivation is HKDF-SHA256 (RFC 5869). */
#ifndef SC_BASE_HASH_H
#define SC_BASE_HASH_H

#include "base/bytes.h"

#define SC_HASH_LEN 32

typedef struct sc_hash sc_hash; /* an incremental SHA-256 */

SC_MUST_USE sc_err sc_hash_new(sc_hash **h);
void sc_hash_free(sc_hash **h);
/* Start anew; may be called at any time. */
void sc_hash_reset(sc_hash *h);
void sc_hash_update(sc_hash *h, const void *p, size_t len);
/* A tagged hash in pieces: start anew with the tag; then of each part its length,
 * and its bytes as they come. */
void sc_hash_tag(sc_hash *h, const char *tag);
void sc_hash_update_len(sc_hash *h, uint64_t len);
/* Length as u64 little-endian, then the bytes. */
void sc_hash_update_sized(sc_hash *h, sc_bytes part);
/* The digest; h must be reset before its next use. */
void sc_hash_final(sc_hash *h, uint8_t out[static SC_HASH_LEN]);

/* SHA-256 of one string of bytes. */
void sc_sha256(uint8_t out[static SC_HASH_LEN], sc_bytes data);
/* SHA-256(tag || 0x00 || u64le len_1 || part_1 || ... ). */
void sc_hash_tagged(uint8_t out[static SC_HASH_LEN], const char *tag,
                    const sc_bytes *parts, size_t n_parts);
/* HKDF-SHA256: extract with salt, expand with info; 1 <= len <= 255 * 32.
 *   Returns: SC_E_ARG  len out of range
 *   Secret:  key, out */
SC_MUST_USE sc_err sc_hkdf(uint8_t *out, size_t len, sc_bytes key,
                           sc_bytes salt, sc_bytes info);

#endif
