/* job/node/node.c: putting the house together, in the order of trust: configuration,
 * keys, the digest that the operator accepted, the chain on disk; only then a
 * port is opened. Users' requests are answered in requests.c. */
#include "job/node/node.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "he/gmp_wipe.h"
#include "job/conf/accept.h"
#include "job/conf/keyfile.h"
#include "job/node/calls.h"
#include "job/node/check.h"
#include "job/node/desk.h"
#include "job/node/missing.h"
#include "job/node/requests.h"
#include "job/run/notice.h"

#define TICK_MS        500
#define PING_MS        2000
#define CHECK_MS       ((uint64_t)600 * 1000) /* to check an asset at the start */

#define SECONDS_OF_DAY 86400

struct sc_node {
    sc_nodeconf *conf;
    sc_keys keys;
    sc_log log;
    sc_house house;
    sc_chain *chain;
    sc_history *history;
    sc_engine *engine;
    sc_sumkey *sumkey;
    sc_mesh *mesh;
    sc_keeper *keeper;
    sc_mend *mend;
    sc_calls *calls;
    sc_desk *desk;
    sc_requests *requests;
    pthread_t checker; /* assets, so that the first query finds them checked */
    int is_checking;
};

/* ---- parts ------------------------------------------------------------- */

static sc_err load_identity(sc_node *n, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = n->conf->consortium;

    SC_TRY(sc_keyfile_load(&n->keys, n->conf->keys, why));
    SC_TRY(sc_nodeconf_check_keys(n->conf, &n->keys, why));
    SC_TRY(sc_accept_check(n->conf->store, c->digest, why));
    err = SC_OK;
out:
    return err;
}

/* No public half tells whether the state key is the one that this store was
 * begun with; this mark does. */
static sc_err check_state_key(const sc_node *n, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t mark[32];
    char hex[65], *path = sc_path_join(n->conf->store, "state.mark");

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_hkdf(mark, sizeof mark, (sc_bytes){n->keys.state, SC_KEY_LEN},
                   (sc_bytes){0}, sc_bytes_of("sharechain/state-mark/1")));
    sc_hex32(hex, mark);
    err = sc_file_put_immutable(path, sc_bytes_of(hex), 0600, why);
    if (err == SC_E_CORRUPT) {
        sc_fault_set(why, err,
                     "state.key is not the key that the store was begun with "
                     "(%s)",
                     path);
        sc_fault_at(why, n->conf->keys, 0, 0);
        sc_fault_remedy(why, "restore state.key, or state.mark, from your "
                             "backup");
    }
    SC_TRY(err);
    err = SC_OK;
out:
    sc_free(path);
    return sc_fault_from(why, err);
}

/* Of what we make: the store may be a folder that holds other things too. */
static sc_err sweep_store(const sc_node *n)
{
    static const char *const made[] = {"chain",  "chain-private", "jobs",
                                       "assets", "answers",       "calls"};
    size_t n_swept = sc_dir_sweep(n->conf->store, 0);

    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char *path = sc_path_join(n->conf->store, made[i]);

        if (path == NULL) {
            return SC_E_MEM;
        }
        n_swept += sc_dir_sweep(path, 1);
        sc_free(path);
    }
    if (n_swept > 0) {
        sc_log_line(&n->log, SC_LOG_INFO, "node",
                    "removed %zu files of writes that did not end", n_swept);
    }
    return SC_OK;
}

static sc_err open_store(sc_node *n, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char *path = sc_path_join(n->conf->store, "history.journal");
    char *jobs = sc_path_join(n->conf->store, "jobs");

    SC_REQUIRE(path != NULL && jobs != NULL, SC_E_MEM);
    SC_TRY(sc_dir_make(n->conf->store, 0700, why));
    SC_TRY(sc_dir_make(jobs, 0700, why)); /* synced: records hang on it */
    SC_TRY(check_state_key(n, why));
    SC_TRY(sc_chain_open(&n->chain, n->conf->store,
                         &n->conf->consortium->roster, n->conf->me, why));
    SC_TRY(sweep_store(n));
    SC_TRY(sc_notice_check_bodies(n->conf->store, why));
    SC_TRY(sc_requests_new(&n->requests, n->conf->store, why));
    SC_TRY(sc_history_open(&n->history, path, why));
    err = SC_OK;
out:
    sc_free(path);
    sc_free(jobs);
    return sc_fault_from(why, err);
}

static sc_err start_engine(sc_node *n, const char *program, const char *duckdb,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_engine_config config = {.sources = n->conf->sources,
                               .n_sources = n->conf->n_sources,
                               .program = program,
                               .duckdb = duckdb,
                               .log = &n->log};

    if (n->conf->n_sources > 0) {
        SC_TRY(sc_engine_new(&n->engine, &config, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err open_mesh(sc_node *n, sc_fault *why)
{
    const sc_consortium *c = n->conf->consortium;
    sc_mesh_party parties[SC_MAX_PARTIES];
    sc_mesh_config config = {.parties = parties,
                             .n_parties = c->n_parties,
                             .me = n->conf->me,
                             .listen = n->conf->listen,
                             .ping_ms = c->rules.deadline_ms / 4 < PING_MS
                                            ? c->rules.deadline_ms / 4
                                            : PING_MS,
                             .silent_ms = c->rules.deadline_ms,
                             .log = &n->log};
    sc_err err;

    for (size_t p = 0; p < c->n_parties; p++) {
        parties[p] = (sc_mesh_party){.name = c->parties[p].name,
                                     .address = c->parties[p].address,
                                     .is_offline = c->parties[p].is_offline};
        memcpy(parties[p].key, c->parties[p].transport_key, 32);
    }
    memcpy(config.secret_key, n->keys.transport, 32);
    memcpy(config.consortium, c->digest, 32);
    err = sc_mesh_new(&n->mesh, &config, why);
    sc_wipe(config.secret_key, sizeof config.secret_key);
    return err;
}

/* The keeper's voice. A message that a link does not take is said again. */
static void say(void *ctx, size_t party, const sc_frame *f)
{
    sc_node *n = ctx;

    if (sc_mesh_send(n->mesh, party, NULL, f) != SC_OK) {
        sc_log_line(&n->log, SC_LOG_DEBUG, "ledger", "%s does not hear %s",
                    sc_mesh_name(n->mesh, party), sc_msg_name(f->type));
    }
}

static sc_err start_keeper(sc_node *n, sc_fault *why)
{
    sc_keeper_config config = {.dir = n->conf->store,
                               .chain = n->chain,
                               .roster = &n->conf->consortium->roster,
                               .me = n->conf->me,
                               .keys = &n->keys,
                               .voice = {say, n},
                               .log = &n->log};

    return sc_keeper_new(&n->keeper, &config, why);
}

static void fill_house(sc_node *n)
{
    n->house = (sc_house){.consortium = n->conf->consortium,
                          .conf = n->conf,
                          .keys = &n->keys,
                          .me = n->conf->me,
                          .mesh = n->mesh,
                          .chain = n->chain,
                          .keeper = n->keeper,
                          .history = n->history,
                          .engine = n->engine,
                          .sumkey = n->sumkey,
                          .log = &n->log};
}

/* ---- what the operator should know at the start -------------------------- */

static int is_in_force(const sc_allow *a, int64_t today)
{
    return a->until >= today;
}

/* Rules that have run out, and tables of mine that nobody may ask about. */
static void warn_of_rules(const sc_node *n)
{
    const sc_nodeconf *conf = n->conf;
    int64_t today = sc_clock_wall() / SECONDS_OF_DAY;
    char until[11];

    for (size_t i = 0; i < conf->n_allow; i++) {
        if (!is_in_force(&conf->allow[i], today)) {
            sc_date_print(until, conf->allow[i].until);
            sc_log_line(&n->log, SC_LOG_WARN, "policy",
                        "node.yaml, line %u: this allow entry permits nothing "
                        "since its until, %s, has passed",
                        conf->allow[i].line, until);
        }
    }
    for (size_t s = 0; s < conf->n_sources; s++) {
        size_t n_rules = 0;

        for (size_t i = 0; i < conf->n_allow; i++) {
            n_rules += conf->allow[i].table == conf->sources[s].table &&
                       is_in_force(&conf->allow[i], today);
        }
        if (n_rules == 0) {
            sc_log_line(&n->log, SC_LOG_WARN, "policy",
                        "table %s: no allow entry is in force, so every query "
                        "of another party is refused",
                        conf->sources[s].table->name);
        }
    }
}

/* Check every asset once, in the background; the engine logs what it finds. */
static void *check_assets(void *arg)
{
    sc_node *n = arg;

    for (size_t i = 0; i < n->conf->n_sources; i++) {
        sc_fault why = {0};
        sc_asset asset;

        if (sc_engine_asset(n->engine, i, &asset, sc_clock_ms() + CHECK_MS,
                            &why) != SC_OK) {
            char text[1024];

            sc_fault_print(text, sizeof text, &why);
            sc_log_line(&n->log, SC_LOG_WARN, "data", "table %s: %s",
                        n->conf->sources[i].table->name, text);
        } /* else the engine has said what it found */
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

static sc_err start(sc_node *n, const char *program, const char *duckdb,
                    sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(load_identity(n, why));
    SC_TRY(sc_sumkey_load(&n->sumkey, n->conf, why));
    SC_TRY(open_store(n, why));
    fill_house(n); /* as far as it stands */
    SC_TRY(sc_check_store(&n->house, why));
    SC_TRY(sc_missing_warn(&n->house, why));
    SC_TRY(start_engine(n, program, duckdb, why));
    SC_TRY(open_mesh(n, why));
    SC_TRY(start_keeper(n, why));
    fill_house(n);
    warn_of_rules(n);
    SC_TRY(sc_mend_new(&n->mend, &n->house, why));
    SC_TRY(sc_calls_new(&n->calls, &n->house, why));
    SC_TRY(sc_desk_new(&n->desk, &n->house, n->mend, n->calls, why));
    SC_TRY(sc_calls_start(n->calls, n->desk, why));
    SC_TRY(sc_requests_start(n->requests, &n->house, n->desk, n->mend, n->calls,
                             why));
    if (n->engine != NULL) {
        SC_REQUIRE(pthread_create(&n->checker, NULL, check_assets, n) == 0,
                   SC_E_MEM);
        n->is_checking = 1;
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

sc_err sc_node_new(sc_node **out, const char *config, const char *program,
                   const char *duckdb, sc_faults *faults, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_node *n = sc_alloc(1, sizeof *n);

    sc_gmp_wipe(); /* before a thread uses GMP */
    SC_REQUIRE(n != NULL, SC_E_MEM);
    SC_TRY(sc_nodeconf_load(&n->conf, faults, config));
    n->log = sc_log_make(n->conf->consortium->parties[n->conf->me].name);
    SC_TRY(start(n, program, duckdb, why));
    *out = n;
    n = NULL;
    err = SC_OK;
out:
    sc_node_free(&n);
    return faults->n_faults > 0 ? err : sc_fault_from(why, err);
}

sc_err sc_node_run(sc_node *n, int stop_fd, sc_fault *why)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

    while (poll(&fd, 1, TICK_MS) <= 0 || (fd.revents & POLLIN) == 0) {
        sc_mesh_set_chain(n->mesh, sc_chain_published(n->chain).size);
        if (!sc_requests_is_running(n->requests)) {
            return sc_fault_set(why, SC_E_IO, "the local socket gave up");
        }
    }
    return SC_OK;
}

void sc_node_free(sc_node **out)
{
    sc_node *n = *out;

    if (n == NULL) {
        return;
    }
    sc_requests_stop(n->requests);
    sc_calls_stop(n->calls);
    sc_desk_free(&n->desk);
    sc_requests_free(&n->requests);
    sc_calls_free(&n->calls);
    sc_mend_free(&n->mend);
    if (n->is_checking) {
        pthread_join(n->checker, NULL);
    }
    sc_keeper_free(&n->keeper);
    sc_mesh_free(&n->mesh);
    sc_engine_free(&n->engine);
    sc_sumkey_free(&n->sumkey);
    sc_history_free(&n->history);
    sc_chain_free(&n->chain);
    sc_keys_clear(&n->keys);
    sc_nodeconf_free(&n->conf);
    sc_free(n);
    *out = NULL;
}

const char *sc_node_address(const sc_node *n)
{
    return sc_mesh_address(n->mesh);
}

const char *sc_node_socket(const sc_node *n)
{
    return sc_requests_socket(n->requests);
}
