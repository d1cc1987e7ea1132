/* net/messages_ledger.c: what keeps the replicas of the chain together. */
#include <string.h>

#include "net/message_spec.h"

/* ---- lists of entries: u32 length, bytes -------------------------------- */

sc_err sc_msg_entry_put(sc_buf *entries, sc_bytes entry)
{
    sc_err err = SC_E_BUG;
    uint8_t len[4];

    if (entry.len == 0 || entry.len > SC_MSG_MAX_ENTRY) {
        return SC_E_ARG;
    }
    for (unsigned i = 0; i < 4; i++) {
        len[i] = (uint8_t)(entry.len >> (8 * i));
    }
    SC_TRY(sc_buf_reserve(entries, sizeof len + entry.len));
    SC_TRY(sc_buf_put(entries, len, sizeof len));
    SC_TRY(sc_buf_put_bytes(entries, entry));
    err = SC_OK;
out:
    return err;
}

sc_err sc_msg_entry_next(sc_bytes *entry, sc_bytes *rest)
{
    size_t len = 0;

    memset(entry, 0, sizeof *entry);
    if (rest->len == 0) {
        return SC_E_NOT_FOUND;
    }
    if (rest->len < 4) {
        return SC_E_WIRE;
    }
    for (unsigned i = 4; i-- > 0;) {
        len = (len << 8) | rest->p[i];
    }
    if (len == 0 || len > SC_MSG_MAX_ENTRY || len > rest->len - 4) {
        return SC_E_WIRE;
    }
    *entry = (sc_bytes){rest->p + 4, len};
    *rest = (sc_bytes){rest->p + 4 + len, rest->len - 4 - len};
    return SC_OK;
}

/* Exactly n entries and nothing behind. */
static int has_entries(sc_bytes rest, uint64_t n)
{
    sc_bytes entry;

    for (uint64_t i = 0; i < n; i++) {
        if (sc_msg_entry_next(&entry, &rest) != SC_OK) {
            return 0;
        }
    }
    return rest.len == 0;
}

/* ---- appending ---------------------------------------------------------- */

static const sc_pack_field genesis_fields[] = {
    SC_MSG_BYTES(genesis, "sig", signature),
};
static const sc_msg_spec genesis_spec = {SC_MSG_OF(GENESIS, genesis),
                                         SC_MSG_FIELDS(genesis_fields)};
SC_MSG_DEFINE(genesis)

static const sc_pack_field append_fields[] = {
    SC_MSG_UINT(append, "kind", kind, 0, 255),
};
static const sc_msg_spec append_spec = {SC_MSG_OF(APPEND, append),
                                        SC_MSG_FIELDS(append_fields),
                                        SC_MSG_PAYLOAD(append, entry, 1,
                                                       SC_MSG_MAX_ENTRY)};
SC_MSG_DEFINE(append)

static const sc_pack_field sequenced_fields[] = {
    SC_MSG_BYTES(sequenced, "id", id),
    SC_MSG_UINT(sequenced, "index", index, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(sequenced, "refused", refused, 0, 255),
};
static const sc_msg_spec sequenced_spec = {SC_MSG_OF(SEQUENCED, sequenced),
                                           SC_MSG_FIELDS(sequenced_fields)};
SC_MSG_DEFINE(sequenced)

/* ---- cosigning: HEAD carries two things behind each other --------------- */

typedef struct {
    uint64_t from;
    uint64_t n;
    uint64_t note_len;
    sc_bytes payload;
} sc_msg_head_wire;

static int is_head_right(const void *message)
{
    const sc_msg_head_wire *w = message;

    return w->note_len <= w->payload.len &&
           has_entries((sc_bytes){w->payload.p + w->note_len,
                                  w->payload.len - (size_t)w->note_len},
                       w->n);
}

static const sc_pack_field head_fields[] = {
    SC_MSG_UINT(head_wire, "from", from, 0, SC_MSG_MAX_INT),
    SC_MSG_UINT(head_wire, "n", n, 0, SC_MSG_MAX_ENTRIES),
    SC_MSG_UINT(head_wire, "note", note_len, 1, SC_MSG_MAX_NOTE),
};
static const sc_msg_spec head_spec = {SC_MSG_OF(HEAD, head_wire),
                                      SC_MSG_FIELDS(head_fields),
                                      SC_MSG_PAYLOAD(head_wire, payload, 1,
                                                     SC_FRAME_MAX_BULK),
                                      .is_right = is_head_right};

sc_err sc_msg_head_put(sc_frame *f, sc_buf *room, const sc_msg_head *m)
{
    sc_err err = SC_E_BUG;
    sc_buf payload = {0};
    sc_msg_head_wire w = {.from = m->from, .n = m->n, .note_len = m->note.len};

    SC_TRY(sc_buf_put_bytes(&payload, m->note));
    SC_TRY(sc_buf_put_bytes(&payload, m->entries));
    w.payload = sc_buf_bytes(&payload);
    SC_TRY(sc_msg_put(f, room, &w, &head_spec));
    /* The payload joins the head in room, which may move: point anew. */
    SC_TRY(sc_buf_put_bytes(room, w.payload));
    f->head.p = room->p;
    f->bulk.p = room->p + f->head.len;
    err = SC_OK;
out:
    sc_buf_clear(&payload);
    if (err != SC_OK) {
        memset(f, 0, sizeof *f);
    }
    return err;
}

sc_err sc_msg_head_get(sc_msg_head *m, const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_msg_head_wire w;

    memset(m, 0, sizeof *m);
    SC_TRY(sc_msg_get(&w, f, &head_spec));
    m->from = w.from;
    m->n = w.n;
    m->note = (sc_bytes){w.payload.p, (size_t)w.note_len};
    m->entries = (sc_bytes){w.payload.p + w.note_len,
                            w.payload.len - (size_t)w.note_len};
    err = SC_OK;
out:
    return err;
}

static const sc_pack_field cosign_fields[] = {
    SC_MSG_UINT(cosign, "size", size, 0, SC_MSG_MAX_INT),
    SC_MSG_BYTES(cosign, "sig", signature),
};
static const sc_msg_spec cosign_spec = {SC_MSG_OF(COSIGN, cosign),
                                        SC_MSG_FIELDS(cosign_fields)};
SC_MSG_DEFINE(cosign)

static const sc_pack_field conflict_fields[] = {
    SC_MSG_UINT(conflict, "size", size, 0, SC_MSG_MAX_INT),
    SC_MSG_BYTES(conflict, "root", root),
};
static const sc_msg_spec conflict_spec = {SC_MSG_OF(CONFLICT, conflict),
                                          SC_MSG_FIELDS(conflict_fields)};
SC_MSG_DEFINE(conflict)

static const sc_msg_spec checkpoint_spec = {SC_MSG_OF(CHECKPOINT, checkpoint),
                                            SC_MSG_PAYLOAD(checkpoint, note, 1,
                                                           SC_MSG_MAX_NOTE)};
SC_MSG_DEFINE(checkpoint)

/* ---- catching up -------------------------------------------------------- */

static const sc_pack_field want_fields[] = {
    SC_MSG_UINT(want, "from", from, 0, SC_MSG_MAX_INT),
};
static const sc_msg_spec want_spec = {SC_MSG_OF(WANT, want),
                                      SC_MSG_FIELDS(want_fields)};
SC_MSG_DEFINE(want)

static const sc_pack_field ask_fields[] = {
    SC_MSG_UINT(ask, "kind", kind, 0, 255),
    SC_MSG_BYTES(ask, "digest", digest),
};
static const sc_msg_spec ask_spec = {SC_MSG_OF(ASK, ask),
                                     SC_MSG_FIELDS(ask_fields)};
SC_MSG_DEFINE(ask)

static const sc_pack_field body_fields[] = {
    SC_MSG_UINT(body, "kind", kind, 0, 255),
    SC_MSG_BYTES(body, "digest", digest),
};
static const sc_msg_spec body_spec = {SC_MSG_OF(BODY, body),
                                      SC_MSG_FIELDS(body_fields),
                                      SC_MSG_PAYLOAD(body, body, 0,
                                                     SC_MSG_MAX_BODY)};
SC_MSG_DEFINE(body)
