/* ledger/chain.c: appending, signing, reading. Opening is in recover.c, the public
 * files are in public_files.c. */
#include "ledger/chain.h"

#include <string.h>

#include "base/mem.h"
#include "ledger/replica.h"

/* ---- appending --------------------------------------------------------- */

sc_err sc_replica_admit(sc_chain *c, sc_bytes entry, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_node_hash leaf;

    SC_TRY(sc_rules_append(c->rules, NULL, entry, why));
    sc_merkle_leaf(&leaf, entry);
    SC_TRY(sc_tree_append(&c->tree, &leaf));
    err = SC_OK;
out:
    return err;
}

static sc_head tree_head(const sc_chain *c)
{
    sc_head h = {.size = c->tree.range.size};

    sc_merkle_root(&h.root, &c->tree.range);
    return h;
}

/* Undo what was admitted but not committed. A failure leaves no state that may
 * be used. */
static void rewind_to(sc_chain *c, uint64_t size)
{
    if (sc_rules_rewind(c->rules, size) != SC_OK ||
        sc_tree_rewind(&c->tree, size) != SC_OK) {
        c->is_broken = 1;
    }
}

/* ---- heads ------------------------------------------------------------- */

typedef sc_err append_call(sc_journal *j, sc_bytes record, sc_fault *why);

static sc_err append_head(sc_chain *c, uint8_t kind, const sc_head *head,
                          append_call *append, sc_fault *why)
{
    uint8_t record[SC_HEAD_RECORD_LEN];
    sc_err err;

    record[0] = kind;
    sc_store_le64(record + 1, head->size);
    memcpy(record + 9, head->root.b, SC_HASH_LEN);
    err = append(c->heads, (sc_bytes){record, sizeof record}, why);
    if (err == SC_OK) {
        c->journaled[kind] = *head;
    }
    return err;
}

/* Every party cosigns, one signs as the log too. One that is offline cosigns
 * nothing, and notes its heads all the same: what it held, a restart must find. */
static int signs_as(const sc_chain *c, uint8_t kind)
{
    return kind == SC_HEAD_COSIGNED || c->me == c->roster.sequencer;
}

sc_err sc_replica_note_head(sc_chain *c, const sc_head *head, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (uint8_t kind = SC_HEAD_LOG; kind <= SC_HEAD_COSIGNED; kind++) {
        if (signs_as(c, kind) && head->size > c->journaled[kind].size) {
            SC_TRY(append_head(c, kind, head, sc_journal_append_later, why));
            c->is_loose = 1;
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_sync_heads(sc_chain *c, sc_fault *why)
{
    sc_err err = c->is_loose ? sc_journal_sync(c->heads, why) : SC_OK;

    if (err == SC_OK) {
        c->is_loose = 0;
    }
    return err;
}

sc_err sc_replica_settle_heads(sc_chain *c, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    for (uint8_t kind = SC_HEAD_LOG; kind <= SC_HEAD_COSIGNED; kind++) {
        sc_head head = c->journaled[kind];

        if (head.size > 0) {
            SC_TRY(append_head(c, kind, &head, sc_journal_append, why));
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- committing -------------------------------------------------------- */

static sc_err commit(sc_chain *c, const sc_head *old, const sc_bytes *entries,
                     size_t n_entries, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_head now = tree_head(c);

    SC_TRY(sc_store_stage(c->store, entries, n_entries));
    c->is_broken = 1; /* until it is on disk */
    SC_TRY(sc_store_cas_head(c->store, old, &now, why));
    SC_TRY(sc_replica_note_head(c, &now, why));
    for (size_t i = 0; i < n_entries; i++) {
        SC_TRY(sc_replica_push_entry(c, entries[i], why));
    }
    SC_TRY(sc_replica_write_tiles(c, old->size, why));
    c->is_broken = 0;
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_standstill(sc_fault *why)
{
    return sc_fault_set(why, SC_E_IO,
                        "an earlier write to the chain failed; mend the disk "
                        "and start the node again");
}

static sc_err append_locked(sc_chain *c, sc_err *results, const sc_head *expect,
                            const sc_bytes *entries, size_t n_entries,
                            sc_bytes *taken, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_head old = tree_head(c), now;
    size_t n_taken = 0;

    if (c->is_broken) {
        return sc_replica_standstill(why);
    }
    for (size_t i = 0; i < n_entries; i++) {
        err = sc_replica_admit(c, entries[i], why);
        if (results != NULL) {
            results[i] = err;
        }
        if (err == SC_OK) {
            taken[n_taken++] = entries[i];
        } else if (results == NULL ||
                   c->tree.range.size != sc_rules_size(c->rules)) {
            goto out;
        }
    }
    now = tree_head(c);
    if (expect != NULL && !sc_head_equal(&now, expect)) {
        err = sc_fault_set(why, SC_E_CHEAT,
                           "the entries do not give the root that the log "
                           "signed");
        goto out;
    }
    if (n_taken > 0) {
        SC_TRY(commit(c, &old, taken, n_taken, why));
    }
    err = SC_OK;
out:
    if (err != SC_OK && !c->is_broken) {
        rewind_to(c, old.size);
    }
    return err;
}

int sc_chain_is_broken(sc_chain *c)
{
    int is_broken;

    pthread_mutex_lock(&c->lock);
    is_broken = c->is_broken;
    pthread_mutex_unlock(&c->lock);
    return is_broken;
}

sc_err sc_chain_append(sc_chain *c, sc_err *results, const sc_head *expect,
                       const sc_bytes *entries, size_t n_entries, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes *taken = sc_alloc(n_entries, sizeof *taken);

    SC_REQUIRE(taken != NULL, SC_E_MEM);
    SC_TRY(sc_replica_flush_files(c, why)); /* of the batch before */
    pthread_mutex_lock(&c->lock);
    err = append_locked(c, results, expect, entries, n_entries, taken, why);
    pthread_mutex_unlock(&c->lock);
out:
    sc_free(taken);
    return sc_fault_from(why, err);
}

/* ---- signing ----------------------------------------------------------- */

/* Durable before the signature leaves the process; once for each head. Heads of
 * batches are it since the commit. */
static sc_err journal_head(sc_chain *c, uint8_t kind, const sc_head *head,
                           sc_fault *why)
{
    sc_err err;

    if (head->size > 0 && sc_head_equal(head, &c->journaled[kind])) {
        return SC_OK;
    }
    err = append_head(c, kind, head, sc_journal_append, why);
    c->is_broken |= err != SC_OK; /* this party can sign no more */
    return err;
}

static sc_err sign_locked(sc_chain *c, sc_buf *note, uint64_t size,
                          const sc_sign_key *log_key, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_checkpoint at = {.size = size};
    sc_head head = {.size = size};

    SC_REQUIRE(!c->is_broken, SC_E_IO);
    SC_TRY(sc_tree_root(&c->tree, &head.root, size));
    memcpy(at.origin, c->roster.origin, sizeof at.origin);
    memcpy(at.root, head.root.b, sizeof at.root);
    SC_TRY(sc_checkpoint_put(&text, &at));
    if (size >= c->journaled[SC_HEAD_LOG].size) {
        SC_TRY(journal_head(c, SC_HEAD_LOG, &head, why));
    } /* else it is a prefix of one that was journaled */
    SC_TRY(sc_buf_put_bytes(note, sc_buf_bytes(&text)));
    SC_TRY(sc_buf_put_str(note, "\n"));
    SC_TRY(sc_note_sign(note, sc_buf_bytes(&text), at.origin, log_key));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_chain_sign(sc_chain *c, sc_buf *note, uint64_t size,
                     const sc_sign_key *log_key, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = sign_locked(c, note, size, log_key, why);
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}

/* The checkpoint must be a prefix of what is here. */
static sc_err check_prefix(const sc_chain *c, const sc_checkpoint *at,
                           sc_fault *why)
{
    sc_node_hash root;

    if (at->size > c->tree.range.size) {
        return sc_fault_set(why, SC_E_STATE,
                            "a checkpoint of size %llu, and the replica has "
                            "%llu entries",
                            (unsigned long long)at->size,
                            (unsigned long long)c->tree.range.size);
    }
    if (sc_tree_root(&c->tree, &root, at->size) != SC_OK ||
        memcmp(root.b, at->root, sizeof at->root) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the checkpoint of size %llu shows another history "
                            "than the replica",
                            (unsigned long long)at->size);
    }
    return SC_OK;
}

static sc_err cosign_locked(sc_chain *c, sc_buf *line, sc_bytes bytes,
                            const sc_sign_key *key, uint64_t time,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_roster_head head;
    sc_note note;
    sc_head mine;

    SC_REQUIRE(!c->is_broken, SC_E_IO);
    SC_TRY(sc_roster_take_head(&head, &c->roster, bytes, 0));
    SC_TRY(sc_note_take(&note, bytes));
    SC_TRY(check_prefix(c, &head.at, why));
    if (head.at.size < c->cosigned_size) {
        err = sc_fault_set(why, SC_E_STATE,
                           "a checkpoint of size %llu, and this party has "
                           "cosigned %llu already",
                           (unsigned long long)head.at.size,
                           (unsigned long long)c->cosigned_size);
        goto out;
    }
    mine.size = head.at.size;
    memcpy(mine.root.b, head.at.root, sizeof mine.root.b);
    SC_TRY(journal_head(c, SC_HEAD_COSIGNED, &mine, why));
    c->cosigned_size = mine.size;
    SC_TRY(sc_note_cosign(line, note.text, c->roster.parties[c->me].name, key,
                          time));
    err = SC_OK;
out:
    return err;
}

sc_err sc_chain_cosign(sc_chain *c, sc_buf *line, sc_bytes note,
                       const sc_sign_key *key, uint64_t time, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = cosign_locked(c, line, note, key, time, why);
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}

/* A checkpoint with its quorum, and a prefix of what is here. */
static sc_err check_checkpoint(const sc_chain *c, sc_roster_head *head,
                               sc_bytes note, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_roster_take_head(head, &c->roster, note, 1));
    if (head->n_cosigners < c->roster.quorum) {
        err = sc_fault_set(why, SC_E_CHEAT,
                           "a checkpoint with %zu cosigners; the quorum is %zu",
                           head->n_cosigners, c->roster.quorum);
        goto out;
    }
    SC_TRY(check_prefix(c, &head->at, why));
    err = SC_OK;
out:
    return err;
}

sc_err sc_replica_take_checkpoint(sc_chain *c, sc_bytes note, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_roster_head head;

    SC_TRY(check_checkpoint(c, &head, note, why));
    if (!c->roster.parties[c->me].is_offline &&
        head.at.size > c->cosigned_size) {
        err = sc_fault_set(why, SC_E_STATE,
                           "a checkpoint of a size that this party has not "
                           "cosigned yet");
        goto out;
    }
    if (head.at.size >= c->published.size) {
        sc_buf_reset(&c->checkpoint);
        SC_TRY(sc_buf_put_bytes(&c->checkpoint, note));
        c->published.size = head.at.size;
        memcpy(c->published.root.b, head.at.root, SC_HASH_LEN);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_chain_publish(sc_chain *c, sc_bytes note, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    pthread_mutex_lock(&c->lock);
    SC_TRY(sc_replica_take_checkpoint(c, note, why));
    sc_buf_reset(&c->unwritten.checkpoint);
    SC_TRY(sc_buf_put_bytes(&c->unwritten.checkpoint,
                            sc_buf_bytes(&c->checkpoint)));
    err = SC_OK;
out:
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}

/* ---- reading ----------------------------------------------------------- */

sc_head sc_chain_head(sc_chain *c)
{
    sc_head h;

    pthread_mutex_lock(&c->lock);
    h = tree_head(c);
    pthread_mutex_unlock(&c->lock);
    return h;
}

sc_head sc_chain_filed(sc_chain *c)
{
    sc_head h;

    pthread_mutex_lock(&c->lock);
    h = c->filed;
    pthread_mutex_unlock(&c->lock);
    return h;
}

sc_head sc_chain_published(sc_chain *c)
{
    sc_head h;

    pthread_mutex_lock(&c->lock);
    h = c->published;
    pthread_mutex_unlock(&c->lock);
    return h;
}

sc_err sc_chain_checkpoint(sc_chain *c, sc_buf *note)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = c->checkpoint.len == 0
              ? SC_E_NOT_FOUND
              : sc_buf_put_bytes(note, sc_buf_bytes(&c->checkpoint));
    pthread_mutex_unlock(&c->lock);
    return err;
}

/* The bundle that holds entry `index`: its bytes and how many entries. `file`
 * is room for one that is not the tail. */
static sc_err bundle_locked(sc_chain *c, sc_bytes *bundle, size_t *n,
                            sc_buf *file, uint64_t index, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t number = index / SC_TILE_WIDTH;

    SC_REQUIRE(index < c->n_pushed, SC_E_NOT_FOUND);
    *bundle = sc_buf_bytes(&c->tail);
    *n = c->n_tail;
    if (number < c->n_pushed / SC_TILE_WIDTH) {
        sc_tile tile = {1, 0, number, SC_TILE_WIDTH};
        char path[SC_TILE_PATH_MAX];

        sc_buf_reset(file);
        SC_TRY(sc_tile_path(path, &tile));
        SC_TRY(sc_store_get(c->store, path, file, SC_TILE_BUNDLE_MAX_LEN, why));
        *bundle = sc_buf_bytes(file);
        *n = SC_TILE_WIDTH;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err read_locked(sc_chain *c, uint64_t from, uint64_t n,
                          sc_chain_visit visit, void *ctx, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes entries[SC_TILE_WIDTH], bundle;
    sc_buf file = {0};
    size_t n_bundle;

    SC_REQUIRE(from <= c->n_pushed && n <= c->n_pushed - from, SC_E_NOT_FOUND);
    for (uint64_t i = from; i < from + n;) {
        SC_TRY(bundle_locked(c, &bundle, &n_bundle, &file, i, why));
        SC_TRY(sc_tile_entries_get(entries, n_bundle, bundle));
        for (size_t k = (size_t)(i % SC_TILE_WIDTH);
             k < n_bundle && i < from + n; k++, i++) {
            err = visit(ctx, entries[k]);
            SC_REQUIRE(err == SC_OK, err == SC_E_CANCELLED ? SC_OK : err);
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&file);
    return err;
}

sc_err sc_chain_read(sc_chain *c, uint64_t from, uint64_t n,
                     sc_chain_visit visit, void *ctx, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = read_locked(c, from, n, visit, ctx, why);
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}

static sc_err append_to(void *ctx, sc_bytes entry)
{
    return sc_buf_put_bytes(ctx, entry);
}

sc_err sc_chain_entry(sc_chain *c, sc_buf *out, uint64_t index, sc_fault *why)
{
    return sc_chain_read(c, index, 1, append_to, out, why);
}

sc_err sc_chain_root(sc_chain *c, sc_node_hash *root, uint64_t size)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = sc_tree_root(&c->tree, root, size) == SC_OK ? SC_OK : SC_E_NOT_FOUND;
    pthread_mutex_unlock(&c->lock);
    return err;
}

sc_err sc_chain_find(sc_chain *c, uint64_t *index,
                     const uint8_t i[static SC_HASH_LEN])
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = sc_rules_find(c->rules, index, i);
    if (err == SC_OK && *index >= c->published.size) {
        err = SC_E_NOT_FOUND;
    }
    pthread_mutex_unlock(&c->lock);
    return err;
}

int sc_chain_holds(sc_chain *c, const uint8_t i[static SC_HASH_LEN])
{
    uint64_t index;
    int holds;

    pthread_mutex_lock(&c->lock);
    holds = sc_rules_find(c->rules, &index, i) == SC_OK;
    pthread_mutex_unlock(&c->lock);
    return holds;
}

sc_err sc_chain_fate(sc_chain *c, sc_entry_type *type, uint64_t *index,
                     const uint8_t s[static SC_HASH_LEN])
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = sc_rules_fate(c->rules, type, index, s);
    if (err == SC_OK && *index >= c->published.size) {
        err = SC_E_NOT_FOUND;
    }
    pthread_mutex_unlock(&c->lock);
    return err;
}

static sc_err prove_locked(sc_chain *c, sc_buf *proof, uint64_t index,
                           sc_bytes note, uint64_t size)
{
    sc_err err = SC_E_BUG;
    sc_tlogproof p = {.index = index, .checkpoint = note};
    sc_merkle_reader tree = sc_tree_reader(&c->tree);

    SC_REQUIRE(index < size, SC_E_NOT_FOUND);
    SC_TRY(sc_merkle_prove_inclusion(&p.path, &tree, index, size));
    SC_TRY(sc_tlogproof_make(proof, &p));
    err = SC_OK;
out:
    return err;
}

sc_err sc_chain_prove(sc_chain *c, sc_buf *proof, uint64_t index, sc_fault *why)
{
    sc_err err;

    pthread_mutex_lock(&c->lock);
    err = prove_locked(c, proof, index, sc_buf_bytes(&c->checkpoint),
                       c->published.size);
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}

sc_err sc_chain_prove_below(sc_chain *c, sc_buf *proof, uint64_t index,
                            sc_bytes note, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_roster_head head;

    pthread_mutex_lock(&c->lock);
    SC_TRY(check_checkpoint(c, &head, note, why));
    SC_TRY(prove_locked(c, proof, index, note, head.at.size));
    err = SC_OK;
out:
    pthread_mutex_unlock(&c->lock);
    return sc_fault_from(why, err);
}
