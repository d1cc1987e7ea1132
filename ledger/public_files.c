/* ledger/public_files.c: tiles, entry bundles and the checkpoint, which anyone may
 * read (ledger/store.h has the layout).
 *
 * The committed entries fix the content of every one, so the log's sync is the
 * commit and these follow: a full tile or bundle at once, for it is read again;
 * what is partial, and the checkpoint, with sc_chain_flush. What a crash leaves
 * out recover.c writes again. */
#include <string.h>

#include "ledger/replica.h"

/* ---- what the entries fix ---------------------------------------------- */

void sc_replica_files_clear(sc_replica_files *f)
{
    for (size_t i = 0; i < f->n_tiles; i++) {
        sc_buf_clear(&f->tiles[i].data);
    }
    sc_buf_clear(&f->checkpoint);
    *f = (sc_replica_files){0};
}

/* A full one at once, for it is read again; a partial one can wait for
 * sc_chain_flush: the log has its content. */
static sc_err put_tile(sc_chain *c, const sc_tile *tile, sc_bytes data,
                       sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char path[SC_TILE_PATH_MAX];
    sc_replica_files *later = &c->unwritten;

    SC_TRY(sc_tile_path(path, tile));
    if (tile->width < SC_TILE_WIDTH && c->is_open) {
        sc_replica_file *f = &later->tiles[later->n_tiles];

        SC_ASSERT(later->n_tiles < sizeof later->tiles / sizeof *later->tiles);
        memcpy(f->path, path, sizeof f->path);
        later->n_tiles++;
        return sc_buf_put_bytes(&f->data, data);
    }
    SC_TRY(sc_store_put_immutable(c->store, path, data, 1, why));
    if (tile->width == SC_TILE_WIDTH) {
        sc_store_drop_partials(c->store, path);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_push_entry(sc_chain *c, sc_bytes entry, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tile_entry_put(&c->tail, entry));
    c->n_tail++;
    c->n_pushed++;
    if (c->n_tail == SC_TILE_WIDTH) {
        sc_tile bundle = {1, 0, c->n_pushed / SC_TILE_WIDTH - 1, SC_TILE_WIDTH};

        SC_TRY(put_tile(c, &bundle, sc_buf_bytes(&c->tail), why));
        sc_buf_reset(&c->tail);
        c->n_tail = 0;
    }
    err = SC_OK;
out:
    return err;
}

/* Hash tiles that a tree grown from old_size has new or wider. */
static sc_err write_hash_tiles(sc_chain *c, uint64_t old_size, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t size = c->tree.range.size;

    for (unsigned level = 0; level <= SC_TILE_MAX_LEVEL; level++) {
        uint64_t n = c->tree.level[level].n;
        uint64_t n_old = old_size >> (8 * level);

        for (uint64_t i = n_old / SC_TILE_WIDTH; i * SC_TILE_WIDTH < n; i++) {
            sc_tile tile;
            sc_bytes data;

            SC_TRY(sc_tile_at(&tile, level, i, size));
            SC_TRY(sc_tree_tile(&c->tree, &data, &tile));
            SC_TRY(put_tile(c, &tile, data, why));
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_write_tiles(sc_chain *c, uint64_t old_size, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(write_hash_tiles(c, old_size, why));
    if (c->n_tail > 0) {
        sc_tile bundle = {1, 0, c->n_pushed / SC_TILE_WIDTH, c->n_tail};

        SC_TRY(put_tile(c, &bundle, sc_buf_bytes(&c->tail), why));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- what could wait --------------------------------------------------- */

/* A batch's files are all partial tiles of the tree as it then is, so a log may
 * end with the batch whose files are synced. */
static sc_err write_files(sc_chain *c, const sc_replica_files *files,
                          int is_synced, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < files->n_tiles; i++) {
        SC_TRY(sc_store_put_immutable(c->store, files->tiles[i].path,
                                      sc_buf_bytes(&files->tiles[i].data),
                                      is_synced, why));
    }
    if (files->checkpoint.len > 0) {
        SC_TRY(sc_store_put_checkpoint(c->store,
                                       sc_buf_bytes(&files->checkpoint), why));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_flush_files(sc_chain *c, sc_fault *why)
{
    sc_err err;
    sc_replica_files files;
    sc_head published;
    int is_long, is_broken;

    pthread_mutex_lock(&c->files_lock);
    pthread_mutex_lock(&c->lock);
    files = c->unwritten;
    published = files.checkpoint.len > 0 ? c->published : c->filed;
    c->unwritten = (sc_replica_files){0};
    is_long = files.n_tiles > 0 && sc_store_is_log_long(c->store);
    is_broken = c->is_broken; /* then what is here is not all that there is */
    pthread_mutex_unlock(&c->lock);
    err = is_broken ? sc_replica_standstill(why)
                    : write_files(c, &files, is_long, why);
    pthread_mutex_lock(&c->lock);
    if (err == SC_OK && is_long) { /* no batch came between: see append */
        err = sc_replica_settle_heads(c, why);
        err = err == SC_OK ? sc_store_begin_log(c->store, why) : err;
    }
    if (err == SC_OK) {
        c->filed = published;
    }
    c->is_broken |= err != SC_OK;
    pthread_mutex_unlock(&c->lock);
    pthread_mutex_unlock(&c->files_lock);
    sc_replica_files_clear(&files);
    return sc_fault_from(why, err);
}

int sc_chain_has_unwritten(sc_chain *c)
{
    int has;

    pthread_mutex_lock(&c->lock);
    has = c->unwritten.n_tiles > 0 || c->unwritten.checkpoint.len > 0;
    pthread_mutex_unlock(&c->lock);
    return has;
}

sc_err sc_chain_flush(sc_chain *c, sc_fault *why)
{
    sc_err err;

    if (sc_chain_has_unwritten(c)) {
        return sc_replica_flush_files(c, why);
    }
    pthread_mutex_lock(&c->lock);
    err = sc_replica_sync_heads(c, why);
    c->is_broken |= err != SC_OK;
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}
