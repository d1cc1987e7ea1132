/* ledger/replica.h: what chain.c (living), recover.c (opening) and public_files.c
 * share. */
#ifndef SC_LEDGER_REPLICA_H
#define SC_LEDGER_REPLICA_H

#include <pthread.h>

#include "ledger/chain.h"
#include "ledger/tree.h"

/* A record of heads.journal: kind, size (u64 le), root. What a batch leads to
 * counts as signed from its commit on: the write-ahead log's record is the proof,
 * the journal follows, is synced when there is time, and settled before that log
 * goes. */
#define SC_HEAD_RECORD_LEN (1 + 8 + SC_HASH_LEN)
#define SC_HEAD_LOG        1
#define SC_HEAD_COSIGNED   2

/* Public files that the committed entries fix, and that are still to be written:
 * the partial tile of each level, the partial bundle, the checkpoint. */
typedef struct {
    char path[SC_TILE_PATH_MAX];
    sc_buf data;
} sc_replica_file;

typedef struct {
    sc_replica_file tiles[SC_TILE_MAX_LEVEL + 2];
    size_t n_tiles;
    sc_buf checkpoint; /* empty: as it is there */
} sc_replica_files;

struct sc_chain {
    pthread_mutex_t files_lock; /* who writes public files; taken first */
    pthread_mutex_t lock;       /* of what follows */
    sc_roster roster;
    size_t me;
    sc_store *store;
    sc_journal *heads; /* every head that this party signed or may sign */
    sc_rules *rules;
    sc_tree tree;
    sc_buf tail;            /* the last, partial entry bundle */
    unsigned n_tail;        /* entries in it */
    uint64_t n_pushed;      /* entries in bundles, the tail included */
    uint64_t cosigned_size; /* the largest head that this party cosigned */
    sc_head journaled[3];   /* newest record of each kind in heads */
    sc_head published;
    sc_head filed;     /* of the checkpoint in the files */
    sc_buf checkpoint; /* its note */
    sc_replica_files unwritten;
    int is_loose;  /* heads has records that were not synced */
    int is_open;   /* recovery is over */
    int is_broken; /* a write failed: memory and disk may differ */
};

/* Check an entry, take it into rules and tree. */
SC_MUST_USE sc_err sc_replica_admit(sc_chain *c, sc_bytes entry, sc_fault *why);
/* Put an admitted entry into the tail; a full bundle goes to its file. */
SC_MUST_USE sc_err sc_replica_push_entry(sc_chain *c, sc_bytes entry,
                                         sc_fault *why);
/* Write the tiles and the partial bundle of the tree as it is; files that are
 * there must hold the same bytes. Partial ones of an open chain are for
 * sc_chain_flush. */
SC_MUST_USE sc_err sc_replica_write_tiles(sc_chain *c, uint64_t old_size,
                                          sc_fault *why);
/* Add a batch's head to the journal of heads, as this party signs it; not synced:
 * the write-ahead log has it. Sync what was added so. */
SC_MUST_USE sc_err sc_replica_note_head(sc_chain *c, const sc_head *head,
                                        sc_fault *why);
SC_MUST_USE sc_err sc_replica_sync_heads(sc_chain *c, sc_fault *why);
/* What is said of a chain whose files cannot be relied on: SC_E_IO. */
sc_err sc_replica_standstill(sc_fault *why);
/* The write-ahead log is about to go: the newest heads again, synced. */
SC_MUST_USE sc_err sc_replica_settle_heads(sc_chain *c, sc_fault *why);
/* Write the public files that wait, taking the locks. */
SC_MUST_USE sc_err sc_replica_flush_files(sc_chain *c, sc_fault *why);
void sc_replica_files_clear(sc_replica_files *f);
/* Check a cosigned checkpoint and, if newer, take it as published (in memory). */
SC_MUST_USE sc_err sc_replica_take_checkpoint(sc_chain *c, sc_bytes note,
                                              sc_fault *why);

#endif
