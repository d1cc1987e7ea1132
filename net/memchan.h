/* net/memchan.h: two ends of a channel in one process, for protocols under
 * test. Any two threads may hold the ends; one thread may hold both as long as
 * it sends no more than the window ahead of what it takes.
 *
 * Adversary: none, both ends are the test's; frames are bounded as on a link. */
#ifndef SC_NET_MEMCHAN_H
#define SC_NET_MEMCHAN_H

#include "net/chan.h"

/* Make both ends; each is freed alone with sc_chan_free. What the freed end
 * sent can still be taken, then the other end gets SC_E_IO.
 *   In: is_hashed  0: no transcripts (benches of the bare protocol) */
SC_MUST_USE sc_err sc_memchan_new(sc_chan **a, sc_chan **b, int is_hashed);

#endif
