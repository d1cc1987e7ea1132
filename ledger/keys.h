/* ledger/keys.h: the five keys of a party, one for each purpose.
 *
 * identity signs receipts, consents and statements; log signs checkpoints (at
 * the sequencer); cosigner signs cosignatures, ever for one name; transport is
 * the CURVE key of the links; state seals what a node stores. No key serves
 * two purposes, so no signature can be carried from one to another.
 *
 * Adversary: whoever hands us a public key or a signature. Implementations of
 * Ed25519 differ on odd keys, so public keys are admitted only in canonical
 * encoding and in the prime-order group; then all verifiers agree. */
#ifndef SC_LEDGER_KEYS_H
#define SC_LEDGER_KEYS_H

#include "base/bytes.h"
#include "base/rng.h"

#define SC_KEY_LEN 32
#define SC_SIG_LEN 64

typedef enum {
    SC_KEY_IDENTITY,
    SC_KEY_LOG,
    SC_KEY_COSIGNER,
    SC_KEY_TRANSPORT,
    SC_KEY_STATE,
    SC_KEY_N_KINDS
} sc_key_kind;

/* An Ed25519 key pair: seed, then public key. The first half is secret. */
typedef struct {
    uint8_t seed[SC_KEY_LEN];
    uint8_t pk[SC_KEY_LEN];
} sc_sign_key;

typedef struct {
    sc_sign_key identity;
    sc_sign_key log;
    sc_sign_key cosigner;
    uint8_t transport[SC_KEY_LEN];    /* X25519 secret */
    uint8_t transport_pk[SC_KEY_LEN]; /* its public half */
    uint8_t state[SC_KEY_LEN];        /* symmetric, secret */
} sc_keys;

/* "identity", "log", "cosigner", "transport", "state". */
const char *sc_key_kind_name(sc_key_kind kind);

/* Five fresh keys. SC_E_RNG: keys all zero. */
SC_MUST_USE sc_err sc_keys_generate(sc_keys *keys, sc_rng *rng);
void sc_keys_clear(sc_keys *keys);

/* The key pair of a 32-byte seed (RFC 8032). */
void sc_sign_key_init(sc_sign_key *key, const uint8_t seed[static SC_KEY_LEN]);

/* Append one key as one line, "sharechain-key/1 identity <base64url>" LF.
 * Secret: the line. */
SC_MUST_USE sc_err sc_keys_put(sc_buf *out, const sc_keys *keys,
                               sc_key_kind kind);
/* Read such a line, its LF included, into the slot of its kind, deriving the
 * public half. SC_E_WIRE: anything else; keys untouched. */
SC_MUST_USE sc_err sc_keys_get(sc_keys *keys, sc_key_kind kind, sc_bytes line);

/* SC_E_WIRE unless pk is canonical, on the curve, in the prime-order group and
 * not its identity. vartime: pk is public. */
SC_MUST_USE sc_err sc_key_check_ed25519(const uint8_t pk[static SC_KEY_LEN]);
/* SC_E_WIRE unless pk is a canonical u-coordinate that is not of small order. */
SC_MUST_USE sc_err sc_key_check_x25519(const uint8_t pk[static SC_KEY_LEN]);

/* Ed25519 over the bytes as they are: for formats that others define. */
void sc_sign(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
             sc_bytes message);
/* SC_E_CHEAT if the signature does not hold. */
SC_MUST_USE sc_err sc_sign_verify(const uint8_t pk[static SC_KEY_LEN],
                                  sc_bytes message,
                                  const uint8_t sig[static SC_SIG_LEN]);

/* Our own signatures: over tag || 0x00 || sc_hash_tagged(tag, parts). The tag
 * (1..64 bytes, not beginning with '{') says what is signed, e.g. "consent/1".
 *   Returns: SC_E_ARG  tag of another shape */
SC_MUST_USE sc_err sc_sign_tagged(uint8_t sig[static SC_SIG_LEN],
                                  const sc_sign_key *key, const char *tag,
                                  const sc_bytes *parts, size_t n_parts);
/* SC_E_CHEAT if it does not hold; SC_E_ARG as above. */
SC_MUST_USE sc_err sc_sign_verify_tagged(const uint8_t pk[static SC_KEY_LEN],
                                         const char *tag, const sc_bytes *parts,
                                         size_t n_parts,
                                         const uint8_t sig[static SC_SIG_LEN]);

#endif
