/* net/memchan.c: two lists of copied frames under one lock.
 *
 * The window is the smallest that a link promises, so that a protocol which
 * passes here cannot block for want of credit on a real link. Copies are kept
 * and used again: a megabyte asked of the system anew for each chunk would cost
 * as much as copying it. */
#include "net/memchan.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/wait.h"

#define MAX_SPARES 4

typedef struct item {
    struct item *next;
    size_t cap; /* of bytes */
    sc_frame f; /* borrows from bytes */
    uint8_t bytes[];
} item;

/* Frames on their way from one end to the other. */
typedef struct {
    item *first, *last;
    item *held; /* taken, borrowed by the taker */
    size_t n_frames;
    size_t bulk_len; /* of its chunks */
} lane;

typedef struct {
    sc_wait wait;
    lane to[2]; /* what end 0 and end 1 will take */
    item *spares;
    size_t n_spares;
    int is_open[2];
} pair;

typedef struct {
    sc_chan chan; /* first: an end is a channel */
    pair *p;
    unsigned me; /* 0 or 1 */
} end;

/* Locked. A spare with room for len bytes, or a new one; NULL: no memory. */
static item *item_get(pair *p, size_t len)
{
    item *it = NULL;

    for (item **at = &p->spares; *at != NULL; at = &(*at)->next) {
        if ((*at)->cap >= len) {
            it = *at;
            *at = it->next;
            p->n_spares--;
            return it;
        }
    }
    it = sc_alloc(1, sizeof *it + len);
    if (it != NULL) {
        it->cap = len;
    }
    return it;
}

/* Locked. Only big ones are worth keeping. */
static void item_put(pair *p, item *it)
{
    if (it == NULL) {
        return;
    }
    if (it->cap > SC_FRAME_SMALL && p->n_spares < MAX_SPARES) {
        it->next = p->spares;
        p->spares = it;
        p->n_spares++;
        return;
    }
    sc_wipe(it->bytes, it->cap);
    sc_free(it);
}

static void item_fill(item *it, const sc_frame *f)
{
    it->f = *f;
    it->f.head.p = it->bytes;
    it->f.bulk.p = it->bytes + f->head.len;
    if (f->head.len > 0) {
        memcpy(it->bytes, f->head.p, f->head.len);
    }
    if (f->bulk.len > 0) {
        memcpy(it->bytes + f->head.len, f->bulk.p, f->bulk.len);
    }
}

static void lane_add(lane *l, item *it)
{
    it->next = NULL;
    if (l->last == NULL) {
        l->first = it;
    } else {
        l->last->next = it;
    }
    l->last = it;
    l->n_frames++;
    l->bulk_len += sc_chan_credit(it->f.bulk.len);
}

static item *lane_take(lane *l)
{
    item *it = l->first;

    l->first = it->next;
    if (l->first == NULL) {
        l->last = NULL;
    }
    l->n_frames--;
    l->bulk_len -= sc_chan_credit(it->f.bulk.len);
    return it;
}

static int has_room(const lane *l, const sc_frame *f)
{
    return l->n_frames < SC_CHAN_FRAMES &&
           l->bulk_len + sc_chan_credit(f->bulk.len) <= SC_CHAN_WINDOW;
}

static sc_err mem_send(sc_chan *c, const sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    end *e = (end *)c;
    pair *p = e->p;
    lane *l = &p->to[1 - e->me];
    item *it = NULL;

    sc_wait_lock(&p->wait);
    while (p->is_open[1 - e->me] && !has_room(l, f)) {
        if (!sc_wait_sleep(&p->wait, deadline_ms)) {
            SC_REQUIRE(!p->is_open[1 - e->me] || has_room(l, f), SC_E_TIMEOUT);
        }
    }
    SC_REQUIRE(p->is_open[1 - e->me], SC_E_IO);
    it = item_get(p, f->head.len + f->bulk.len);
    SC_REQUIRE(it != NULL, SC_E_MEM);
    sc_wait_unlock(&p->wait);
    item_fill(it, f); /* only this thread adds to l, so the room stays */
    sc_wait_lock(&p->wait);
    lane_add(l, it);
    sc_wait_wake(&p->wait);
    err = SC_OK;
out:
    sc_wait_unlock(&p->wait);
    return err;
}

static sc_err mem_take(sc_chan *c, sc_frame *f, uint64_t deadline_ms)
{
    sc_err err = SC_E_BUG;
    end *e = (end *)c;
    pair *p = e->p;
    lane *l = &p->to[e->me];

    sc_wait_lock(&p->wait);
    item_put(p, l->held);
    l->held = NULL;
    while (p->is_open[1 - e->me] && l->first == NULL) {
        if (!sc_wait_sleep(&p->wait, deadline_ms)) {
            SC_REQUIRE(!p->is_open[1 - e->me] || l->first != NULL,
                       SC_E_TIMEOUT);
        }
    }
    SC_REQUIRE(l->first != NULL, SC_E_IO);
    l->held = lane_take(l);
    *f = l->held->f;
    sc_wait_wake(&p->wait);
    err = SC_OK;
out:
    sc_wait_unlock(&p->wait);
    return err;
}

static void items_free(item *first)
{
    while (first != NULL) {
        item *next = first->next;

        sc_wipe(first->bytes, first->cap);
        sc_free(first);
        first = next;
    }
}

static void pair_free(pair *p)
{
    for (unsigned i = 0; i < 2; i++) {
        items_free(p->to[i].first);
        if (p->to[i].held != NULL) {
            p->to[i].held->next = NULL;
            items_free(p->to[i].held);
        }
    }
    items_free(p->spares);
    sc_wait_clear(&p->wait);
    sc_free(p);
}

static void mem_free(sc_chan *c)
{
    end *e = (end *)c;
    pair *p = e->p;
    int is_last;

    sc_wait_lock(&p->wait);
    p->is_open[e->me] = 0;
    is_last = !p->is_open[1 - e->me];
    sc_wait_wake(&p->wait);
    sc_wait_unlock(&p->wait);
    if (is_last) {
        pair_free(p);
    }
    sc_free(e);
}

static end *end_new(pair *p, unsigned me, int is_hashed)
{
    static const sc_chan_ops ops = {mem_send, mem_take, mem_free};
    end *e = sc_alloc(1, sizeof *e);

    if (e != NULL) {
        e->chan.ops = &ops;
        e->chan.is_unhashed = !is_hashed;
        e->p = p;
        e->me = me;
    }
    return e;
}

sc_err sc_memchan_new(sc_chan **a, sc_chan **b, int is_hashed)
{
    sc_err err = SC_E_BUG;
    pair *p = NULL;
    end *e[2] = {NULL, NULL};

    *a = *b = NULL;
    p = sc_alloc(1, sizeof *p);
    SC_REQUIRE(p != NULL, SC_E_MEM);
    for (unsigned i = 0; i < 2; i++) {
        e[i] = end_new(p, i, is_hashed);
        SC_REQUIRE(e[i] != NULL, SC_E_MEM);
        p->is_open[i] = 1;
    }
    SC_TRY(sc_wait_init(&p->wait)); /* last: nothing to undo after */
    *a = &e[0]->chan;
    *b = &e[1]->chan;
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_free(e[0]);
        sc_free(e[1]);
        sc_free(p);
    }
    return err;
}
