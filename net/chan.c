/* net/chan.c: what all makers of channels share: bounds, transcripts, the
 * recording. A frame enters a transcript once its maker has accepted it: sent
 * first, then hashed while the link encrypts. */
#include "net/chan.h"

#include <string.h>

#include "net/replay.h"

/* Enter f, whose digest is written to d, into t and the recording. */
static sc_err note(sc_chan *c, sc_direction d, uint8_t digest[static 32],
                   const sc_frame *f)
{
    sc_err err = SC_E_BUG;
    sc_transcript *t = d == SC_CHAN_IN ? &c->in : &c->out;

    if (!c->is_unhashed) {
        SC_TRY(sc_frame_digest(digest, f));
        SC_TRY(sc_transcript_add(t, f->op, sc_frame_len(f), digest));
    } else {
        t->head.count++;
        t->head.bytes += sc_frame_len(f);
    }
    if (c->record != NULL) {
        SC_TRY(sc_replay_put(c->record, d, f));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_chan_send(sc_chan *c, const sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    uint8_t digest[32];

    SC_TRY(sc_frame_check(f));
    SC_TRY(c->ops->send(c, f, deadline_ms));
    SC_TRY(note(c, SC_CHAN_OUT, digest, f));
    err = SC_OK;
out:
    return err;
}

sc_err sc_chan_take(sc_chan *c, sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;

    SC_TRY(c->ops->take(c, f, deadline_ms));
    SC_TRY(note(c, SC_CHAN_IN, c->last_digest, f));
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(f, 0, sizeof *f);
    }
    return err;
}

sc_err sc_chan_expect(sc_chan *c, sc_frame *f, uint16_t type, uint32_t op,
                      uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_chan_take(c, f, deadline_ms));
    SC_REQUIRE(f->type == type && f->op == op, SC_E_STATE);
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(f, 0, sizeof *f);
    }
    return err;
}

sc_err sc_chan_key(sc_chan *c, const uint8_t sid[static 32], uint64_t me,
                   uint64_t peer, const uint8_t key[static 32])
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_transcript_key(&c->out, sid, me, peer, key));
    SC_TRY(sc_transcript_key(&c->in, sid, peer, me, key));
    err = SC_OK;
out:
    return err;
}

sc_err sc_chan_head(const sc_chan *c, sc_direction d, sc_transcript_head *out)
{
    return sc_transcript_snapshot(d == SC_CHAN_IN ? &c->in : &c->out, out);
}

void sc_chan_free(sc_chan **c)
{
    if (*c != NULL) {
        sc_transcript_clear(&(*c)->in);
        sc_transcript_clear(&(*c)->out);
        (*c)->ops->free(*c);
        *c = NULL;
    }
}
