/* bench/bare.h: links that do nothing but encrypt and hash, to hold the mesh
 * against.
 *
 * n_senders threads, each with a libzmq context of its own, send the same bytes
 * to one receiver over loopback with CURVE. Each piece goes out without a copy
 * and is hashed with SHA-256 where it is sent and where it arrives; nobody
 * admits keys, numbers frames, grants credit or can lose a link. */
#ifndef SC_BENCH_BARE_H
#define SC_BENCH_BARE_H

#include "base/bytes.h"

typedef struct bare bare;

/* Ends the program if a link does not come about. */
bare *bare_new(size_t n_senders);
/* Every sender sends all of data in pieces of piece_len; returns when the last
 * has arrived and is hashed. */
void bare_run(bare *b, sc_bytes data, size_t piece_len);
void bare_free(bare *b);

#endif
