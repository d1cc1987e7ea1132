/* tests/unit/test_masked_sum.c: the whole masked-sum protocol in one process.
 *
 * The box of job/run/agree.c, settle.c and open.c, without what is the node's
 * (policy, engine, record, log), over in-memory channels, a thread a party:
 *
 *   NONCE    nonce, session key               -->  each to each
 *   CONSENT  to the terms; my key, for you    -->
 *   both ends key their channel's transcripts
 *   COMMIT   to y = x + z; heads of my channels -->
 *   SHARE    y, in chunks, and what opens the commitment -->
 *   sum = y_1 + ... + y_n
 *
 * Then a party once more, alone, against a recording of the others. */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/run/outcome.h"
#include "job/run/statement.h"
#include "ledger/receipt.h"
#include "mpc/sum.h"
#include "net/memchan.h"
#include "net/replay.h"
#include "tests/unit/ledger_fixture.h"

#define WAIT_MS  60000
#define MAX_LEN  (SC_MSG_MAX_SHARES + 100)
#define TAPE_LEN 96 /* nonce, session key, salt */

typedef struct {
    sc_roster roster;
    sc_keys keys[SC_MAX_PARTIES];
    sc_party parties[SC_MAX_PARTIES];
    sc_consortium c;
} world;

/* One party: what it knows, and what it learns. */
typedef struct {
    const world *w;
    size_t me, n, len;
    sc_chan *chan[SC_MAX_PARTIES]; /* [me] NULL */
    sc_buf record[SC_MAX_PARTIES];
    int is_liar; /* opens another share than it committed to */
    sc_rng rng;
    uint8_t tape[TAPE_LEN];

    sc_terms terms;
    uint8_t secret_key[32], salt[32];
    uint8_t nonces[SC_MAX_PARTIES][32], keys[SC_MAX_PARTIES][32];
    sc_opt_bytes outputs[SC_MAX_PARTIES];
    sc_buf heads[SC_MAX_PARTIES];
    sc_opened_share shares[SC_MAX_PARTIES];
    sc_u128 *vector, *sum;
    sc_err err;
} player;

static sc_u128 value(size_t party, size_t e)
{
    return ((sc_u128)(e + 1) * 0x9e3779b97f4a7c15ULL << (e % 50)) - party * e;
}

static uint64_t soon(void)
{
    return sc_clock_ms() + WAIT_MS;
}

static sc_err send_all(player *p, const sc_frame *f)
{
    sc_err err = SC_OK;

    for (size_t i = 0; i < p->n && err == SC_OK; i++) {
        err = i == p->me ? SC_OK : sc_chan_send(p->chan[i], f, soon());
    }
    return err;
}

/* ---- NONCE -------------------------------------------------------------- */

static sc_err exchange_nonces(player *p)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_msg_nonce m;
    sc_frame f;

    SC_TRY(sc_rng_bytes(&p->rng, p->nonces[p->me], 32));
    SC_TRY(sc_seeds_keypair(&p->rng, p->secret_key, p->keys[p->me]));
    memcpy(m.nonce, p->nonces[p->me], 32);
    memcpy(m.key, p->keys[p->me], 32);
    SC_TRY(sc_msg_nonce_put(&f, &room, &m));
    SC_TRY(send_all(p, &f));
    for (size_t i = 0; i < p->n; i++) {
        if (i != p->me) {
            SC_TRY(sc_chan_expect(p->chan[i], &f, SC_MSG_NONCE, 0, soon()));
            SC_TRY(sc_msg_nonce_get(&m, &f));
            memcpy(p->nonces[i], m.nonce, 32);
            memcpy(p->keys[i], m.key, 32);
        }
    }
    err = sc_terms_sid(p->terms.sid, p->terms.plan, &p->w->c,
                       ((uint32_t)1 << p->n) - 1,
                       (const uint8_t(*)[32])p->nonces);
out:
    sc_buf_clear(&room);
    return err;
}

/* ---- CONSENT ------------------------------------------------------------ */

static sc_err send_consents(player *p)
{
    sc_err err = SC_E_BUG;
    const sc_sign_key *identity = &p->w->keys[p->me].identity;
    sc_msg_consent m = {.input.is_set = 1,
                        .not_after = (uint64_t)p->terms.not_after};
    sc_buf room = {0};
    sc_frame f;

    memcpy(m.sid, p->terms.sid, 32);
    memcpy(m.job, p->terms.job, 32);
    memcpy(m.plan, p->terms.plan, 32);
    SC_TRY(sc_statement_consent(m.signature, identity, &p->w->c, &p->terms,
                                &m.input, 0));
    for (size_t i = 0; i < p->n; i++) {
        if (i != p->me) {
            SC_TRY(sc_statement_key(m.key_signature, identity, &p->w->c, m.sid,
                                    p->me, i, p->keys[p->me]));
            SC_TRY(sc_msg_consent_put(&f, &room, &m));
            SC_TRY(sc_chan_send(p->chan[i], &f, soon()));
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

static sc_err take_consent(player *p, size_t i)
{
    sc_err err = SC_E_BUG;
    sc_msg_consent m;
    sc_frame f;

    SC_TRY(sc_chan_expect(p->chan[i], &f, SC_MSG_CONSENT, 0, soon()));
    SC_TRY(sc_msg_consent_get(&m, &f));
    SC_REQUIRE(memcmp(m.sid, p->terms.sid, 32) == 0 &&
                   memcmp(m.plan, p->terms.plan, 32) == 0,
               SC_E_CHEAT);
    SC_TRY(sc_statement_consent_verify(m.signature, i, &p->w->c, &p->terms,
                                       &m.input, m.epoch));
    SC_TRY(sc_statement_key_verify(m.key_signature, &p->w->c, p->terms.sid, i,
                                   p->me, p->keys[i]));
    err = SC_OK;
out:
    return err;
}

/* ---- COMMIT ------------------------------------------------------------- */

static sc_err key_and_mask(player *p)
{
    sc_err err = SC_E_BUG;
    sc_seeds *seeds = NULL;
    uint8_t key[32];

    SC_TRY(sc_seeds_new(&seeds, p->me, p->secret_key,
                        (const uint8_t(*)[32])p->keys, p->n, p->terms.sid));
    for (size_t i = 0; i < p->n; i++) {
        if (i != p->me) {
            SC_TRY(sc_seeds_pair_key(seeds, key, i, "chan/1"));
            SC_TRY(sc_chan_key(p->chan[i], p->terms.sid, p->me, i, key));
        }
    }
    err = sc_sum_mask(seeds, p->vector, p->len, 1, 0);
out:
    sc_wipe(key, sizeof key);
    sc_seeds_free(&seeds);
    return err;
}

static const char *did(const player *p, size_t i)
{
    return p->w->parties[i].did;
}

static sc_err send_commit(player *p)
{
    sc_err err = SC_E_BUG;
    sc_opened_share *mine = &p->shares[p->me];
    sc_msg_commit m = {.output.is_set = 1};
    sc_transcript_head head;
    sc_buf room = {0};
    sc_frame f;

    SC_TRY(sc_buf_put(&mine->vector, p->vector, p->len * sizeof *p->vector));
    SC_TRY(sc_rng_bytes(&p->rng, mine->r32, sizeof mine->r32));
    sc_receipt_share_commit(m.output.b, p->terms.sid, did(p, p->me),
                            sc_buf_bytes(&mine->vector), mine->r32);
    for (size_t i = 0; i < p->n; i++) {
        if (i != p->me) {
            SC_TRY(sc_chan_head(p->chan[i], SC_CHAN_OUT, &head));
            SC_TRY(sc_msg_commit_head_put(&p->heads[p->me], &head));
            SC_TRY(sc_chan_head(p->chan[i], SC_CHAN_IN, &head));
            SC_TRY(sc_msg_commit_head_put(&p->heads[p->me], &head));
        }
    }
    m.heads = sc_buf_bytes(&p->heads[p->me]);
    p->outputs[p->me] = m.output;
    SC_TRY(sc_statement_heads(m.signature, &p->w->keys[p->me].identity,
                              &p->w->c, p->terms.sid, p->me, &m.output,
                              m.heads));
    SC_TRY(sc_msg_commit_put(&f, &room, &m));
    err = send_all(p, &f);
out:
    sc_buf_clear(&room);
    return err;
}

static sc_err take_commit(player *p, size_t i)
{
    sc_err err = SC_E_BUG;
    sc_msg_commit m;
    sc_frame f;

    SC_TRY(sc_chan_expect(p->chan[i], &f, SC_MSG_COMMIT, 0, soon()));
    SC_TRY(sc_msg_commit_get(&m, &f));
    SC_TRY(sc_statement_heads_verify(m.signature, &p->w->c, p->terms.sid, i,
                                     &m.output, m.heads));
    p->outputs[i] = m.output;
    err = sc_buf_put_bytes(&p->heads[i], m.heads);
out:
    return err;
}

/* What party `teller` says of its channel with `other`. */
static sc_err told(const player *p, sc_transcript_head *head, size_t teller,
                   size_t other, sc_direction d)
{
    size_t slot = other < teller ? other : other - 1;

    return sc_msg_commit_head(head, sc_buf_bytes(&p->heads[teller]),
                              2 * slot + (d == SC_CHAN_IN));
}

static sc_err compare_heads(const player *p)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < p->n; i++) {
        for (size_t j = 0; j < p->n; j++) {
            sc_transcript_head sent, seen;

            if (i != j) {
                SC_TRY(told(p, &sent, i, j, SC_CHAN_OUT));
                SC_TRY(told(p, &seen, j, i, SC_CHAN_IN));
                SC_REQUIRE(memcmp(&sent, &seen, sizeof sent) == 0, SC_E_CHEAT);
                SC_REQUIRE(sent.count == 2, SC_E_CHEAT); /* NONCE, CONSENT */
            }
        }
    }
    err = SC_OK;
out:
    return err;
}

/* ---- SHARE -------------------------------------------------------------- */

static sc_err send_chunk(player *p, size_t chunk)
{
    sc_err err = SC_E_BUG;
    const sc_opened_share *mine = &p->shares[p->me];
    size_t at = chunk * SC_MSG_MAX_SHARES, left = p->len - at;
    size_t n = left < SC_MSG_MAX_SHARES ? left : SC_MSG_MAX_SHARES;
    sc_msg_share m = {.chunk = chunk,
                      .n = n,
                      .last = n == left,
                      .size = 1,
                      .r32.is_set = chunk == 0};
    sc_buf room = {0};
    sc_frame f;

    if (chunk == 0) {
        memcpy(m.r32.b, mine->r32, sizeof mine->r32);
    }
    m.values = (sc_bytes){mine->vector.p + 16 * at, 16 * n};
    SC_TRY(sc_msg_share_put(&f, &room, &m));
    err = send_all(p, &f);
out:
    sc_buf_clear(&room);
    return err;
}

static sc_err take_chunk(player *p, size_t i, size_t chunk)
{
    sc_err err = SC_E_BUG;
    sc_msg_share m;
    sc_frame f;

    SC_TRY(sc_chan_expect(p->chan[i], &f, SC_MSG_SHARE, 0, soon()));
    SC_TRY(sc_msg_share_get(&m, &f));
    SC_REQUIRE(m.chunk == chunk, SC_E_WIRE);
    if (chunk == 0) {
        memcpy(p->shares[i].r32, m.r32.b, sizeof m.r32.b);
    }
    err = sc_buf_put_bytes(&p->shares[i].vector, m.values);
out:
    return err;
}

static sc_err open_sum(player *p)
{
    sc_err err = SC_E_BUG;
    const uint8_t *y[SC_MAX_PARTIES];

    for (size_t chunk = 0; chunk * SC_MSG_MAX_SHARES < p->len; chunk++) {
        SC_TRY(send_chunk(p, chunk));
        for (size_t i = 0; i < p->n; i++) {
            if (i != p->me) {
                SC_TRY(take_chunk(p, i, chunk));
            }
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        if (i != p->me) {
            SC_TRY(sc_opened_share_verify(&p->shares[i], p->terms.sid,
                                          did(p, i), p->outputs[i].b));
        }
        SC_REQUIRE(p->shares[i].vector.len == 16 * p->len, SC_E_WIRE);
        y[i] = p->shares[i].vector.p;
    }
    sc_sum_open(p->sum, y, p->n, p->len);
    err = SC_OK;
out:
    return err;
}

/* ---- a party ------------------------------------------------------------ */

static sc_err play(player *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(exchange_nonces(p));
    SC_TRY(send_consents(p));
    for (size_t i = 0; i < p->n; i++) {
        SC_TRY(i == p->me ? SC_OK : take_consent(p, i));
    }
    SC_TRY(key_and_mask(p));
    SC_TRY(send_commit(p));
    for (size_t i = 0; i < p->n; i++) {
        SC_TRY(i == p->me ? SC_OK : take_commit(p, i));
    }
    SC_TRY(compare_heads(p));
    if (p->is_liar) {
        p->shares[p->me].vector.p[7] ^= 1;
    }
    err = open_sum(p);
out:
    return err;
}

static void *play_thread(void *arg)
{
    player *p = arg;

    p->err = play(p);
    return NULL;
}

static void player_init(player *p, const world *w, size_t me, size_t n,
                        size_t len)
{
    memset(p, 0, sizeof *p);
    p->w = w;
    p->me = me;
    p->n = n;
    p->len = len;
    memset(p->tape, (int)(me + 1), 32);
    memset(p->tape + 32, (int)(me + 101), 64);
    p->rng = sc_rng_replay((sc_bytes){p->tape, sizeof p->tape});
    p->terms.results = ((uint32_t)1 << n) - 1;
    p->terms.not_after = 4102444800;
    sc_sha256(p->terms.job, sc_bytes_of("job"));
    sc_sha256(p->terms.plan, sc_bytes_of("plan"));
    memcpy(p->terms.consortium, w->c.digest, 32);
    p->vector = sc_alloc(len, sizeof *p->vector);
    p->sum = sc_alloc(len, sizeof *p->sum);
    CHECK(p->vector != NULL && p->sum != NULL);
    for (size_t e = 0; e < len; e++) {
        p->vector[e] = value(me, e);
    }
}

static void player_clear(player *p)
{
    for (size_t i = 0; i < p->n; i++) {
        sc_chan_free(&p->chan[i]);
        sc_buf_clear(&p->record[i]);
        sc_buf_clear(&p->heads[i]);
    }
    sc_opened_shares_clear(p->shares, SC_MAX_PARTIES);
    sc_free(p->vector);
    sc_free(p->sum);
}

static void check_sum(const player *p)
{
    for (size_t e = 0; e < p->len; e++) {
        sc_u128 plain = 0;

        for (size_t i = 0; i < p->n; i++) {
            plain += value(i, e);
        }
        CHECK(p->sum[e] == plain);
        CHECK(p->vector[e] != value(p->me, e)); /* masked */
    }
}

/* ---- all of them -------------------------------------------------------- */

static void world_init(world *w, size_t n)
{
    memset(w, 0, sizeof *w);
    fixture_roster(&w->roster, w->keys, n, n);
    w->c.parties = w->parties;
    w->c.n_parties = n;
    memcpy(w->c.digest, w->roster.digest, sizeof w->c.digest);
    for (size_t i = 0; i < n; i++) {
        memcpy(w->parties[i].did, w->roster.parties[i].did,
               sizeof w->roster.parties[i].did);
        memcpy(w->parties[i].identity, w->roster.parties[i].identity, 32);
    }
}

static void connect_all(player *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            CHECK_OK(sc_memchan_new(&p[i].chan[j], &p[j].chan[i], 1));
        }
    }
}

static void play_all(player *p, size_t n)
{
    pthread_t threads[SC_MAX_PARTIES];

    for (size_t i = 0; i < n; i++) {
        CHECK(pthread_create(&threads[i], NULL, play_thread, &p[i]) == 0);
    }
    for (size_t i = 0; i < n; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void test_sum_of_all(void **state)
{
    static const struct {
        size_t n, len;
    } sizes[] = {{2, MAX_LEN}, {3, MAX_LEN}, {16, 40}, {3, 1}};
    static world w;
    static player p[SC_MAX_PARTIES];

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k].n;

        world_init(&w, n);
        for (size_t i = 0; i < n; i++) {
            player_init(&p[i], &w, i, n, sizes[k].len);
        }
        connect_all(p, n);
        play_all(p, n);
        for (size_t i = 0; i < n; i++) {
            CHECK_OK(p[i].err);
            check_sum(&p[i]);
            player_clear(&p[i]);
        }
    }
}

/* Every other party sees that the share is not the one committed to. */
static void test_other_share(void **state)
{
    static world w;
    static player p[3];

    (void)state;
    world_init(&w, 3);
    for (size_t i = 0; i < 3; i++) {
        player_init(&p[i], &w, i, 3, 10);
    }
    p[1].is_liar = 1;
    connect_all(p, 3);
    play_all(p, 3);
    CHECK_ERR(SC_E_CHEAT, p[0].err);
    CHECK_ERR(SC_E_CHEAT, p[2].err);
    CHECK_ZERO(p[0].sum, 10 * sizeof *p[0].sum);
    for (size_t i = 0; i < 3; i++) {
        player_clear(&p[i]);
    }
}

/* The same party again, its peers played from what they said: it says the same
 * bytes and finds the same sum. With another input it says others. */
static void test_replay(void **state)
{
    enum { N = 3, LEN = 200, ME = 1 };
    static world w;
    static player p[N], again;

    (void)state;
    world_init(&w, N);
    for (size_t i = 0; i < N; i++) {
        player_init(&p[i], &w, i, N, LEN);
    }
    connect_all(p, N);
    for (size_t j = 0; j < N; j++) {
        if (j != ME) {
            p[ME].chan[j]->record = &p[ME].record[j];
        }
    }
    play_all(p, N);
    CHECK_OK(p[ME].err);
    for (int is_other = 0; is_other <= 1; is_other++) {
        player_init(&again, &w, ME, N, LEN);
        again.vector[0] = is_other ? 0 : again.vector[0];
        for (size_t j = 0; j < N; j++) {
            if (j != ME) {
                CHECK_OK(sc_replay_new(&again.chan[j],
                                       sc_buf_bytes(&p[ME].record[j])));
            }
        }
        CHECK_ERR(is_other ? SC_E_CHEAT : SC_OK, play(&again));
        for (size_t j = 0; j < N && !is_other; j++) {
            CHECK(j == ME || sc_replay_is_done(again.chan[j]));
        }
        if (!is_other) {
            CHECK_BYTES(again.sum, p[ME].sum, LEN * sizeof *again.sum);
        }
        player_clear(&again);
    }
    for (size_t i = 0; i < N; i++) {
        player_clear(&p[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_of_all),
        cmocka_unit_test(test_other_share),
        cmocka_unit_test(test_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
