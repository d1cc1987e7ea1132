/* base/hash.c: SHA-256 by libcrypto, HKDF over libsodium's HMAC.
 *
 * Looking an algorithm up costs libcrypto more than hashing a tree node, so the
 * lookup is done once for the process; the result is never changed after.
 * libcrypto can fail here only for want of memory or of the algorithm: both
 * leave nothing to go on with, so functions without an error assert. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"

struct sc_hash {
    EVP_MD_CTX *ctx;
};

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_md;

static void fetch(void)
{
    /* Without the machine's openssl.cnf: it could load code, and costs time. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    sha256_md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

static const EVP_MD *sha256(void)
{
    SC_ASSERT(pthread_once(&fetched, fetch) == 0);
    SC_ASSERT(sha256_md != NULL);
    return sha256_md;
}

sc_err sc_hash_new(sc_hash **h)
{
    sc_err err = SC_E_BUG;
    sc_hash *made = sc_alloc(1, sizeof *made);

    *h = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->ctx = EVP_MD_CTX_new();
    SC_REQUIRE(made->ctx != NULL, SC_E_MEM);
    SC_REQUIRE(EVP_DigestInit_ex(made->ctx, sha256(), NULL) == 1, SC_E_MEM);
    *h = made;
    made = NULL;
    err = SC_OK;
out:
    sc_hash_free(&made);
    return err;
}

void sc_hash_free(sc_hash **h)
{
    if (*h != NULL) {
        EVP_MD_CTX_free((*h)->ctx); /* wipes */
        sc_free(*h);
        *h = NULL;
    }
}

void sc_hash_reset(sc_hash *h)
{
    SC_ASSERT(EVP_DigestInit_ex(h->ctx, NULL, NULL) == 1);
}

void sc_hash_update(sc_hash *h, const void *p, size_t len)
{
    if (len > 0) {
        SC_ASSERT(EVP_DigestUpdate(h->ctx, p, len) == 1);
    }
}

void sc_hash_tag(sc_hash *h, const char *tag)
{
    sc_hash_reset(h);
    sc_hash_update(h, tag, strlen(tag) + 1); /* its NUL is the 0x00 */
}

void sc_hash_update_len(sc_hash *h, uint64_t len)
{
    uint8_t text[8];

    sc_store_le64(text, len);
    sc_hash_update(h, text, sizeof text);
}

void sc_hash_update_sized(sc_hash *h, sc_bytes part)
{
    sc_hash_update_len(h, part.len);
    sc_hash_update(h, part.p, part.len);
}

void sc_hash_final(sc_hash *h, uint8_t out[static SC_HASH_LEN])
{
    SC_ASSERT(EVP_DigestFinal_ex(h->ctx, out, NULL) == 1);
}

/* Libraries want a pointer even to no bytes. */
static const uint8_t *not_null(sc_bytes s)
{
    static const uint8_t nothing[1];

    return s.len > 0 ? s.p : nothing;
}

void sc_sha256(uint8_t out[static SC_HASH_LEN], sc_bytes data)
{
    SC_ASSERT(EVP_Digest(not_null(data), data.len, out, NULL, sha256(), NULL) ==
              1);
}

void sc_hash_tagged(uint8_t out[static SC_HASH_LEN], const char *tag,
                    const sc_bytes *parts, size_t n_parts)
{
    sc_hash h = {EVP_MD_CTX_new()};

    SC_ASSERT(h.ctx != NULL);
    SC_ASSERT(EVP_DigestInit_ex(h.ctx, sha256(), NULL) == 1);
    sc_hash_update(&h, tag, strlen(tag) + 1); /* its NUL is the 0x00 */
    for (size_t i = 0; i < n_parts; i++) {
        sc_hash_update_sized(&h, parts[i]);
    }
    sc_hash_final(&h, out);
    EVP_MD_CTX_free(h.ctx);
}

/* out = HMAC(key, a || b || c). */
static void hmac(uint8_t out[static SC_HASH_LEN], sc_bytes key, sc_bytes a,
                 sc_bytes b, sc_bytes c)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, not_null(key), key.len);
    crypto_auth_hmacsha256_update(&state, not_null(a), a.len);
    crypto_auth_hmacsha256_update(&state, not_null(b), b.len);
    crypto_auth_hmacsha256_update(&state, not_null(c), c.len);
    crypto_auth_hmacsha256_final(&state, out);
    sc_wipe(&state, sizeof state);
}

sc_err sc_hkdf(uint8_t *out, size_t len, sc_bytes key, sc_bytes salt,
               sc_bytes info)
{
    uint8_t prk[SC_HASH_LEN], t[SC_HASH_LEN];
    const sc_bytes none = {NULL, 0};
    sc_bytes last = none; /* T(0) */
    uint8_t round = 0;

    if (len == 0 || len > 255 * SC_HASH_LEN) {
        return SC_E_ARG;
    }
    hmac(prk, salt, key, none, none);    /* RFC 5869, 2.2 */
    for (size_t done = 0; done < len;) { /* 2.3 */
        size_t n = len - done < SC_HASH_LEN ? len - done : SC_HASH_LEN;

        round++;
        hmac(t, (sc_bytes){prk, sizeof prk}, last, info, (sc_bytes){&round, 1});
        memcpy(out + done, t, n);
        last = (sc_bytes){t, sizeof t};
        done += n;
    }
    sc_wipe(prk, sizeof prk);
    sc_wipe(t, sizeof t);
    return SC_OK;
}
