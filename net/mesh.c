/* net/mesh.c: the life of a mesh, and its thread.
 *
 * A turn begins with a poll of an eventfd and the sockets' descriptors; for its rest
 * the lock is held. Nothing in it waits: a socket without room is polled for room,
 * and a full queue drops.
 *
 * A session that waits for bulk takes the turns itself (sc_mesh_serve): else each
 * frame would wake two threads, one after the other. The mesh's thread stands aside
 * then, and looks from time to time whether it is still served: to be woken when the
 * session goes would cost what was spared, and as a rule it comes back at once.
 *
 * The descriptors are polled and not, by zmq_poll, the sockets: to ask a socket
 * costs a system call or two even if there is nothing, and there are 2 n of
 * them. So a socket is asked when its descriptor says so, and once when it is
 * new; what it has is then taken to the last. */
#include "net/mesh.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ct.h"
#include "base/mem.h"
#include "base/rng.h"
#include "net/mesh_inner.h"
#include "net/session_inner.h"

/* ---- turns --------------------------------------------------------------- */

/* What the descriptors say there is, locked. All is looked at with each tick:
 * that is never needed, and costs nothing then. */
static void take_all(sc_mesh *m, int is_tick, uint64_t now_ms)
{
    uint64_t count;

    if (m->is_due.wake) {
        m->is_due.wake = 0;
        (void)!read(m->wake_fd, &count, sizeof count);
    }
    if (is_tick || m->is_due.zap) {
        m->is_due.zap = 0;
        sc_mesh_admit(m, now_ms);
    }
    if (is_tick || m->is_due.server_monitor) { /* first: it knows fds */
        m->is_due.server_monitor = 0;
        sc_mesh_watch_server(m, now_ms);
    }
    if (is_tick || m->is_due.server) {
        m->is_due.server = sc_mesh_take_frames(m, now_ms);
    }
}

/* 1 if credit was owed for long enough; then it is told now. Locked. */
static int take_owing(sc_mesh *m, uint64_t now_ms)
{
    int is_owed = m->owing_ms != 0 && now_ms - m->owing_ms >= SC_MESH_CREDIT_MS;

    if (is_owed) {
        m->owing_ms = 0;
    }
    return is_owed;
}

/* One turn of the thread, locked. */
static void turn(sc_mesh *m)
{
    uint64_t now_ms = sc_clock_ms();
    int is_tick = now_ms - m->swept_ms >= SC_MESH_TICK_MS;
    int is_owing = take_owing(m, now_ms) || is_tick;
    size_t guilty;

    take_all(m, is_tick, now_ms);
    if (is_tick) {
        m->swept_ms = now_ms;
        guilty = sc_gate_sweep(&m->gate, now_ms);
        if (guilty != SC_GATE_STRANGER) {
            sc_mesh_blame(m, guilty, "sent messages without an end", now_ms);
        }
    }
    for (size_t i = 0; i < m->n_parties; i++) {
        sc_link *l = &m->links[i];

        if (i == m->me) {
            continue;
        }
        if (is_tick || l->is_monitor_due) {
            l->is_monitor_due = 0;
            sc_link_watch(m, l, now_ms);
        }
        if (is_tick) {
            sc_link_tick(m, l, now_ms);
            sc_mesh_expire(m, l, now_ms);
        }
        l->is_owing |= is_owing;
        sc_link_flush(m, l);
    }
}

/* Descriptors to poll, and which of them is whose. */
typedef struct {
    struct pollfd fds[4 + 2 * SC_MAX_PARTIES];
    int *is_due[4 + 2 * SC_MAX_PARTIES];
    nfds_t n;
} watched;

static void watch(watched *w, int fd, int *is_due)
{
    w->fds[w->n] = (struct pollfd){.fd = fd, .events = POLLIN};
    w->is_due[w->n++] = is_due;
}

/* Locked. */
static void watch_all(watched *w, sc_mesh *m)
{
    w->n = 0;
    watch(w, m->wake_fd, &m->is_due.wake);
    watch(w, sc_zmq_fd(m->zap), &m->is_due.zap);
    watch(w, sc_zmq_fd(m->server_monitor), &m->is_due.server_monitor);
    watch(w, sc_zmq_fd(m->server), &m->is_due.server);
    for (size_t i = 0; i < m->n_parties; i++) {
        sc_link *l = &m->links[i];

        if (l->monitor != NULL) {
            watch(w, sc_zmq_fd(l->monitor), &l->is_monitor_due);
        }
        if (l->client != NULL && l->is_blocked) { /* each turn flushes */
            watch(w, sc_zmq_fd(l->client), &l->is_blocked);
        }
    }
}

/* Wait until there is something to do, at most so long. Locked, but for the time it
 * waits. */
static void poll_all(sc_mesh *m, int most_ms)
{
    int wait_ms = m->owing_ms != 0 && most_ms > SC_MESH_CREDIT_MS
                      ? SC_MESH_CREDIT_MS
                      : most_ms,
        n;
    watched w;

    watch_all(&w, m);
    for (size_t i = 0; i < m->n_parties; i++) { /* a new one was not read yet */
        wait_ms = m->links[i].is_monitor_due ? 0 : wait_ms;
    }
    wait_ms = m->is_due.server ? 0 : wait_ms;
    sc_wait_unlock(&m->lock);
    n = poll(w.fds, w.n, wait_ms);
    sc_wait_lock(&m->lock);
    for (size_t i = 0; n > 0 && i < w.n; i++) { /* EINTR: poll again */
        *w.is_due[i] |= w.fds[i].revents != 0;
    }
}

static sc_err open_sockets(sc_mesh *m, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_zmq_context_new(&m->context, why));
    SC_TRY(sc_zmq_gatekeeper_new(&m->zap, m->context, why));
    SC_TRY(sc_zmq_server_new(&m->server, &m->server_monitor, m->address,
                             m->context, m->own.secret_key, m->listen,
                             ++m->n_monitors, why));
    err = SC_OK;
out:
    return err;
}

/* Say BYE and let it leave. */
static void close_sockets(sc_mesh *m)
{
    for (size_t i = 0; i < m->n_parties; i++) {
        sc_link *l = &m->links[i];

        sc_link_say_bye(m, l, SC_BYE_LEAVING);
        sc_zmq_unwatch(&l->monitor, l->client);
        sc_zmq_close(&l->client, l->state == SC_LINK_UP ? 200 : 0);
    }
    sc_zmq_unwatch(&m->server_monitor, m->server);
    sc_zmq_close(&m->server, 0);
    sc_zmq_close(&m->zap, 0); /* last: nobody is admitted without it */
    sc_zmq_context_free(&m->context);
}

static void *run(void *arg)
{
    sc_mesh *m = arg;
    sc_fault why = {0};
    sc_err err = open_sockets(m, &why);

    sc_wait_lock(&m->lock);
    m->start_err = err;
    m->start_why = why;
    m->is_started = 1;
    sc_wait_wake(&m->lock);
    while (err == SC_OK && !m->is_stopping) {
        if (m->is_served) {
            (void)sc_wait_sleep(&m->lock, sc_clock_ms() + SC_MESH_ASIDE_MS);
        } else {
            turn(m);
            poll_all(m, SC_MESH_TICK_MS);
        }
    }
    close_sockets(m);
    sc_wait_unlock(&m->lock);
    return NULL;
}

int sc_mesh_is_served(const sc_mesh *m)
{
    return m->is_served;
}

void sc_mesh_serve(sc_mesh *m, int (*is_done)(void *ctx), void *ctx,
                   uint64_t deadline_ms)
{
    sc_wait_lock(&m->lock);
    if (!m->is_served) {
        m->is_served = 1;
        while (!is_done(ctx) && sc_clock_left(deadline_ms) > 0) {
            uint64_t left_ms = sc_clock_left(deadline_ms);

            poll_all(m, left_ms < SC_MESH_TICK_MS ? (int)left_ms
                                                  : SC_MESH_TICK_MS);
            turn(m);
        }
        m->is_served = 0;
    }
    sc_wait_unlock(&m->lock);
}

/* ---- life --------------------------------------------------------------- */

static void parcel_free(void *parcel)
{
    sc_parcel_drop(parcel);
}

static sc_err copy_parties(sc_mesh *m, const sc_mesh_config *c)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < c->n_parties; i++) {
        sc_link *l = &m->links[i];

        m->n_parties = i + 1; /* what there is to free */
        l->party = i;
        l->trouble = "not tried yet";
        l->is_offline = c->parties[i].is_offline;
        l->backoff_ms = m->retry_least_ms;
        l->name = sc_strdup(c->parties[i].name);
        l->address = sc_strdup(c->parties[i].address);
        SC_REQUIRE(l->name != NULL && l->address != NULL, SC_E_MEM);
        memcpy(m->keys[i], c->parties[i].key, SC_ZMQ_KEY_LEN);
        SC_TRY(sc_queue_new(&l->out, SC_MESH_MAX_WAITING, parcel_free));
    }
    err = SC_OK;
out:
    return err;
}

static uint64_t or_default(uint64_t v, uint64_t usual)
{
    return v != 0 ? v : usual;
}

/* What a person can get wrong. */
static sc_err check_config(const sc_mesh_config *c, sc_fault *why)
{
    uint8_t key[SC_ZMQ_KEY_LEN];

    if (c->n_parties < 2 || c->n_parties > SC_MAX_PARTIES ||
        c->me >= c->n_parties) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a consortium has 2 to %d parties", SC_MAX_PARTIES);
    }
    for (size_t i = 0; i < c->n_parties; i++) {
        const char *address = c->parties[i].address;

        if (strncmp(address, "tcp://", 6) != 0 ||
            strlen(address) > SC_ZMQ_ADDRESS_MAX) {
            sc_fault_set(why, SC_E_CONFIG, "the address of %s is not tcp://",
                         c->parties[i].name);
            sc_fault_remedy(why, "write it as tcp://host:port");
            return SC_E_CONFIG;
        }
        for (size_t j = 0; j < i; j++) {
            if (sc_ct_eq(c->parties[i].key, c->parties[j].key,
                         SC_ZMQ_KEY_LEN)) {
                return sc_fault_set(why, SC_E_CONFIG,
                                    "%s and %s have the same transport key",
                                    c->parties[j].name, c->parties[i].name);
            }
        }
    }
    if (sc_zmq_public_key(key, c->secret_key) != SC_OK ||
        !sc_ct_eq(key, c->parties[c->me].key, sizeof key)) {
        sc_fault_set(why, SC_E_CONFIG,
                     "the transport key is not that of %s in the consortium",
                     c->parties[c->me].name);
        sc_fault_remedy(why, "use the keys folder that was made for %s",
                        c->parties[c->me].name);
        return SC_E_CONFIG;
    }
    return SC_OK;
}

static sc_err copy_config(sc_mesh *m, const sc_mesh_config *c)
{
    sc_err err = SC_E_BUG;
    sc_rng rng = sc_rng_system();

    m->me = c->me;
    m->log = c->log;
    m->ping_ms = or_default(c->ping_ms, 2000);
    m->silent_ms = or_default(c->silent_ms, 10000);
    m->retry_least_ms = or_default(c->retry_least_ms, 200);
    m->retry_most_ms = or_default(c->retry_most_ms, 5000);
    memcpy(m->consortium, c->consortium, sizeof m->consortium);
    memcpy(m->own.public_key, c->parties[c->me].key, SC_ZMQ_KEY_LEN);
    memcpy(m->own.secret_key, c->secret_key, SC_ZMQ_KEY_LEN);
    SC_TRY(sc_rng_bytes(&rng, m->boot, sizeof m->boot));
    m->listen = sc_strdup(c->listen);
    SC_REQUIRE(m->listen != NULL, SC_E_MEM);
    SC_TRY(copy_parties(m, c));
    SC_TRY(sc_queue_new(&m->events, SC_MESH_EVENTS, sc_mesh_event_drop));
    m->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    SC_REQUIRE(m->wake_fd >= 0, SC_E_IO);
    err = SC_OK;
out:
    return err;
}

/* Everything but the lock, which is there. */
static void release_all(sc_mesh *m)
{
    for (size_t i = 0; i < m->n_parties; i++) {
        sc_link *l = &m->links[i];

        if (l->out != NULL) {
            sc_link_empty(l);
        }
        sc_queue_free(&l->out);
        sc_free(l->name);
        sc_free(l->address);
    }
    sc_queue_free(&m->events);
    sc_free(m->listen);
    if (m->wake_fd >= 0) {
        close(m->wake_fd);
    }
}

sc_err sc_mesh_new(sc_mesh **m, const sc_mesh_config *config, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_mesh *made = NULL;
    int has_lock = 0;

    *m = NULL;
    SC_TRY(check_config(config, why));
    made = sc_alloc(1, sizeof *made);
    SC_REQUIRE(made != NULL, SC_E_MEM);
    made->wake_fd = -1;
    SC_TRY(sc_wait_init(&made->lock));
    has_lock = 1;
    SC_TRY(copy_config(made, config));
    SC_REQUIRE(pthread_create(&made->thread, NULL, run, made) == 0, SC_E_MEM);
    made->has_thread = 1;
    sc_wait_lock(&made->lock);
    while (!made->is_started) {
        (void)sc_wait_sleep(&made->lock, SC_NO_DEADLINE);
    }
    err = made->start_err;
    if (err != SC_OK && why != NULL) {
        *why = made->start_why;
    }
    sc_wait_unlock(&made->lock);
    SC_TRY(err);
    *m = made;
    made = NULL;
    err = SC_OK;
out:
    if (made != NULL && has_lock) {
        sc_mesh_free(&made);
    }
    sc_free(made);
    return sc_fault_from(why, err);
}

void sc_mesh_free(sc_mesh **m)
{
    sc_mesh *old = *m;

    if (old == NULL) {
        return;
    }
    SC_ASSERT(old->n_sessions == 0);
    if (old->has_thread) {
        old->is_stopping = 1;
        sc_mesh_wake(old);
        SC_ASSERT(pthread_join(old->thread, NULL) == 0);
    }
    release_all(old);
    sc_wait_clear(&old->lock);
    sc_wipe(old, sizeof *old);
    sc_free(old);
    *m = NULL;
}
