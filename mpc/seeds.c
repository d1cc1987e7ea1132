/* mpc/seeds.c: X25519, HKDF and AES-CTR make n vectors that cancel.
 *
 * Pair i < j holds s_ij = HKDF(X25519; salt = sid; info =
 * "sharechain/pair/1" || i || j), i and j one byte each. From it come
 *     HKDF(s_ij; no salt; info = "sharechain/key/1" || purpose), 32 bytes,
 * of which a stream takes the first 16 as its AES key. The masks have two
 * purposes, "mask/64" and "mask/128", so that even one operator id used at both
 * widths meets different streams.
 *     z_i[e] = sum_{j > i} F_ij(e) - sum_{j < i} F_ij(e)
 * where F_ij(e) are bytes w*e .. w*e + w - 1 of the pair's stream for the
 * operator, w = 8 or 16 (docs/protocols/masked-sum.md). Each F_ij enters once
 * with each sign, so the sum over all parties is 0.
 *
 * Masking goes in pieces of PIECE bytes: each piece of y stays in the
 * first-level cache while all the streams pass over it. A stream goes straight
 * into y where the machine can do that, else by way of a buffer f. */
#include "mpc/seeds.h"

#include <sodium.h>
#include <string.h>

#include "base/aesctr.h"
#include "base/ct.h"
#include "base/hash.h"
#include "base/mem.h"

#define PIECE        8192 /* bytes of key stream made at once */
#define KEY_LEN      32
#define MAX_INFO_LEN 96
#define MAX_BYTES    (SC_AES_MAX_BLOCKS * SC_AES_BLOCK_LEN) /* one operator's */

struct sc_seeds {
    size_t me, n_parties;
    uint8_t pair[SC_MAX_PARTIES][KEY_LEN]; /* s_ij; [me] unused */
    sc_aesctr *mask64[SC_MAX_PARTIES];     /* NULL: me, or left out */
    sc_aesctr *mask128[SC_MAX_PARTIES];
};

sc_err sc_seeds_keypair(sc_rng *rng, uint8_t sk[static 32],
                        uint8_t pk[static 32])
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_rng_bytes(rng, sk, SC_X25519_LEN));
    SC_REQUIRE(crypto_scalarmult_curve25519_base(pk, sk) == 0, SC_E_BUG);
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_wipe(sk, SC_X25519_LEN);
        sc_wipe(pk, SC_X25519_LEN);
    }
    return err;
}

/* out = s_ij for the pair (me, peer). SC_E_CHEAT if the secret is all zero: the
 * peer's point has small order and anybody would know the seed. */
static sc_err derive_pair(uint8_t out[static KEY_LEN], size_t me, size_t peer,
                          const uint8_t sk[static 32],
                          const uint8_t pk[static 32],
                          const uint8_t sid[static 32])
{
    uint8_t info[] = "sharechain/pair/1..", secret[SC_X25519_LEN] = {0};
    const size_t len = sizeof info - 1;
    sc_err err = SC_E_BUG;
    int is_weak;

    info[len - 2] = (uint8_t)(me < peer ? me : peer);
    info[len - 1] = (uint8_t)(me < peer ? peer : me);
    is_weak = crypto_scalarmult_curve25519(secret, sk, pk);
    SC_CT_PUBLIC(&is_weak, sizeof is_weak); /* it depends on pk alone */
    SC_REQUIRE(is_weak == 0, SC_E_CHEAT);
    SC_TRY(sc_hkdf(out, KEY_LEN, (sc_bytes){secret, sizeof secret},
                   (sc_bytes){sid, 32}, (sc_bytes){info, len}));
    err = SC_OK;
out:
    sc_wipe(secret, sizeof secret);
    return err;
}

sc_err sc_seeds_pair_key(const sc_seeds *s, uint8_t out[static 32], size_t peer,
                         const char *purpose)
{
    static const char tag[] = "sharechain/key/1";
    const size_t tag_len = sizeof tag - 1, len = strlen(purpose);
    uint8_t info[MAX_INFO_LEN];

    if (peer >= s->n_parties || peer == s->me || len > sizeof info - tag_len) {
        return SC_E_ARG;
    }
    memcpy(info, tag, tag_len);
    memcpy(info + tag_len, purpose, len);
    return sc_hkdf(out, KEY_LEN, (sc_bytes){s->pair[peer], KEY_LEN},
                   (sc_bytes){info, 0}, (sc_bytes){info, tag_len + len});
}

static sc_err new_stream(sc_aesctr **stream, const sc_seeds *s, size_t peer,
                         const char *purpose)
{
    uint8_t key[KEY_LEN] = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_seeds_pair_key(s, key, peer, purpose));
    SC_TRY(sc_aesctr_new(stream, key, SC_AES_AUTO));
    err = SC_OK;
out:
    sc_wipe(key, sizeof key);
    return err;
}

sc_err sc_seeds_new(sc_seeds **s, size_t me, const uint8_t sk[static 32],
                    const uint8_t (*pks)[32], size_t n_parties,
                    const uint8_t sid[static 32])
{
    sc_seeds *made = NULL;
    sc_err err = SC_E_BUG;

    *s = NULL;
    if (n_parties < 2 || n_parties > SC_MAX_PARTIES || me >= n_parties) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->me = me;
    made->n_parties = n_parties;
    for (size_t j = 0; j < n_parties; j++) {
        if (j == me) {
            continue;
        }
        SC_TRY(derive_pair(made->pair[j], me, j, sk, pks[j], sid));
        SC_TRY(new_stream(&made->mask64[j], made, j, "mask/64"));
        SC_TRY(new_stream(&made->mask128[j], made, j, "mask/128"));
    }
    *s = made;
    made = NULL;
    err = SC_OK;
out:
    sc_seeds_free(&made);
    return err;
}

void sc_seeds_free(sc_seeds **s)
{
    if (*s == NULL) {
        return;
    }
    for (size_t j = 0; j < (*s)->n_parties; j++) {
        sc_aesctr_free(&(*s)->mask64[j]);
        sc_aesctr_free(&(*s)->mask128[j]);
    }
    sc_wipe(*s, sizeof **s);
    sc_free(*s);
    *s = NULL;
}

void sc_seeds_leave_out(sc_seeds *s, size_t peer)
{
    if (peer < s->n_parties) {
        sc_aesctr_free(&s->mask64[peer]);
        sc_aesctr_free(&s->mask128[peer]);
    }
}

/* ---- zero shares ---------------------------------------------------- */
/* y[e] += or -= F(first + e), the stream of me and j. f holds what is not added
 * at once: n elements and, if first is odd, the one before. */
static sc_err add_stream64(sc_seeds *s, size_t j, uint64_t *f, uint64_t *y,
                           size_t n, uint64_t operator_id, uint64_t first)
{
    const sc_aes_sum how = s->me < j ? SC_AES_ADD64 : SC_AES_SUB64;
    const size_t half = first % 2; /* two elements a block */
    size_t done = 0;
    sc_err err = SC_E_BUG;

    if (half == 0) {
        done = sc_aesctr_sum(s->mask64[j], (uint8_t *)y, n * sizeof *y, how,
                             operator_id, first / 2) /
               sizeof *y;
    }
    if (done < n) {
        SC_TRY(sc_aesctr_stream(s->mask64[j], (uint8_t *)f,
                                (half + n - done) * sizeof *f, operator_id,
                                (first + done) / 2));
        if (s->me < j) {
            sc_ring64_add(y + done, f + half, n - done);
        } else {
            sc_ring64_sub(y + done, f + half, n - done);
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_seeds_mask64(sc_seeds *s, uint64_t *y, size_t n, uint64_t operator_id,
                       uint64_t first)
{
    enum { PER_PIECE = PIECE / sizeof *y };
    uint64_t f[PER_PIECE];
    sc_err err = SC_E_BUG;

    if (n > MAX_BYTES / sizeof *y || first > MAX_BYTES / sizeof *y - n) {
        return SC_E_ARG;
    }
    for (size_t done = 0; done < n;) {
        /* From an odd element to the next block, then in whole blocks. */
        size_t most = (first + done) % 2 == 1 ? 1 : PER_PIECE;
        size_t len = n - done < most ? n - done : most;

        for (size_t j = 0; j < s->n_parties; j++) {
            if (s->mask64[j] == NULL) {
                continue;
            }
            SC_TRY(add_stream64(s, j, f, y + done, len, operator_id,
                                first + done));
        }
        done += len;
    }
    err = SC_OK;
out:
    sc_wipe(f, sizeof f);
    if (err != SC_OK) {
        sc_wipe(y, n * sizeof *y); /* half masked is not masked */
    }
    return err;
}

/* As above; one block an element. */
static sc_err add_stream128(sc_seeds *s, size_t j, sc_u128 *f, sc_u128 *y,
                            size_t n, uint64_t operator_id, uint64_t first)
{
    const sc_aes_sum how = s->me < j ? SC_AES_ADD128 : SC_AES_SUB128;
    size_t done = sc_aesctr_sum(s->mask128[j], (uint8_t *)y, n * sizeof *y, how,
                                operator_id, first) /
                  sizeof *y;
    sc_err err = SC_E_BUG;

    if (done < n) {
        SC_TRY(sc_aesctr_stream(s->mask128[j], (uint8_t *)f,
                                (n - done) * sizeof *f, operator_id,
                                first + done));
        if (s->me < j) {
            sc_ring128_add(y + done, f, n - done);
        } else {
            sc_ring128_sub(y + done, f, n - done);
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_seeds_mask128(sc_seeds *s, sc_u128 *y, size_t n, uint64_t operator_id,
                        uint64_t first)
{
    enum { PER_PIECE = PIECE / sizeof *y };
    sc_u128 f[PER_PIECE];
    sc_err err = SC_E_BUG;

    if (n > SC_AES_MAX_BLOCKS || first > SC_AES_MAX_BLOCKS - n) {
        return SC_E_ARG;
    }
    for (size_t done = 0; done < n;) {
        size_t len = n - done < PER_PIECE ? n - done : PER_PIECE;

        for (size_t j = 0; j < s->n_parties; j++) {
            if (s->mask128[j] == NULL) {
                continue;
            }
            SC_TRY(add_stream128(s, j, f, y + done, len, operator_id,
                                 first + done));
        }
        done += len;
    }
    err = SC_OK;
out:
    sc_wipe(f, sizeof f);
    if (err != SC_OK) {
        sc_wipe(y, n * sizeof *y);
    }
    return err;
}
