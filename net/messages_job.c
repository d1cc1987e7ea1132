/* net/messages_job.c: the messages of a job, in the order they fly: control
 * between nodes, then what is numbered within the session. */
#include "base/hash.h"
#include "net/message_spec.h"

/* ---- control ------------------------------------------------------------ */

static const sc_pack_field propose_fields[] = {
    SC_MSG_BYTES(propose, "plan", plan),
};
static const sc_msg_spec propose_spec = {SC_MSG_OF(PROPOSE, propose),
                                         SC_MSG_FIELDS(propose_fields),
                                         SC_MSG_PAYLOAD(propose, job, 1,
                                                        SC_MSG_MAX_JOB)};
SC_MSG_DEFINE(propose)

static const sc_pack_field refuse_fields[] = {
    SC_MSG_UINT(refuse, "reason", reason, 1, 255),
    SC_MSG_BYTES(refuse, "sig", signature),
};
static const sc_msg_spec refuse_spec = {SC_MSG_OF(REFUSE, refuse),
                                        SC_MSG_FIELDS(refuse_fields)};
SC_MSG_DEFINE(refuse)

static const sc_pack_field progress_fields[] = {
    SC_MSG_UINT(progress, "phase", phase, 0, 255),
    SC_MSG_UINT(progress, "done", done, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(progress, "total", total, 0, SC_MSG_MAX_INT),
};
static const sc_msg_spec progress_spec = {SC_MSG_OF(PROGRESS, progress),
                                          SC_MSG_FIELDS(progress_fields)};
SC_MSG_DEFINE(progress)

static const sc_pack_field cancel_fields[] = {
    SC_MSG_UINT(cancel, "reason", reason, 0, 255),
};
static const sc_msg_spec cancel_spec = {SC_MSG_OF(CANCEL, cancel),
                                        SC_MSG_FIELDS(cancel_fields)};
SC_MSG_DEFINE(cancel)

static int is_abort_right(const void *message)
{
    const sc_msg_abort *m = message;

    return m->blamed < SC_MAX_PARTIES || m->blamed == SC_MSG_NOBODY;
}

static const sc_pack_field abort_fields[] = {
    SC_MSG_UINT(abort, "reason", reason, 1, 255),
    SC_MSG_UINT(abort, "phase", phase, 0, 255),
    SC_MSG_UINT(abort, "blamed", blamed, 0, SC_MSG_NOBODY),
};
static const sc_msg_spec abort_spec = {SC_MSG_OF(ABORT, abort),
                                       SC_MSG_FIELDS(abort_fields),
                                       .is_right = is_abort_right};
SC_MSG_DEFINE(abort)

/* ---- posts -------------------------------------------------------------- */

static const sc_pack_field call_fields[] = {
    SC_MSG_BYTES(call, "plan", plan),
};
static const sc_msg_spec call_spec = {SC_MSG_OF(CALL, call),
                                      SC_MSG_FIELDS(call_fields),
                                      SC_MSG_PAYLOAD(call, job, 1,
                                                     SC_MSG_MAX_JOB)};
SC_MSG_DEFINE(call)

static const sc_pack_field post_fields[] = {
    SC_MSG_UINT(post, "party", party, 0, SC_MAX_PARTIES - 1),
    SC_MSG_UINT(post, "at", at, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(post, "last", last, 0, 1),
};
static const sc_msg_spec post_spec = {SC_MSG_OF(POST, post),
                                      SC_MSG_FIELDS(post_fields),
                                      SC_MSG_PAYLOAD(post, piece, 1,
                                                     SC_FRAME_MAX_BULK)};
SC_MSG_DEFINE(post)

static const sc_pack_field posted_fields[] = {
    SC_MSG_UINT(posted, "party", party, 0, SC_MAX_PARTIES - 1),
    SC_MSG_UINT(posted, "at", at, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(posted, "stored", stored, 0, 1),
};
static const sc_msg_spec posted_spec = {SC_MSG_OF(POSTED, posted),
                                        SC_MSG_FIELDS(posted_fields)};
SC_MSG_DEFINE(posted)

/* ---- session ------------------------------------------------------------ */

static const sc_pack_field nonce_fields[] = {
    SC_MSG_BYTES(nonce, "nonce", nonce),
    SC_MSG_BYTES(nonce, "key", key),
};
static const sc_msg_spec nonce_spec = {SC_MSG_OF(NONCE, nonce),
                                       SC_MSG_FIELDS(nonce_fields)};
SC_MSG_DEFINE(nonce)

static const sc_pack_field consent_fields[] = {
    SC_MSG_BYTES(consent, "sid", sid),
    SC_MSG_BYTES(consent, "job", job),
    SC_MSG_BYTES(consent, "plan", plan),
    SC_MSG_OPT_32(consent, "input", input),
    SC_MSG_UINT(consent, "epoch", epoch, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(consent, "until", not_after, 0, SC_MSG_MAX_INT),
    SC_MSG_BYTES(consent, "sig", signature),
    SC_MSG_BYTES(consent, "key_sig", key_signature),
};
static const sc_msg_spec consent_spec = {SC_MSG_OF(CONSENT, consent),
                                         SC_MSG_FIELDS(consent_fields)};
SC_MSG_DEFINE(consent)

static int is_commit_right(const void *message)
{
    const sc_msg_commit *m = message;

    return m->heads.len % SC_MSG_HEAD_LEN == 0;
}

static const sc_pack_field commit_fields[] = {
    SC_MSG_OPT_32(commit, "output", output),
    SC_MSG_BYTES(commit, "sig", signature),
};
static const sc_msg_spec commit_spec = {
    SC_MSG_OF(COMMIT, commit), SC_MSG_FIELDS(commit_fields),
    SC_MSG_PAYLOAD(commit, heads, 0, SC_MSG_MAX_HEADS *SC_MSG_HEAD_LEN),
    .is_right = is_commit_right};
SC_MSG_DEFINE(commit)

sc_err sc_msg_commit_head_put(sc_buf *heads, const sc_transcript_head *h)
{
    uint8_t b[SC_MSG_HEAD_LEN];

    for (size_t i = 0; i < SC_HASH_LEN; i++) {
        b[i] = h->hash[i];
    }
    sc_store_le64(b + 32, h->count);
    sc_store_le64(b + 40, h->bytes);
    return sc_buf_put(heads, b, sizeof b);
}

sc_err sc_msg_commit_head(sc_transcript_head *out, sc_bytes heads, size_t t)
{
    const uint8_t *b;

    if (t >= heads.len / SC_MSG_HEAD_LEN) {
        return SC_E_ARG;
    }
    b = heads.p + t * SC_MSG_HEAD_LEN;
    for (size_t i = 0; i < SC_HASH_LEN; i++) {
        out->hash[i] = b[i];
    }
    out->count = sc_load_le64(b + 32);
    out->bytes = sc_load_le64(b + 40);
    return SC_OK;
}

static const sc_pack_field sign_fields[] = {
    SC_MSG_BYTES(sign, "receipt", receipt),
    SC_MSG_BYTES(sign, "proof", proof),
};
static const sc_msg_spec sign_spec = {SC_MSG_OF(SIGN, sign),
                                      SC_MSG_FIELDS(sign_fields)};
SC_MSG_DEFINE(sign)

static int is_share_right(const void *message)
{
    const sc_msg_share *m = message;

    return m->n <= SC_MSG_MAX_SHARES &&
           m->values.len == m->n * SC_MSG_SHARE_WORD &&
           m->r32.is_set == (m->chunk == 0);
}

static const sc_pack_field share_fields[] = {
    SC_MSG_UINT(share, "chunk", chunk, 0, UINT32_MAX),
    SC_MSG_UINT(share, "n", n, 1, SC_MSG_MAX_SHARES),
    SC_MSG_UINT(share, "last", last, 0, 1),
    SC_MSG_OPT_32(share, "salt", r32),
    SC_MSG_UINT(share, "size", size, 0, SC_MSG_MAX_INT),
    SC_MSG_BYTES(share, "root", root),
};
static const sc_msg_spec share_spec = {
    SC_MSG_OF(SHARE, share), SC_MSG_FIELDS(share_fields),
    SC_MSG_PAYLOAD(share, values, SC_MSG_SHARE_WORD, SC_FRAME_MAX_BULK),
    .is_right = is_share_right};
SC_MSG_DEFINE(share)

static int is_part_right(const void *message)
{
    const sc_msg_part *m = message;

    return m->n <= SC_MSG_MAX_SHARES &&
           m->values.len == m->n * SC_MSG_SHARE_WORD && !m->r32.is_set;
}

static const sc_pack_field part_fields[] = {
    SC_MSG_UINT(part, "chunk", chunk, 0, UINT32_MAX),
    SC_MSG_UINT(part, "n", n, 1, SC_MSG_MAX_SHARES),
    SC_MSG_UINT(part, "last", last, 0, 1),
    SC_MSG_UINT(part, "size", size, 0, SC_MSG_MAX_INT),
    SC_MSG_BYTES(part, "root", root),
};
static const sc_msg_spec part_spec = {
    SC_MSG_OF(PART, part), SC_MSG_FIELDS(part_fields),
    SC_MSG_PAYLOAD(part, values, SC_MSG_SHARE_WORD, SC_FRAME_MAX_BULK),
    .is_right = is_part_right};
SC_MSG_DEFINE(part)

static const sc_pack_field received_fields[] = {
    SC_MSG_BYTES(received, "digest", digest),
};
static const sc_msg_spec received_spec = {SC_MSG_OF(RECEIVED, received),
                                          SC_MSG_FIELDS(received_fields)};
SC_MSG_DEFINE(received)
