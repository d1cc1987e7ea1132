/* ledger/outbox.c: a record is '+' and the entry's text, or '-' and its i. */
#include "ledger/outbox.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static size_t find(const sc_outbox *o, const uint8_t i[static SC_HASH_LEN])
{
    for (size_t k = 0; k < o->n_items; k++) {
        if (memcmp(o->items[k].entry.i, i, SC_HASH_LEN) == 0) {
            return k;
        }
    }
    return o->n_items;
}

static sc_err keep(sc_outbox *o, sc_bytes text)
{
    sc_err err = SC_E_BUG;
    sc_outbox_item item = {0};

    SC_TRY(sc_entry_take(&item.entry, text));
    if (find(o, item.entry.i) < o->n_items) {
        return SC_OK;
    }
    if (o->n_items == o->cap) {
        size_t cap = o->cap == 0 ? 16 : 2 * o->cap;
        sc_outbox_item *more = sc_alloc(cap, sizeof *more);

        SC_REQUIRE(more != NULL, SC_E_MEM);
        if (o->n_items > 0) {
            memcpy(more, o->items, o->n_items * sizeof *more);
        }
        sc_free(o->items);
        o->items = more;
        o->cap = cap;
    }
    SC_TRY(sc_buf_put_bytes(&item.text, text));
    o->items[o->n_items++] = item;
    err = SC_OK;
out:
    return err;
}

static void forget(sc_outbox *o, size_t at)
{
    if (at < o->n_items) {
        sc_buf_clear(&o->items[at].text);
        o->items[at] = o->items[--o->n_items];
    }
}

static sc_err visit(void *ctx, uint64_t offset, sc_bytes record, sc_fault *why)
{
    sc_outbox *o = ctx;

    if (record.len == 1 + SC_HASH_LEN && record.p[0] == '-') {
        forget(o, find(o, record.p + 1));
        return SC_OK;
    }
    if (record.len > 1 && record.p[0] == '+' &&
        keep(o, (sc_bytes){record.p + 1, record.len - 1}) == SC_OK) {
        return SC_OK;
    }
    return sc_fault_set(why, SC_E_CORRUPT,
                        "the outbox's record at offset %llu is no entry",
                        (unsigned long long)offset);
}

static sc_err append(sc_outbox *o, char kind, const void *p, size_t len,
                     int is_durable, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf b = {0};

    SC_TRY(sc_buf_put_u8(&b, (uint8_t)kind));
    SC_TRY(sc_buf_put(&b, p, len));
    SC_TRY(is_durable
               ? sc_journal_append(o->journal, sc_buf_bytes(&b), why)
               : sc_journal_append_later(o->journal, sc_buf_bytes(&b), why));
    err = SC_OK;
out:
    sc_buf_clear(&b);
    return sc_fault_from(why, err);
}

/* Write what is left to a new file and let it take the old one's place. */
static sc_err compact(sc_outbox *o, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf name = {0};
    sc_outbox none = {0};

    SC_TRY(sc_buf_printf(&name, "%s.new", path));
    SC_TRY(sc_buf_terminate(&name));
    (void)unlink((char *)name.p);
    sc_journal_free(&o->journal);
    SC_TRY(sc_journal_open(&o->journal, (char *)name.p, visit, &none, why));
    for (size_t k = 0; k < o->n_items; k++) {
        SC_TRY(
            append(o, '+', o->items[k].text.p, o->items[k].text.len, 1, why));
    }
    if (rename((char *)name.p, path) != 0) {
        err = sc_fault_set(why, SC_E_IO, "cannot replace %s", path);
        goto out;
    }
    *strrchr((char *)name.p, '/') = '\0';
    SC_TRY(sc_dir_sync((char *)name.p, why));
    err = SC_OK;
out:
    sc_buf_clear(&name);
    return err;
}

sc_err sc_outbox_open(sc_outbox *o, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *o = (sc_outbox){0};
    SC_TRY(sc_journal_open(&o->journal, path, visit, o, why));
    SC_TRY(compact(o, path, why));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_outbox_clear(o);
    }
    return sc_fault_from(why, err);
}

void sc_outbox_clear(sc_outbox *o)
{
    for (size_t k = 0; k < o->n_items; k++) {
        sc_buf_clear(&o->items[k].text);
    }
    sc_free(o->items);
    sc_journal_free(&o->journal);
    *o = (sc_outbox){0};
}

sc_err sc_outbox_add(sc_outbox *o, sc_bytes entry, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n = o->n_items;

    SC_TRY(keep(o, entry));
    if (o->n_items > n) {
        err = append(o, '+', entry.p, entry.len,
                     o->items[n].entry.type != SC_ENTRY_RECEIPT, why);
        if (err != SC_OK) {
            forget(o, n);
            goto out;
        }
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_outbox_remove(sc_outbox *o, size_t at, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(at < o->n_items, SC_E_ARG);
    /* a restart finds out again that it is settled */
    SC_TRY(append(o, '-', o->items[at].entry.i, SC_HASH_LEN, 0, why));
    forget(o, at);
    err = SC_OK;
out:
    return err;
}
