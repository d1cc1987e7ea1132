/* base/aesctr.c: write the counters where the stream goes, encrypt in place.
 *
 * libcrypto's own counter mode counts in the last bytes, big-endian; ours in
 * the first, little-endian. So its path is its ECB over pieces that fit the
 * first-level cache, which runs as many blocks at once as libcrypto can. The
 * portable path does the same, four blocks at a time (aesbits.h). Only the path
 * for VAES counts as it goes (aesvaes.h). */
#include "base/aesctr.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/aesbits.h"
#include "base/mem.h"

#define PIECE_BLOCKS 512 /* 8 KiB */

struct sc_aesctr {
    sc_aes_path path; /* which of these it is; not SC_AES_AUTO */
    sc_aesvaes vaes;
    EVP_CIPHER_CTX *libcrypto;
    sc_aesbits portable;
};

static sc_aes_path best_path(void)
{
    const char *cpu = getenv("SC_CPU");

    if (cpu != NULL && strcmp(cpu, "portable") == 0) {
        return SC_AES_PORTABLE;
    }
    return sc_aesvaes_is_here() ? SC_AES_VAES : SC_AES_LIBCRYPTO;
}

static sc_err init_libcrypto(sc_aesctr *s,
                             const uint8_t key[static SC_AES_KEY_LEN])
{
    sc_err err = SC_E_BUG;

    s->libcrypto = EVP_CIPHER_CTX_new();
    SC_REQUIRE(s->libcrypto != NULL, SC_E_MEM);
    SC_REQUIRE(EVP_EncryptInit_ex(s->libcrypto, EVP_aes_128_ecb(), NULL, key,
                                  NULL) == 1,
               SC_E_MEM);
    SC_REQUIRE(EVP_CIPHER_CTX_set_padding(s->libcrypto, 0) == 1, SC_E_BUG);
    err = SC_OK;
out:
    return err; /* what was made is freed with s */
}

sc_err sc_aesctr_new(sc_aesctr **s, const uint8_t key[static SC_AES_KEY_LEN],
                     sc_aes_path path)
{
    sc_err err = SC_E_BUG;
    sc_aesctr *made = NULL;

    *s = NULL;
    if (path == SC_AES_VAES && !sc_aesvaes_is_here()) {
        return SC_E_ARG;
    }
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->path = path == SC_AES_AUTO ? best_path() : path;
    if (made->path == SC_AES_VAES) {
        sc_aesvaes_init(&made->vaes, key);
    } else if (made->path == SC_AES_LIBCRYPTO) {
        SC_TRY(init_libcrypto(made, key));
    } else {
        sc_aesbits_init(&made->portable, key);
    }
    *s = made;
    made = NULL;
    err = SC_OK;
out:
    sc_aesctr_free(&made);
    return err;
}

void sc_aesctr_free(sc_aesctr **s)
{
    if (*s != NULL) {
        EVP_CIPHER_CTX_free((*s)->libcrypto); /* wipes */
        sc_wipe(*s, sizeof **s);
        sc_free(*s);
        *s = NULL;
    }
}

static void write_counters(uint8_t *out, size_t n_blocks, uint64_t operator_id,
                           uint64_t first_block)
{
    for (size_t i = 0; i < n_blocks; i++) {
        sc_store_le64(out + 16 * i, first_block + i);
        sc_store_le64(out + 16 * i + 8, operator_id);
    }
}

/* At most PIECE_BLOCKS blocks, in place. */
static sc_err encrypt(sc_aesctr *s, uint8_t *out, size_t n_blocks)
{
    uint8_t last[16 * SC_AESBITS_BLOCKS] = {0};
    int n_out = 0;

    if (s->path == SC_AES_LIBCRYPTO) {
        return EVP_EncryptUpdate(s->libcrypto, out, &n_out, out,
                                 (int)(16 * n_blocks)) == 1
                   ? SC_OK
                   : SC_E_BUG;
    }
    for (; n_blocks >= SC_AESBITS_BLOCKS; n_blocks -= SC_AESBITS_BLOCKS) {
        sc_aesbits_encrypt(&s->portable, out);
        out += sizeof last;
    }
    if (n_blocks > 0) {
        memcpy(last, out, 16 * n_blocks);
        sc_aesbits_encrypt(&s->portable, last);
        memcpy(out, last, 16 * n_blocks);
        sc_wipe(last, sizeof last);
    }
    return SC_OK;
}

static int is_in_range(size_t len, uint64_t first_block)
{
    return first_block <= SC_AES_MAX_BLOCKS &&
           len / 16 + (len % 16 > 0) <= SC_AES_MAX_BLOCKS - first_block;
}

sc_err sc_aesctr_stream(sc_aesctr *s, uint8_t *out, size_t len,
                        uint64_t operator_id, uint64_t first_block)
{
    const size_t n_whole = len / 16, n_rest = len % 16;
    uint8_t last[16] = {0};
    sc_err err = SC_E_BUG;

    if (!is_in_range(len, first_block)) {
        return SC_E_ARG;
    }
    if (s->path == SC_AES_VAES) {
        sc_aesvaes_stream(&s->vaes, out, len, operator_id, first_block);
        return SC_OK;
    }
    for (size_t done = 0; done < n_whole;) {
        size_t left = n_whole - done;
        size_t n = left < PIECE_BLOCKS ? left : PIECE_BLOCKS;

        write_counters(out + 16 * done, n, operator_id, first_block + done);
        SC_TRY(encrypt(s, out + 16 * done, n));
        done += n;
    }
    if (n_rest > 0) {
        write_counters(last, 1, operator_id, first_block + n_whole);
        SC_TRY(encrypt(s, last, 1));
        memcpy(out + 16 * n_whole, last, n_rest);
    }
    err = SC_OK;
out:
    sc_wipe(last, sizeof last);
    if (err != SC_OK) {
        sc_wipe(out, len);
    }
    return err;
}

size_t sc_aesctr_sum(sc_aesctr *s, uint8_t *y, size_t len, sc_aes_sum how,
                     uint64_t operator_id, uint64_t first_block)
{
    size_t done = len - len % SC_AESVAES_STEP;

    if (s->path != SC_AES_VAES || !is_in_range(done, first_block)) {
        return 0;
    }
    sc_aesvaes_sum(&s->vaes, y, done, how, operator_id, first_block);
    return done;
}
