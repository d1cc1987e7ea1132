/* job/conf/consortium.c: the file's sections; parties are in job/conf/parties.c,
 * tables in job/conf/tables.c, the key of sums of ciphertexts in
 * job/conf/sumkey.c.
 *
 * Parties come first, for tables and the ledger name them. */
#include "job/conf/consortium.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "job/conf/conf.h"
#include "job/conf/parties.h"
#include "job/conf/sumkey.h"
#include "job/conf/tables.h"

typedef struct {
    const sc_yaml_node *consortium, *parties, *tables, *rules, *ledger;
    const sc_yaml_node *sumkey;
} sections;

/* ---- rules ------------------------------------------------------------ */

static void parse_rules(sc_consortium_rules *rules, const sc_conf *c,
                        const sc_yaml_node *map)
{
    int64_t min_group = 10, queries = 20, deadline_ms = 10000, job_ms = 600000;
    int64_t cells = SC_MAX_CELLS, sessions = 4, proposals = 60, call_days = 40;
    const sc_yaml_field fields[] = {
        {"min_group", SC_YAML_F_INT, 0, &min_group, 1, INT32_MAX},
        {"queries_per_day", SC_YAML_F_INT, 0, &queries, 1, 1000000},
        {"cells", SC_YAML_F_INT, 0, &cells, 1, SC_MAX_CELLS},
        {"sessions_per_peer", SC_YAML_F_INT, 0, &sessions, 1,
         SC_RULES_MAX_SESSIONS},
        {"proposals_per_hour", SC_YAML_F_INT, 0, &proposals, 1,
         SC_RULES_MAX_PROPOSALS},
        {"call_days", SC_YAML_F_INT, 0, &call_days, 1, 366},
        {"deadline_ms", SC_YAML_F_INT, 0, &deadline_ms, 100, 3600000},
        {"job_ms", SC_YAML_F_INT, 0, &job_ms, 1000, 7 * 86400000},
        {"two_party_exact", SC_YAML_F_BOOL, 0, &rules->two_party_exact, 0, 0},
    };

    if (map != NULL) {
        sc_yaml_read(c->faults, c->file, map, fields,
                     sizeof fields / sizeof *fields);
    }
    if (job_ms < deadline_ms) {
        sc_yaml_fault(c->faults, c->file, map, "raise job_ms",
                      "a job (job_ms %lld) cannot be shorter than one of its "
                      "steps (deadline_ms %lld)",
                      (long long)job_ms, (long long)deadline_ms);
    }
    rules->min_group = (uint64_t)min_group;
    rules->queries_per_day = (uint64_t)queries;
    rules->max_cells = (uint64_t)cells;
    rules->peer_sessions = (uint64_t)sessions;
    rules->peer_proposals = (uint64_t)proposals;
    rules->call_days = (uint64_t)call_days;
    rules->deadline_ms = (uint64_t)deadline_ms;
    rules->job_ms = (uint64_t)job_ms;
}

/* ---- ledger ----------------------------------------------------------- */

typedef struct {
    const sc_yaml_node *origin, *sequencer, *quorum;
} ledger_places;

static ledger_places read_ledger(const sc_conf *c, const sc_yaml_node *map)
{
    ledger_places at = {0};
    const sc_yaml_field fields[] = {
        {"origin", SC_YAML_F_NODE, 1, &at.origin, 0, 0},
        {"sequencer", SC_YAML_F_NODE, 1, &at.sequencer, 0, 0},
        {"quorum", SC_YAML_F_NODE, 1, &at.quorum, 0, 0},
    };

    if (map != NULL) {
        sc_yaml_read(c->faults, c->file, map, fields,
                     sizeof fields / sizeof *fields);
    }
    return at;
}

/* Left empty, and a fault, if it is none. */
static void parse_origin(sc_roster *r, const sc_conf *c,
                         const sc_yaml_node *node)
{
    const char *text = node == NULL ? NULL : sc_conf_text(c, node, "origin");

    if (text != NULL && sc_conf_is_origin(text)) {
        memcpy(r->origin, text, strlen(text) + 1);
    } else if (text != NULL) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write it as health.example/chain/1",
                      "'origin' is not a URL without schema");
    }
}

static void parse_sequencer(sc_consortium *cons, const sc_conf *c,
                            const sc_yaml_node *node)
{
    const char *text = node == NULL ? NULL : sc_conf_text(c, node, "sequencer");
    char quoted[SC_CONF_QUOTE_LEN];

    if (text == NULL) {
        return;
    }
    if (cons->n_parties == 0) {
        return; /* the parties' own fault is enough */
    }
    cons->roster.sequencer = sc_consortium_party(cons, text);
    if (cons->roster.sequencer == SIZE_MAX) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write a name that stands under parties",
                      "the sequencer '%s' is not a party",
                      sc_conf_quote(quoted, text));
    } else if (cons->parties[cons->roster.sequencer].is_offline) {
        sc_yaml_fault(c->faults, c->file, node,
                      "name a party whose node stays up",
                      "the sequencer '%s' is offline, and without it the log "
                      "stands still",
                      sc_conf_quote(quoted, text));
    }
}

static void parse_quorum(sc_consortium *cons, const sc_conf *c,
                         const sc_yaml_node *node)
{
    int64_t n = (int64_t)sc_roster_n_cosigners(&cons->roster), k = 0;
    int64_t least = (n + 3) / 2; /* 2k - n - 1 >= 1 */
    sc_faults none = {0};
    char remedy[64];

    if (node == NULL || n < 2) {
        return; /* the parties' own fault is enough */
    }
    (void)snprintf(remedy, sizeof remedy,
                   least == n ? "write quorum: %lld"
                              : "write quorum: %lld to %lld",
                   (long long)least, (long long)n);
    if (!sc_yaml_int(&k, &none, c->file, node, 1, n)) {
        sc_yaml_fault(c->faults, c->file, node, remedy,
                      "the quorum of %lld cosigners is a whole number from "
                      "%lld to %lld (2k - n - 1 >= 1)",
                      (long long)n, (long long)least, (long long)n);
    } else if (k < least) {
        sc_yaml_fault(c->faults, c->file, node, remedy,
                      "with %lld of %lld cosigners one liar could fork the "
                      "log: 2k - n - 1 must be at least 1",
                      (long long)k, (long long)n);
    }
    cons->roster.quorum = (size_t)k;
    sc_faults_clear(&none);
}

/* What the ledger sees of the parties; all texts fit by construction. */
static void fill_roster(sc_consortium *cons)
{
    sc_roster *r = &cons->roster;

    r->n_parties = cons->n_parties;
    memcpy(r->digest, cons->digest, sizeof r->digest);
    for (size_t i = 0; i < cons->n_parties; i++) {
        const sc_party *p = &cons->parties[i];
        sc_roster_party *q = &r->parties[i];

        memcpy(q->name, p->name, sizeof q->name);
        memcpy(q->did, p->did, sizeof q->did);
        memcpy(q->identity, p->identity, SC_KEY_LEN);
        memcpy(q->log, p->log_key, SC_KEY_LEN);
        memcpy(q->cosigner, p->cosigner_key, SC_KEY_LEN);
        q->is_offline = p->is_offline;
    }
}

/* ---- the whole -------------------------------------------------------- */

static sections read_sections(const sc_conf *c, const sc_yaml_node *root)
{
    sections s = {0};
    const sc_yaml_field fields[] = {
        {"consortium", SC_YAML_F_NODE, 1, &s.consortium, 0, 0},
        {"parties", SC_YAML_F_LIST, 1, &s.parties, 0, 0},
        {"tables", SC_YAML_F_MAP, 1, &s.tables, 0, 0},
        {"rules", SC_YAML_F_MAP, 0, &s.rules, 0, 0},
        {"ledger", SC_YAML_F_MAP, 1, &s.ledger, 0, 0},
        {"ciphertext_sum", SC_YAML_F_MAP, 0, &s.sumkey, 0, 0},
    };

    sc_yaml_read(c->faults, c->file, root, fields,
                 sizeof fields / sizeof *fields);
    return s;
}

static sc_err parse_root(sc_consortium *cons, const sc_conf *c,
                         const sc_yaml_node *root)
{
    sections s = read_sections(c, root);
    ledger_places at = read_ledger(c, s.ledger);
    sc_err err = SC_E_BUG;

    parse_origin(&cons->roster, c, at.origin);
    (void)sc_conf_name(cons->name, c, s.consortium, "consortium");
    if (s.parties != NULL) {
        SC_TRY(sc_parties_parse(cons, c, s.parties, s.consortium, at.origin));
    }
    fill_roster(cons);
    parse_rules(&cons->rules, c, s.rules);
    parse_sequencer(cons, c, at.sequencer);
    parse_quorum(cons, c, at.quorum);
    if (s.tables != NULL) {
        SC_TRY(sc_tables_parse(cons, c, s.tables));
    }
    if (s.sumkey != NULL) {
        sc_sumkey_parse(cons, c, s.sumkey);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_consortium_parse(sc_consortium **c, sc_faults *faults,
                           const char *name, sc_bytes text)
{
    sc_conf conf = {faults, name};
    sc_consortium *cons = NULL;
    sc_yaml *y = NULL;
    sc_fault why = {0};
    sc_err err = SC_E_BUG;

    *c = NULL;
    SC_TRY(sc_yaml_load(&y, faults, name, text));
    cons = sc_alloc(1, sizeof *cons);
    SC_REQUIRE(cons != NULL, SC_E_MEM);
    sc_sha256(cons->digest, text);
    SC_TRY(sc_buf_put_bytes(&cons->text, text));
    SC_TRY(parse_root(cons, &conf, sc_yaml_root(y)));
    SC_TRY(sc_faults_code(faults));
    /* The ledger's own check holds whatever this parser may have missed. */
    err = sc_roster_check(&cons->roster, &why);
    if (err == SC_E_CONFIG) {
        sc_faults_add(faults, name, 0, 0, why.remedy, "%s", why.text);
    }
    SC_TRY(err);
    *c = cons;
    cons = NULL;
    err = SC_OK;
out:
    sc_yaml_free(&y);
    sc_consortium_free(&cons);
    return err;
}

void sc_consortium_free(sc_consortium **c)
{
    if (*c == NULL) {
        return;
    }
    for (size_t i = 0; i < (*c)->n_tables; i++) {
        sc_table_clear(&(*c)->tables[i]);
    }
    sc_free((*c)->tables);
    sc_free((*c)->parties);
    sc_buf_clear(&(*c)->text);
    sc_free(*c);
    *c = NULL;
}

/* ---- finding ---------------------------------------------------------- */

size_t sc_consortium_party(const sc_consortium *c, const char *name)
{
    for (size_t i = 0; i < c->n_parties; i++) {
        if (strcmp(c->parties[i].name, name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t sc_consortium_party_did(const sc_consortium *c, const char *did)
{
    for (size_t i = 0; i < c->n_parties; i++) {
        if (strcmp(c->parties[i].did, did) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

const sc_table *sc_consortium_table(const sc_consortium *c, const char *name)
{
    for (size_t i = 0; i < c->n_tables; i++) {
        if (strcmp(c->tables[i].name, name) == 0) {
            return &c->tables[i];
        }
    }
    return NULL;
}

void sc_consortium_quorum_words(char *out, size_t len, const sc_consortium *c)
{
    static const char *const numbers[SC_MAX_PARTIES + 1] = {
        "none",   "one",      "two",      "three",   "four",   "five",
        "six",    "seven",    "eight",    "nine",    "ten",    "eleven",
        "twelve", "thirteen", "fourteen", "fifteen", "sixteen"};
    size_t n = sc_roster_n_cosigners(&c->roster), k = c->roster.quorum;

    (void)snprintf(out, len,
                   "%zu cosigners, quorum %zu: %s may be down, %s may lie", n,
                   k, numbers[n - k], numbers[2 * k - n - 1]);
}
