/* job/node/missing.c: see the header. */
#include "job/node/missing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "job/run/dossier.h"

#define MAX_LINES 20 /* then their number */

typedef struct {
    const sc_house *h;
    const char *did; /* mine */
    sc_buf sessions; /* s of each record, 32 bytes each, sorted */
    uint64_t index;  /* of the entry at hand */
    size_t n_missing;
} search;

/* ---- what is here ------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SC_HASH_LEN);
}

static sc_err add_session(search *q, const uint8_t *id, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_dossier d;
    uint8_t s[SC_HASH_LEN];

    err = sc_dossier_open(&d, q->h, id, why);
    if (err == SC_E_NOT_FOUND) { /* a crash before its first record */
        *why = (sc_fault){0};
        return SC_OK;
    }
    SC_REQUIRE(err == SC_OK, err);
    sc_entry_session(s, d.sid);
    sc_dossier_clear(&d);
    SC_TRY(sc_buf_put(&q->sessions, s, sizeof s));
    err = SC_OK;
out:
    return err;
}

static sc_err list_sessions(search *q, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0;

    SC_TRY(sc_record_list(&ids, &n_ids, q->h->conf->store, why));
    for (size_t i = 0; i < n_ids; i++) {
        SC_TRY(add_session(q, ids + 16 * i, why));
    }
    if (q->sessions.len > 0) {
        qsort(q->sessions.p, q->sessions.len / SC_HASH_LEN, SC_HASH_LEN,
              compare);
    }
    err = SC_OK;
out:
    sc_free(ids);
    return err;
}

/* ---- what the log says -------------------------------------------------- */

static int has_body(const search *q, const uint8_t d[SC_HASH_LEN])
{
    sc_buf path = {0};
    char hex[65];
    int has;

    sc_hex32(hex, d);
    has = sc_buf_printf(&path, "%s/chain-private/bodies/%s.json",
                        q->h->conf->store, hex) != SC_OK ||
          sc_buf_terminate(&path) != SC_OK || access((char *)path.p, F_OK) == 0;
    sc_buf_clear(&path);
    return has;
}

static int has_record(const search *q, const sc_entry *e)
{
    if (e->type == SC_ENTRY_RECEIPT) {
        return q->sessions.len > 0 &&
               bsearch(e->s, q->sessions.p, q->sessions.len / SC_HASH_LEN,
                       SC_HASH_LEN, compare) != NULL;
    }
    return !sc_entry_is_statement(e->type) || has_body(q, e->d);
}

/* Most entries are others': those are passed over unparsed. */
static int may_be_mine(const search *q, sc_bytes text)
{
    size_t len = strlen(q->did);

    for (size_t i = 0; i + len <= text.len; i++) {
        if (text.p[i] == 'd' && memcmp(text.p + i, q->did, len) == 0) {
            return 1;
        }
    }
    return 0;
}

static sc_err look_at(void *ctx, sc_bytes text)
{
    search *q = ctx;
    sc_entry e;

    if (may_be_mine(q, text) && sc_entry_take(&e, text) == SC_OK &&
        strcmp(e.did, q->did) == 0 && !has_record(q, &e) &&
        q->n_missing++ < MAX_LINES) {
        sc_log_line(q->h->log, SC_LOG_WARN, "job",
                    "entry %llu of the log, a %s that this party signed: its "
                    "%s is not here; was something removed, or an old store "
                    "restored?",
                    (unsigned long long)q->index, sc_entry_type_name(e.type),
                    e.type == SC_ENTRY_RECEIPT
                        ? "job in jobs/"
                        : "body in chain-private/bodies/");
    }
    q->index++;
    return SC_OK;
}

sc_err sc_missing_warn(const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    search q = {.h = h, .did = h->consortium->parties[h->me].did};

    SC_TRY(list_sessions(&q, why));
    SC_TRY(sc_chain_read(h->chain, 0, sc_chain_head(h->chain).size, look_at, &q,
                         why));
    if (q.n_missing > MAX_LINES) {
        sc_log_line(h->log, SC_LOG_WARN, "job",
                    "and %zu more entries without a record",
                    q.n_missing - MAX_LINES);
    }
    err = SC_OK;
out:
    sc_buf_clear(&q.sessions);
    return sc_fault_from(why, err);
}
