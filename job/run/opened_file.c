/* job/run/opened_file.c: see the header. */
#include "job/run/opened_file.h"

#include <string.h>

#include "base/ct.h"
#include "base/hash.h"
#include "ledger/receipt.h"

#define LEN_LEN  8
#define HEAD_LEN (LEN_LEN + 32)
#define STEP     ((size_t)1 << 20)
/* No vector is longer: words of a receipt. */
#define MAX_VECTOR (SC_RECEIPT_MAX_SHARE * 16)

static sc_err corrupt(sc_fault *why)
{
    return sc_fault_set(why, SC_E_CORRUPT,
                        "the job's shares.opened is damaged: it is no list of "
                        "shares");
}

/* ---- writing --------------------------------------------------------------- */

sc_err sc_opened_file_put(sc_record *r, const sc_opened_share *shares,
                          size_t n_shares, sc_fault *why)
{
    uint8_t heads[SC_OUTCOME_MAX][HEAD_LEN];
    sc_bytes pieces[2 * SC_OUTCOME_MAX];
    size_t n = 0;

    if (n_shares > SC_OUTCOME_MAX) {
        return sc_fault_from(why, SC_E_ARG);
    }
    for (size_t i = 0; i < n_shares; i++) {
        const sc_buf *v = &shares[i].vector;
        int is_there = shares[i].is_there && v->len > 0;

        sc_store_le64(heads[i], is_there ? v->len : 0);
        memcpy(heads[i] + LEN_LEN, shares[i].r32, sizeof shares[i].r32);
        pieces[n++] = (sc_bytes){heads[i], is_there ? HEAD_LEN : LEN_LEN};
        if (is_there) {
            pieces[n++] = sc_buf_bytes(v);
        }
    }
    return sc_record_put_opened(r, pieces, n, why);
}

/* ---- reading --------------------------------------------------------------- */

/* Exactly len bytes at an offset of the file. */
static sc_err read_exactly(const sc_record *r, sc_buf *out, uint64_t at,
                           size_t len, sc_fault *why)
{
    size_t before = out->len;
    sc_err err = sc_record_read_opened(r, out, at, len, why);

    if (err == SC_OK && out->len - before != len) {
        out->len = before;
        err = corrupt(why);
    }
    return err;
}

/* The head at *at, behind which the vector ends at the new *at. */
static sc_err look_at(sc_opened_file *f, size_t i, uint64_t *at, sc_buf *head,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;

    sc_buf_reset(head);
    SC_TRY(read_exactly(f->record, head, *at, LEN_LEN, why));
    f->shares[i].len = sc_load_le64(head->p);
    *at += LEN_LEN;
    if (f->shares[i].len == 0) {
        return SC_OK;
    }
    SC_REQUIRE(f->shares[i].len <= MAX_VECTOR, corrupt(why));
    SC_TRY(read_exactly(f->record, head, *at, HEAD_LEN - LEN_LEN, why));
    memcpy(f->shares[i].r32, head->p + LEN_LEN, sizeof f->shares[i].r32);
    f->shares[i].at = *at + HEAD_LEN - LEN_LEN;
    *at = f->shares[i].at + f->shares[i].len;
    err = SC_OK;
out:
    return err;
}

sc_err sc_opened_file_look(sc_opened_file *f, const sc_record *r,
                           size_t n_shares, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf head = {0};
    uint64_t at = 0;

    *f = (sc_opened_file){.record = r, .n_shares = n_shares};
    SC_REQUIRE(n_shares > 0 && n_shares <= SC_OUTCOME_MAX, SC_E_ARG);
    for (size_t i = 0; i < n_shares; i++) {
        SC_TRY(look_at(f, i, &at, &head, why));
    }
    sc_buf_reset(&head); /* its last byte is there, and none behind it */
    SC_TRY(sc_record_read_opened(r, &head, at - 1, 2, why));
    SC_REQUIRE(head.len == 1, corrupt(why));
    err = SC_OK;
out:
    if (err != SC_OK) {
        *f = (sc_opened_file){0};
    }
    sc_buf_clear(&head);
    return sc_fault_from(why, err);
}

sc_err sc_opened_file_read(const sc_opened_file *f, sc_buf *out, size_t i,
                           uint64_t at, size_t len, sc_fault *why)
{
    if (i >= f->n_shares || at > f->shares[i].len ||
        len > f->shares[i].len - at) {
        return sc_fault_from(why, SC_E_ARG);
    }
    return read_exactly(f->record, out, f->shares[i].at + at, len, why);
}

/* A vector's bytes into a hash. */
static sc_err hash_vector(const sc_opened_file *f, sc_hash *h, size_t i,
                          sc_buf *room, sc_fault *why)
{
    const uint64_t len = f->shares[i].len;
    sc_err err = SC_E_BUG;

    for (uint64_t at = 0; at < len; at += STEP) {
        size_t n = len - at < STEP ? (size_t)(len - at) : STEP;

        room->len = 0;
        SC_TRY(sc_opened_file_read(f, room, i, at, n, why));
        sc_hash_update(h, room->p, room->len);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_opened_file_verify(const sc_opened_file *f, size_t i,
                             const uint8_t sid[static 32], const char *did,
                             const uint8_t commitment[static 32], sc_fault *why)
{
    uint8_t found[32];
    sc_hash *h = NULL;
    sc_buf room = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_hash_new(&h));
    sc_receipt_share_begin(h, sid, did, f->shares[i].len);
    SC_TRY(hash_vector(f, h, i, &room, why));
    sc_receipt_share_end(h, found, f->shares[i].r32);
    SC_REQUIRE(sc_ct_eq(found, commitment, 32), SC_E_CHEAT);
    err = SC_OK;
out:
    sc_hash_free(&h);
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}

sc_err sc_opened_file_digest(const sc_opened_file *f, uint8_t digest[static 32],
                             sc_fault *why)
{
    sc_hash *h = NULL;
    sc_buf room = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_hash_new(&h));
    sc_hash_tag(h, SC_OUTCOME_DIGEST_TAG);
    for (size_t i = 0; i < f->n_shares; i++) {
        if (f->shares[i].len > 0) {
            sc_hash_update_len(h, f->shares[i].len);
            SC_TRY(hash_vector(f, h, i, &room, why));
        }
    }
    sc_hash_final(h, digest);
    err = SC_OK;
out:
    sc_hash_free(&h);
    sc_buf_clear(&room);
    return sc_fault_from(why, err);
}
