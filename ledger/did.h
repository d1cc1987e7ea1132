/* ledger/did.h: did:key names of Ed25519 keys, and multibase text.
 *
 * did:key:z<base58btc(0xED 0x01 || key)>; always z6Mk..., 48 characters behind
 * the prefix. The verification method is the DID, '#', and the same 48. Only
 * multibase z is read. Source: W3C CCG did:key; docs/formats.md 1.4.
 *
 * Adversary: whoever wrote the text. Texts of other lengths are refused unread,
 * and a DID is that of an admissible key or none. */
#ifndef SC_LEDGER_DID_H
#define SC_LEDGER_DID_H

#include "ledger/keys.h"

#define SC_DID_LEN    56  /* characters */
#define SC_DID_VM_LEN 105 /* of a verification method */

/* The DID of a key; NUL-terminated. SC_E_MEM. */
SC_MUST_USE sc_err sc_did_make(char out[static SC_DID_LEN + 1],
                               const uint8_t pk[static SC_KEY_LEN]);
/* The key of a DID. SC_E_WIRE: not such a DID, or the key is not admissible
 * (sc_key_check_ed25519); pk untouched. */
SC_MUST_USE sc_err sc_did_take(uint8_t pk[static SC_KEY_LEN], sc_bytes did);
/* The verification method of a well-formed DID; NUL-terminated.
 * SC_E_ARG: not SC_DID_LEN characters. */
SC_MUST_USE sc_err sc_did_vm(char out[static SC_DID_VM_LEN + 1],
                             const char *did);

/* Multibase, base58btc: 'z' and the digits. in.len <= 128. */
SC_MUST_USE sc_err sc_multibase_put(sc_buf *out, sc_bytes in);
/* Exactly len bytes (<= 128), else SC_E_WIRE and out untouched. */
SC_MUST_USE sc_err sc_multibase_get(uint8_t *out, size_t len, sc_bytes text);

#endif
