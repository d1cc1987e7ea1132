/* tests/unit/test_messages.c: every message against tests/vectors/messages.kat
 * (the model of tests/oracle/messages.py), then flips, cuts and rules. */
#include "net/messages.h"

#include <string.h>

#include "tests/kat.h"

/* ---- all messages through one pair of calls ----------------------------- */

typedef union {
#define X(number, NAME, name, lane) sc_msg_##name name;
    SC_MESSAGES(X)
#undef X
} any;

static sc_err any_get(any *m, const sc_frame *f)
{
    switch (f->type) {
#define X(number, NAME, name, lane)                                            \
    case number:                                                               \
        return sc_msg_##name##_get(&m->name, f);
        SC_MESSAGES(X)
#undef X
    default:
        return SC_E_WIRE;
    }
}

static sc_err any_put(sc_frame *f, sc_buf *room, const any *m, uint16_t type)
{
    switch (type) {
#define X(number, NAME, name, lane)                                            \
    case number:                                                               \
        return sc_msg_##name##_put(f, room, &m->name);
        SC_MESSAGES(X)
#undef X
    default:
        return SC_E_ARG;
    }
}

static size_t size_of(uint16_t type)
{
    switch (type) {
#define X(number, NAME, name, lane)                                            \
    case number:                                                               \
        return sizeof(sc_msg_##name);
        SC_MESSAGES(X)
#undef X
    default:
        return 0;
    }
}

static uint16_t type_of(const char *name)
{
    for (uint16_t t = 0; t < 256; t++) {
        if (strcmp(sc_msg_name(t), name) == 0) {
            return t;
        }
    }
    fail_msg("no message %s", name);
    return 0;
}

static void check_same(const sc_frame *a, const sc_frame *b)
{
    CHECK_U64(a->type, b->type);
    CHECK_U64(a->head.len, b->head.len);
    CHECK_BYTES(a->head.p, b->head.p, b->head.len);
    CHECK_U64(a->bulk.len, b->bulk.len);
    CHECK_BYTES(a->bulk.p, b->bulk.p, b->bulk.len);
}

/* What is read must say what it says in one way: writing it gives f again. */
static void check_back(const any *m, const sc_frame *f)
{
    sc_buf room = {0};
    sc_frame again;

    CHECK_OK(any_put(&again, &room, m, f->type));
    check_same(&again, f);
    sc_buf_clear(&room);
}

/* ---- values ------------------------------------------------------------- */

static void is_uint(const sc_kat *t, const char *key, uint64_t v)
{
    CHECK_U64(v, sc_kat_u64(t, key));
}

static void is_raw(sc_kat *t, const char *key, const uint8_t *p, size_t len)
{
    sc_bytes b = sc_kat_bytes(t, key);

    CHECK_U64(b.len, len);
    CHECK_BYTES(p, b.p, len);
}

static void is_opt(sc_kat *t, const char *key, const sc_opt_bytes *o)
{
    if (strcmp(sc_kat_str(t, key), "nil") == 0) {
        CHECK(!o->is_set);
        CHECK_ZERO(o->b, sizeof o->b);
    } else {
        CHECK(o->is_set);
        is_raw(t, key, o->b, sizeof o->b);
    }
}

#define U(key, member) is_uint(t, key, member)
#define R(key, member) is_raw(t, key, member, sizeof(member))
#define P(member)      is_raw(t, "payload", (member).p, (member).len)

static void check_link_values(sc_kat *t, const any *m, uint16_t type)
{
    switch (type) {
    case SC_MSG_HELLO:
        U("protocol", m->hello.protocol);
        R("network", m->hello.consortium);
        R("boot", m->hello.boot);
        U("time", m->hello.time);
        break;
    case SC_MSG_BYE:
        U("reason", m->bye.reason);
        break;
    case SC_MSG_PING:
        U("time", m->ping.time);
        break;
    case SC_MSG_PONG:
        U("echo", m->pong.echo);
        U("size", m->pong.size);
        break;
    case SC_MSG_CREDIT:
        U("taken", m->credit.taken);
        U("granted", m->credit.granted);
        U("closed", m->credit.closed);
        break;
    default:
        break;
    }
}

static void check_job_values(sc_kat *t, const any *m, uint16_t type)
{
    switch (type) {
    case SC_MSG_PROPOSE:
        R("plan", m->propose.plan);
        P(m->propose.job);
        break;
    case SC_MSG_CALL:
        R("plan", m->call.plan);
        P(m->call.job);
        break;
    case SC_MSG_POST:
        U("party", m->post.party);
        U("at", m->post.at);
        U("last", m->post.last);
        P(m->post.piece);
        break;
    case SC_MSG_POSTED:
        U("party", m->posted.party);
        U("at", m->posted.at);
        U("stored", m->posted.stored);
        break;
    case SC_MSG_REFUSE:
        U("reason", m->refuse.reason);
        R("sig", m->refuse.signature);
        break;
    case SC_MSG_PROGRESS:
        U("phase", m->progress.phase);
        U("done", m->progress.done);
        U("total", m->progress.total);
        break;
    case SC_MSG_CANCEL:
        U("reason", m->cancel.reason);
        break;
    case SC_MSG_ABORT:
        U("reason", m->abort.reason);
        U("phase", m->abort.phase);
        U("blamed", m->abort.blamed);
        break;
    default:
        break;
    }
}

static void check_session_values(sc_kat *t, const any *m, uint16_t type)
{
    switch (type) {
    case SC_MSG_NONCE:
        R("nonce", m->nonce.nonce);
        R("key", m->nonce.key);
        break;
    case SC_MSG_CONSENT:
        R("sid", m->consent.sid);
        R("job", m->consent.job);
        R("plan", m->consent.plan);
        is_opt(t, "input", &m->consent.input);
        U("epoch", m->consent.epoch);
        U("until", m->consent.not_after);
        R("sig", m->consent.signature);
        R("key_sig", m->consent.key_signature);
        break;
    case SC_MSG_COMMIT:
        is_opt(t, "output", &m->commit.output);
        R("sig", m->commit.signature);
        P(m->commit.heads);
        break;
    case SC_MSG_SIGN:
        R("receipt", m->sign.receipt);
        R("proof", m->sign.proof);
        break;
    case SC_MSG_SHARE:
        U("chunk", m->share.chunk);
        U("n", m->share.n);
        U("last", m->share.last);
        is_opt(t, "salt", &m->share.r32);
        U("size", m->share.size);
        R("root", m->share.root);
        P(m->share.values);
        break;
    case SC_MSG_PART:
        U("chunk", m->part.chunk);
        U("n", m->part.n);
        U("last", m->part.last);
        CHECK(!m->part.r32.is_set);
        U("size", m->part.size);
        R("root", m->part.root);
        P(m->part.values);
        break;
    case SC_MSG_RECEIVED:
        R("digest", m->received.digest);
        break;
    default:
        break;
    }
}

static void check_head_values(sc_kat *t, const any *m)
{
    sc_bytes payload = sc_kat_bytes(t, "payload");
    size_t note_len = sc_kat_size(t, "note");

    U("from", m->head.from);
    U("n", m->head.n);
    CHECK_U64(m->head.note.len, note_len);
    CHECK_BYTES(m->head.note.p, payload.p, note_len);
    CHECK_U64(m->head.entries.len, payload.len - note_len);
    CHECK_BYTES(m->head.entries.p, payload.p + note_len,
                payload.len - note_len);
}

static void check_ledger_values(sc_kat *t, const any *m, uint16_t type)
{
    switch (type) {
    case SC_MSG_GENESIS:
        R("sig", m->genesis.signature);
        break;
    case SC_MSG_APPEND:
        U("kind", m->append.kind);
        P(m->append.entry);
        break;
    case SC_MSG_SEQUENCED:
        R("id", m->sequenced.id);
        U("index", m->sequenced.index);
        U("refused", m->sequenced.refused);
        break;
    case SC_MSG_HEAD:
        check_head_values(t, m);
        break;
    case SC_MSG_COSIGN:
        U("size", m->cosign.size);
        R("sig", m->cosign.signature);
        break;
    case SC_MSG_CONFLICT:
        U("size", m->conflict.size);
        R("root", m->conflict.root);
        break;
    case SC_MSG_CHECKPOINT:
        P(m->checkpoint.note);
        break;
    case SC_MSG_WANT:
        U("from", m->want.from);
        break;
    case SC_MSG_ASK:
        U("kind", m->ask.kind);
        R("digest", m->ask.digest);
        break;
    case SC_MSG_BODY:
        U("kind", m->body.kind);
        R("digest", m->body.digest);
        P(m->body.body);
        break;
    default:
        break;
    }
}

/* ---- the vectors -------------------------------------------------------- */

static void test_vectors(void **state)
{
    sc_kat t;
    sc_buf payload = {0};
    uint8_t seen[256] = {0};
    size_t n_right = 0, n_wrong = 0;

    (void)state;
    for (sc_kat_open(&t, "messages.kat"); sc_kat_next(&t);) {
        any m;
        sc_frame f = {.type = type_of(sc_kat_str(&t, "message")),
                      .head = sc_kat_bytes(&t, "head")};

        if (sc_kat_has(&t, "wrong")) {
            f.bulk = sc_buf_bytes(&payload);
            memset(&m, 0xa5, sizeof m);
            CHECK_ERR(SC_E_WIRE, any_get(&m, &f));
            CHECK_ZERO(&m, size_of(f.type));
            n_wrong++;
            continue;
        }
        f.bulk = sc_kat_bytes(&t, "payload");
        sc_buf_reset(&payload);
        CHECK_OK(sc_buf_put_bytes(&payload, f.bulk));
        CHECK_OK(any_get(&m, &f));
        check_back(&m, &f);
        check_link_values(&t, &m, f.type);
        check_job_values(&t, &m, f.type);
        check_session_values(&t, &m, f.type);
        check_ledger_values(&t, &m, f.type);
        seen[f.type] = 1;
        n_right++;
    }
    sc_buf_clear(&payload);
    CHECK(n_right > 30 && n_wrong > 1000);
    for (uint16_t type = 0; type < 256; type++) {
        CHECK_U64(seen[type], sc_msg_lane_of(type) != SC_LANE_NONE);
    }
}

/* Runs check on each right message of the vectors. */
static void each_right(void (*check)(const sc_frame *f))
{
    sc_kat t;

    for (sc_kat_open(&t, "messages.kat"); sc_kat_next(&t);) {
        if (!sc_kat_has(&t, "wrong")) {
            sc_frame f = {.type = type_of(sc_kat_str(&t, "message")),
                          .head = sc_kat_bytes(&t, "head"),
                          .bulk = sc_kat_bytes(&t, "payload")};

            check(&f);
        }
    }
}

/* Either refused, or a message that reads and writes as these bytes. */
static void check_hostile(const sc_frame *f)
{
    any m;
    sc_err err = any_get(&m, f);

    if (err == SC_OK) {
        check_back(&m, f);
    } else {
        CHECK_ERR(SC_E_WIRE, err);
    }
}

static void flip(const sc_frame *f)
{
    uint8_t head[SC_FRAME_MAX_HEAD];
    sc_frame g = *f;

    memcpy(head, f->head.p, f->head.len);
    g.head.p = head;
    for (size_t i = 0; i < f->head.len; i++) {
        for (unsigned v = 0; v < 256; v++) {
            head[i] = (uint8_t)v;
            check_hostile(&g);
        }
        head[i] = f->head.p[i];
    }
}

static void cut(const sc_frame *f)
{
    sc_frame g = *f;
    any m;

    for (size_t len = 0; len < f->head.len; len++) {
        g.head.len = len;
        CHECK_ERR(SC_E_WIRE, any_get(&m, &g));
    }
}

/* A payload of another length is right only if it then says so everywhere. */
static void cut_payload(const sc_frame *f)
{
    sc_frame g = *f;

    for (size_t len = 0; len < f->bulk.len; len++) {
        g.bulk.len = len;
        check_hostile(&g);
    }
}

static void swap_type(const sc_frame *f)
{
    sc_frame g = *f;
    any m;

    for (uint16_t type = 0; type < 256; type++) {
        g.type = type;
        if (type != f->type && sc_msg_lane_of(type) != SC_LANE_NONE) {
            check_hostile(&g);
        }
    }
    g.type = f->type == SC_MSG_PING ? SC_MSG_PONG : SC_MSG_PING;
    CHECK_ERR(SC_E_STATE, f->type == SC_MSG_PING
                              ? sc_msg_ping_get(&m.ping, &g)
                              : sc_msg_pong_get(&m.pong, &g));
}

static void test_flips(void **state)
{
    (void)state;
    each_right(flip);
}

static void test_cuts(void **state)
{
    (void)state;
    each_right(cut);
    each_right(cut_payload);
    each_right(swap_type);
}

/* ---- rules between fields, and limits ----------------------------------- */

static void test_payload_limits(void **state)
{
    static uint8_t big[SC_FRAME_MAX_BULK + 1];
    sc_buf room = {0};
    sc_frame f;
    any m = {.propose = {.job = {big, SC_MSG_MAX_JOB}}};

    (void)state;
    CHECK_OK(sc_msg_propose_put(&f, &room, &m.propose));
    CHECK_OK(sc_msg_propose_get(&m.propose, &f));
    m.propose.job.len++;
    CHECK_ERR(SC_E_ARG, sc_msg_propose_put(&f, &room, &m.propose));
    m.propose.job.len = 0;
    CHECK_ERR(SC_E_ARG, sc_msg_propose_put(&f, &room, &m.propose));
    m = (any){.body = {.body = {big, SC_MSG_MAX_BODY}}};
    CHECK_OK(sc_msg_body_put(&f, &room, &m.body));
    f.bulk.len++;
    CHECK_ERR(SC_E_WIRE, sc_msg_body_get(&m.body, &f));
    m = (any){.ping = {.time = 1}};
    CHECK_OK(sc_msg_ping_put(&f, &room, &m.ping));
    f.bulk = (sc_bytes){big, 1};
    CHECK_ERR(SC_E_WIRE, sc_msg_ping_get(&m.ping, &f));
    sc_buf_clear(&room);
}

static void test_rules(void **state)
{
    static const uint8_t bytes[64];
    sc_buf room = {0};
    sc_frame f;
    any m = {.share = {.chunk = 0, .n = 2, .values = {bytes, 32}}};

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_msg_share_put(&f, &room, &m.share)); /* no r32 */
    m.share.r32.is_set = 1;
    CHECK_OK(sc_msg_share_put(&f, &room, &m.share));
    m.share.chunk = 1;
    CHECK_ERR(SC_E_ARG, sc_msg_share_put(&f, &room, &m.share)); /* r32 late */
    m.share.r32.is_set = 0;
    m.share.n = 3;
    CHECK_ERR(SC_E_ARG, sc_msg_share_put(&f, &room, &m.share));
    m = (any){.abort = {.reason = 1, .blamed = SC_MAX_PARTIES}};
    CHECK_ERR(SC_E_ARG, sc_msg_abort_put(&f, &room, &m.abort));
    m.abort.blamed = SC_MSG_NOBODY;
    CHECK_OK(sc_msg_abort_put(&f, &room, &m.abort));
    m = (any){.commit = {.heads = {bytes, 47}}};
    CHECK_ERR(SC_E_ARG, sc_msg_commit_put(&f, &room, &m.commit));
    m = (any){.head = {.n = 1, .note = {bytes, 5}, .entries = {bytes, 8}}};
    CHECK_ERR(SC_E_ARG, sc_msg_head_put(&f, &room, &m.head)); /* length 0 */
    CHECK_U64(f.type, 0);
    m = (any){.hello = {.protocol = 0}};
    CHECK_ERR(SC_E_ARG, sc_msg_hello_put(&f, &room, &m.hello));
    sc_buf_clear(&room);
}

static void test_heads_of_commit(void **state)
{
    sc_transcript_head in[2] = {{.hash = {1}, .count = 2, .bytes = 3},
                                {.hash = {4}, .count = 5, .bytes = 1ULL << 60}};
    sc_transcript_head out;
    sc_buf b = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(sc_msg_commit_head_put(&b, &in[i]));
    }
    CHECK_U64(b.len, 2 * SC_MSG_HEAD_LEN);
    CHECK_U64(b.p[32], 2); /* little-endian count behind the hash */
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(sc_msg_commit_head(&out, sc_buf_bytes(&b), i));
        CHECK_BYTES(&out, &in[i], sizeof out);
    }
    CHECK_ERR(SC_E_ARG, sc_msg_commit_head(&out, sc_buf_bytes(&b), 2));
    sc_buf_clear(&b);
}

static void test_entries(void **state)
{
    static uint8_t bytes[SC_MSG_MAX_ENTRY + 1];
    sc_buf b = {0};
    sc_bytes rest, e;

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_msg_entry_put(&b, (sc_bytes){bytes, 0}));
    CHECK_ERR(SC_E_ARG, sc_msg_entry_put(&b, (sc_bytes){bytes, sizeof bytes}));
    CHECK_U64(b.len, 0);
    CHECK_OK(sc_msg_entry_put(&b, (sc_bytes){bytes, SC_MSG_MAX_ENTRY}));
    CHECK_OK(sc_msg_entry_put(&b, (sc_bytes){bytes, 1}));
    rest = sc_buf_bytes(&b);
    CHECK_OK(sc_msg_entry_next(&e, &rest));
    CHECK_U64(e.len, SC_MSG_MAX_ENTRY);
    CHECK_OK(sc_msg_entry_next(&e, &rest));
    CHECK_U64(e.len, 1);
    CHECK_ERR(SC_E_NOT_FOUND, sc_msg_entry_next(&e, &rest));
    for (size_t len = 1; len < 5; len++) { /* the last one, cut */
        rest = (sc_bytes){b.p + b.len - 5, len};
        CHECK_ERR(SC_E_WIRE, sc_msg_entry_next(&e, &rest));
        CHECK_U64(rest.len, len);
    }
    memset(b.p, 0xff, 4);
    rest = sc_buf_bytes(&b);
    CHECK_ERR(SC_E_WIRE, sc_msg_entry_next(&e, &rest));
    sc_buf_clear(&b);
}

static void test_protocol_of_hello(void **state)
{
    static const uint8_t future[] = "\x82\xa8protocol\x07\xa1x\xc0 and so on";
    static const uint8_t other[] = "\x82\xa7network\x07\xa8protocol\x07";
    sc_frame f = {.type = SC_MSG_HELLO, .head = {future, sizeof future - 1}};
    uint64_t v = 1;

    (void)state;
    CHECK_OK(sc_msg_hello_protocol(&v, &f));
    CHECK_U64(v, 7);
    for (f.head.len = 0; f.head.len < 11; f.head.len++) {
        CHECK_ERR(SC_E_WIRE, sc_msg_hello_protocol(&v, &f));
        CHECK_U64(v, 0);
    }
    f.head = (sc_bytes){other, sizeof other - 1};
    CHECK_ERR(SC_E_WIRE, sc_msg_hello_protocol(&v, &f));
}

static void test_names(void **state)
{
    (void)state;
    CHECK_STR(sc_msg_name(SC_MSG_COSIGN), "COSIGN");
    CHECK_STR(sc_msg_name(0), "unknown message");
    CHECK_U64(sc_msg_lane_of(SC_MSG_PING), SC_LANE_LINK);
    CHECK_U64(sc_msg_lane_of(SC_MSG_PROPOSE), SC_LANE_NODE);
    CHECK_U64(sc_msg_lane_of(SC_MSG_NONCE), SC_LANE_SESSION);
    CHECK_U64(sc_msg_lane_of(SC_MSG_SHARE), SC_LANE_BOTH);
    CHECK_U64(sc_msg_lane_of(65535), SC_LANE_NONE);
}

static sc_err put_and_get(void *arg)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_frame f;
    any m = {.head = {.note = {(const uint8_t *)"note", 4}}};

    (void)arg;
    SC_TRY(sc_msg_head_put(&f, &room, &m.head));
    SC_TRY(sc_msg_head_get(&m.head, &f));
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

static void test_no_memory(void **state)
{
    (void)state;
    CHECK_ALLOC(put_and_get, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_payload_limits),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_heads_of_commit),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_protocol_of_hello),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
