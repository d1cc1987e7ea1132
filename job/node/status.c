/* job/node/status.c: see the header. */
#include "job/node/status.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "data/report.h"
#include "job/run/policy.h"
#include "ledger/merkle.h"

#define VERSION_LEN 12 /* hex digits of the digest */

static const char *party_name(const sc_house *h, size_t party)
{
    return h->consortium->parties[party].name;
}

static json_t *peer_status(const sc_house *h, size_t p)
{
    sc_mesh_link link = {0};
    const char *reason = link.reason;

    if (sc_mesh_status(h->mesh, &link, p) != SC_OK) {
        return NULL;
    }
    if (h->consortium->parties[p].is_offline && !link.is_linked &&
        !link.is_refused) { /* that it is away is no trouble */
        reason = "offline: posts and leaves";
    }
    return json_pack("{s:s,s:b,s:I,s:s,s:I}", "name", party_name(h, p),
                     "linked", link.is_linked, "rtt_us",
                     (json_int_t)(link.rtt_ns / 1000), "reason", reason, "size",
                     (json_int_t)link.chain_size);
}

/* ---- tables ------------------------------------------------------------ */

/* A file's name, or words with it, need not be UTF-8. */
static json_t *text_of(const char *text)
{
    json_t *out = json_string(text);

    return out != NULL ? out : json_string("(not UTF-8 text)");
}

static json_t *words_of(const sc_source *s, const sc_asset *a,
                        const sc_fault *trouble)
{
    json_t *words = json_array();
    char text[1024];

    if (trouble->code == SC_E_CORRUPT) {
        sc_fault_print(text, sizeof text, trouble);
        (void)json_array_append_new(words, text_of(text));
        return words;
    }
    sc_report_print(text, sizeof text, s, a);
    if (!a->is_usable && a->checked_at != 0) {
        (void)json_array_append_new(words, text_of(text));
    }
    for (size_t i = 0; i < s->table->n_columns; i++) {
        sc_report_print_column(text, sizeof text, s, a, i);
        if (text[0] != '\0') {
            (void)json_array_append_new(words, text_of(text));
        }
    }
    return words;
}

/* Who has asked about the table today. */
static json_t *asked_of(const sc_house *h, const sc_table *t)
{
    json_t *asked = json_array();
    int64_t today = sc_clock_wall() / SC_DAY_S;

    for (size_t p = 0; p < h->consortium->n_parties; p++) {
        uint64_t n = sc_history_count(h->history, today, SC_HISTORY_QUERY,
                                      h->consortium->parties[p].did, t->name);

        if (n > 0) {
            (void)json_array_append_new(asked, json_pack("{s:s,s:I}", "name",
                                                         party_name(h, p), "n",
                                                         (json_int_t)n));
        }
    }
    return asked;
}

static json_t *table_status(const sc_house *h, size_t source)
{
    const sc_source *s = &h->conf->sources[source];
    sc_asset a;
    sc_fault why = {0};
    char version[65] = "";
    sc_err err = sc_engine_known(h->engine, source, &a, &why);

    if (a.checked_at != 0) {
        sc_hex32(version, a.digest);
        version[VERSION_LEN] = '\0';
    }
    return json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:o,s:o}", "name",
                     s->table->name, "state",
                     err == SC_E_STATE       ? "changed"
                     : err == SC_E_CORRUPT   ? "unreadable"
                     : err == SC_E_NOT_FOUND ? "unchecked"
                     : a.is_usable           ? "usable"
                                             : "not used",
                     "rows", (json_int_t)a.report.n_rows, "outside",
                     (json_int_t)a.report.n_violations, "checked",
                     (json_int_t)a.checked_at, "version", version, "words",
                     words_of(s, &a, &why), "asked", asked_of(h, s->table));
}

/* Size and root of what is cosigned, as an audit takes them. */
static sc_head published_head(const sc_house *h)
{
    sc_head head = sc_chain_filed(h->chain);

    if (head.size == 0) { /* no checkpoint yet: the tree of no entries */
        sc_merkle_root(&head.root, &(sc_merkle_range){0});
    }
    return head;
}

/* Questions that owners post for, and that have no answer yet. */
static json_int_t n_open_calls(sc_calls *calls)
{
    json_t *list = sc_calls_list(calls), *call;
    json_int_t n = 0;
    size_t i;

    json_array_foreach(list, i, call)
    {
        const char *state = json_string_value(json_object_get(call, "state"));

        n += state != NULL && strcmp(state, "open") == 0;
    }
    json_decref(list);
    return n;
}

/* ---- the whole --------------------------------------------------------- */

sc_err sc_status_make(json_t **ok, const sc_house *h, sc_desk *desk,
                      sc_mend *mend, sc_calls *calls, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = h->consortium;
    sc_head head = sc_chain_head(h->chain);
    sc_head published = published_head(h);
    const json_int_t n_runs = (json_int_t)sc_desk_n_runs(desk);
    /* after the runs: an open job is adopted before it is no run any more */
    const json_int_t n_open = (json_int_t)sc_mend_n_open(mend);
    char digest[65], root[65];
    json_t *peers = json_array(), *tables = json_array();

    sc_hex32(digest, c->digest);
    sc_hex32(root, published.root.b);
    for (size_t p = 0; p < c->n_parties; p++) {
        SC_REQUIRE(p == h->me ||
                       json_array_append_new(peers, peer_status(h, p)) == 0,
                   SC_E_MEM);
    }
    for (size_t i = 0; i < h->conf->n_sources; i++) {
        SC_REQUIRE(json_array_append_new(tables, table_status(h, i)) == 0,
                   SC_E_MEM);
    }
    *ok = json_pack(
        "{s:s,s:s,s:s,s:{s:I,s:I,s:s,s:I,s:I},s:I,s:I,s:I,s:O,s:I,s:O,s:b}",
        "me", party_name(h, h->me), "consortium", c->name, "digest", digest,
        "chain", "size", (json_int_t)head.size, "published",
        (json_int_t)published.size, "root", root, "owed",
        (json_int_t)sc_keeper_owed(h->keeper), "ordering",
        (json_int_t)sc_keeper_ordering(h->keeper), "jobs", n_runs, "open",
        n_open, "calls", n_open_calls(calls), "peers", peers,
        "questions_per_day", (json_int_t)c->rules.queries_per_day, "tables",
        tables, "is_loose",
        h->engine != NULL && !sc_engine_has_landlock(h->engine));
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(peers);
    json_decref(tables);
    return sc_fault_from(why, err);
}
