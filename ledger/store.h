/* ledger/store.h: where a replica's bytes lie: files in the tlog-tiles layout.
 *
 *     DIR/chain/checkpoint, DIR/chain/tile/...     what a web server may serve
 *     DIR/chain-private/wal.000001, heads.journal  what only this party reads
 *
 * The order of one append: stage the batch, advance the head (one record in the
 * write-ahead log, synced: this is the commit), then note the head in its
 * journal and write tiles and bundles, whose content the commit fixed. What the
 * log still holds need not be synced: a file that the machine's fall left empty
 * is written again. One process at a time (a lock file). One thread at a time
 * stages and commits, one writes public files.
 *
 * Adversary: a crash at any instruction; a disk that flips a bit. Both are
 * found when the replica is opened (ledger/chain.h). */
#ifndef SC_LEDGER_STORE_H
#define SC_LEDGER_STORE_H

#include "base/journal.h"
#include "base/mem.h"
#include "ledger/merkle.h"

typedef struct {
    uint64_t size;
    sc_node_hash root;
} sc_head;

int sc_head_equal(const sc_head *a, const sc_head *b);

typedef struct sc_store sc_store;

/* A committed batch, as found in the write-ahead log at opening. */
typedef sc_err (*sc_store_visit)(void *ctx, const sc_head *old,
                                 const sc_head *now, const sc_bytes *entries,
                                 size_t n_entries, const char *file,
                                 uint64_t offset, sc_fault *why);

/* Open or make the folders under dir, take the lock, visit the log's batches.
 *   Returns: SC_E_STATE    another process holds the lock
 *            SC_E_CORRUPT  a damaged log: file and offset in why */
SC_MUST_USE sc_err sc_store_open(sc_store **s, const char *dir,
                                 sc_store_visit visit, void *ctx,
                                 sc_fault *why);
void sc_store_free(sc_store **s);
/* What the store holds as its newest head, once all batches were visited. */
void sc_store_set_head(sc_store *s, const sc_head *head);

/* Keep a batch for the next cas_head; replaces an earlier one. */
SC_MUST_USE sc_err sc_store_stage(sc_store *s, const sc_bytes *entries,
                                  size_t n_entries);
/* Commit the staged batch: head old becomes now. SC_E_STATE: the head is not
 * old. SC_E_IO: unknown whether it is on disk; the store takes no more until
 * it is opened again. */
SC_MUST_USE sc_err sc_store_cas_head(sc_store *s, const sc_head *old,
                                     const sc_head *now, sc_fault *why);
/* Is the write-ahead log so long that it should be begun anew? Do it: the tiles
 * and bundles of all that it holds are there, and synced. */
int sc_store_is_log_long(const sc_store *s);
SC_MUST_USE sc_err sc_store_begin_log(sc_store *s, sc_fault *why);
/* Public files, by their path below DIR/chain. put_immutable: SC_E_CORRUPT if
 * other bytes are there; is_synced: durable when it returns. get:
 * SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_store_put_immutable(sc_store *s, const char *path,
                                          sc_bytes data, int is_synced,
                                          sc_fault *why);
SC_MUST_USE sc_err sc_store_get(sc_store *s, const char *path, sc_buf *out,
                                size_t max_len, sc_fault *why);
/* Remove the file if it has no byte, or its last 32 were never written: are zero. */
void sc_store_drop_torn(sc_store *s, const char *path);
/* The full tile at path is there: its partial ones, path.p/, may go. Readers
 * fall back to the full tile. */
void sc_store_drop_partials(sc_store *s, const char *path);
/* Names in one folder below DIR/chain, as sc_dir_list. */
SC_MUST_USE sc_err sc_store_list(sc_store *s, char ***names, size_t *n_names,
                                 const char *path, sc_fault *why);
/* The one public file that changes; not synced: after a fall the quorum is
 * collected again. */
SC_MUST_USE sc_err sc_store_put_checkpoint(sc_store *s, sc_bytes note,
                                           sc_fault *why);
/* DIR/chain; borrowed. */
const char *sc_store_public_dir(const sc_store *s);
/* Absolute or relative path of a private file; sc_free it. NULL: no memory. */
char *sc_store_private_path(const sc_store *s, const char *name) SC_MUST_USE;

#endif
