/* net/transcript.c: the chain of hashes.
 *
 * Until the key is there, frames wait in `early` with their number implied by
 * their place; setting the key computes h_0 and folds them in, so that the head
 * does not depend on when the key came. */
#include "net/transcript.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* h_t from h_{t-1}; head->count is t already. */
static void fold(sc_transcript_head *head, const sc_transcript_record *r,
                 uint64_t t)
{
    uint8_t in[32 + 8 + 8 + 8 + 32];

    memcpy(in, head->hash, 32);
    sc_store_le64(in + 32, t);
    sc_store_le64(in + 40, r->op);
    sc_store_le64(in + 48, r->len);
    memcpy(in + 56, r->digest, 32);
    sc_sha256(head->hash, (sc_bytes){in, sizeof in});
}

sc_err sc_transcript_add(sc_transcript *t, uint64_t op, uint64_t len,
                         const uint8_t digest[static 32])
{
    sc_transcript_record r = {.op = op, .len = len};

    memcpy(r.digest, digest, 32);
    if (!t->is_keyed) {
        if (t->head.count == SC_TRANSCRIPT_MAX_EARLY) {
            return SC_E_STATE;
        }
        t->early[t->head.count] = r;
    }
    t->head.count++;
    t->head.bytes += len;
    if (t->is_keyed) {
        fold(&t->head, &r, t->head.count);
    }
    return SC_OK;
}

sc_err sc_transcript_key(sc_transcript *t, const uint8_t sid[static 32],
                         uint64_t from, uint64_t to,
                         const uint8_t key[static SC_TRANSCRIPT_KEY_LEN])
{
    static const uint8_t tag[6] = {'c', 'h', 'a', 'n', '/', '1'};
    uint8_t in[sizeof tag + 32 + 8 + 8 + SC_TRANSCRIPT_KEY_LEN];

    if (t->is_keyed) {
        return SC_E_STATE;
    }
    memcpy(in, tag, sizeof tag);
    memcpy(in + 6, sid, 32);
    sc_store_le64(in + 38, from);
    sc_store_le64(in + 46, to);
    memcpy(in + 54, key, SC_TRANSCRIPT_KEY_LEN);
    sc_sha256(t->head.hash, (sc_bytes){in, sizeof in});
    for (uint64_t i = 0; i < t->head.count; i++) {
        fold(&t->head, &t->early[i], i + 1);
    }
    t->is_keyed = 1;
    sc_wipe(in, sizeof in);
    sc_wipe(t->early, sizeof t->early);
    return SC_OK;
}

sc_err sc_transcript_snapshot(const sc_transcript *t, sc_transcript_head *out)
{
    if (!t->is_keyed) {
        memset(out, 0, sizeof *out);
        return SC_E_STATE;
    }
    *out = t->head;
    return SC_OK;
}

void sc_transcript_clear(sc_transcript *t)
{
    sc_wipe(t, sizeof *t);
}
