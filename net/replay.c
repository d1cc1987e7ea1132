/* net/replay.c: a recording is a list of items: direction u8, length u32, then
 * the frame as on the wire, behind an empty envelope. */
#include "net/replay.h"

#include <string.h>

#include "base/mem.h"

#define ITEM_LEN ((size_t)5) /* what stands before the frame */

typedef struct {
    sc_chan chan; /* first: a replay is a channel */
    sc_bytes left;
} replay;

sc_err sc_replay_put(sc_buf *record, sc_direction d, const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    const sc_envelope none = {0};
    size_t len = sc_frame_wire_len(f);
    uint8_t *p;

    SC_TRY(sc_frame_check(f));
    SC_TRY(sc_buf_reserve(record, ITEM_LEN + len));
    p = record->p + record->len;
    p[0] = (uint8_t)d;
    for (unsigned i = 0; i < 4; i++) {
        p[1 + i] = (uint8_t)(len >> (8 * i));
    }
    sc_frame_put(p + ITEM_LEN, &none, f);
    record->len += ITEM_LEN + len;
    err = SC_OK;
out:
    return err;
}

/* The next item, without passing it. */
static sc_err peek(const replay *r, sc_direction *d, sc_frame *f, size_t *len)
{
    sc_envelope e;
    size_t wire_len = 0;

    if (r->left.len == 0) {
        return SC_E_STATE;
    }
    if (r->left.len < ITEM_LEN || r->left.p[0] > SC_CHAN_OUT) {
        return SC_E_WIRE;
    }
    for (unsigned i = 4; i-- > 0;) {
        wire_len = (wire_len << 8) | r->left.p[1 + i];
    }
    if (wire_len > r->left.len - ITEM_LEN) {
        return SC_E_WIRE;
    }
    *d = r->left.p[0] == SC_CHAN_IN ? SC_CHAN_IN : SC_CHAN_OUT;
    *len = ITEM_LEN + wire_len;
    return sc_frame_get(&e, f, (sc_bytes){r->left.p + ITEM_LEN, wire_len});
}

static void pass(replay *r, size_t len)
{
    r->left.p += len;
    r->left.len -= len;
}

static sc_err replay_send(sc_chan *c, const sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    replay *r = (replay *)c;
    sc_direction d;
    sc_frame want;
    size_t len;

    (void)deadline_ms;
    SC_TRY(peek(r, &d, &want, &len));
    SC_REQUIRE(d == SC_CHAN_OUT, SC_E_STATE);
    SC_REQUIRE(f->type == want.type && f->op == want.op &&
                   sc_bytes_equal_vartime(f->head, want.head) &&
                   sc_bytes_equal_vartime(f->bulk, want.bulk),
               SC_E_CHEAT);
    pass(r, len);
    err = SC_OK;
out:
    return err;
}

static sc_err replay_take(sc_chan *c, sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    replay *r = (replay *)c;
    sc_direction d;
    size_t len;

    (void)deadline_ms;
    SC_TRY(peek(r, &d, f, &len));
    SC_REQUIRE(d == SC_CHAN_IN, SC_E_STATE);
    pass(r, len);
    err = SC_OK;
out:
    return err;
}

static void replay_free(sc_chan *c)
{
    sc_free(c);
}

sc_err sc_replay_new(sc_chan **c, sc_bytes record)
{
    static const sc_chan_ops ops = {replay_send, replay_take, replay_free};
    replay *r = sc_alloc(1, sizeof *r);

    *c = NULL;
    if (r == NULL) {
        return SC_E_MEM;
    }
    r->chan.ops = &ops;
    r->left = record;
    *c = &r->chan;
    return SC_OK;
}

int sc_replay_is_done(const sc_chan *c)
{
    return ((const replay *)c)->left.len == 0;
}
