/* tests/unit/test_statement.c: what a party signs within a session, against the
 * model in tests/oracle/statement.py; and that every value it covers counts. */
#include <string.h>

#include "job/run/statement.h"
#include "tests/unit/ledger_fixture.h"

#define N 4

typedef struct {
    sc_roster roster;
    sc_keys keys[N];
    sc_party parties[N];
    sc_consortium c;
} world;

static void world_init(world *w)
{
    memset(w, 0, sizeof *w);
    fixture_roster(&w->roster, w->keys, N, 3);
    w->c.parties = w->parties;
    w->c.n_parties = N;
    for (size_t p = 0; p < N; p++) {
        memcpy(w->parties[p].did, w->roster.parties[p].did,
               sizeof w->roster.parties[p].did);
        memcpy(w->parties[p].identity, w->roster.parties[p].identity, 32);
    }
}

static void name(uint8_t out[32], const char *text)
{
    sc_sha256(out, sc_bytes_of(text));
}

static sc_terms terms_of(uint32_t results, int64_t until)
{
    sc_terms t = {.results = results, .not_after = until};

    name(t.sid, "sid");
    name(t.job, "job");
    name(t.plan, "plan");
    name(t.consortium, "consortium");
    return t;
}

static sc_opt_bytes optional(sc_kat *k, const char *what)
{
    sc_bytes b = sc_kat_bytes(k, what);
    sc_opt_bytes o = {.is_set = b.len == 32};

    if (b.len == 32) {
        memcpy(o.b, b.p, 32);
    }
    return o;
}

/* ---- known answers ------------------------------------------------------ */

static void check_sid(const world *w, sc_kat *k)
{
    uint32_t parties = (uint32_t)sc_kat_u64(k, "parties");
    uint8_t nonces[N][32], plan[32], sid[32];
    char text[] = "nonce0";
    size_t n = 0;

    name(plan, "plan");
    for (size_t p = 0; p < N; p++) {
        if ((parties >> p & 1) != 0) {
            text[5] = (char)('0' + p);
            name(nonces[n++], text);
        }
    }
    CHECK_OK(
        sc_terms_sid(sid, plan, &w->c, parties, (const uint8_t(*)[32])nonces));
    CHECK_BYTES(sid, sc_kat_bytes(k, "sid").p, 32);
}

static void check_consent(const world *w, sc_kat *k)
{
    size_t party = sc_kat_size(k, "party");
    sc_terms t =
        terms_of((uint32_t)sc_kat_u64(k, "results"), sc_kat_i64(k, "until"));
    sc_opt_bytes input = optional(k, "input");
    uint8_t sig[SC_SIG_LEN];

    CHECK_OK(sc_statement_consent(sig, &w->keys[party].identity, &w->c, &t,
                                  &input, sc_kat_u64(k, "epoch")));
    CHECK_BYTES(sig, sc_kat_bytes(k, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_statement_consent_verify(sig, party, &w->c, &t, &input,
                                         sc_kat_u64(k, "epoch")));
}

static void check_key(const world *w, sc_kat *k)
{
    size_t party = sc_kat_size(k, "party"), to = sc_kat_size(k, "to");
    uint8_t sig[SC_SIG_LEN], sid[32], key[32];

    name(sid, "sid");
    name(key, "key");
    CHECK_OK(sc_statement_key(sig, &w->keys[party].identity, &w->c, sid, party,
                              to, key));
    CHECK_BYTES(sig, sc_kat_bytes(k, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_statement_key_verify(sig, &w->c, sid, party, to, key));
}

static void check_heads(const world *w, sc_kat *k)
{
    size_t party = sc_kat_size(k, "party");
    sc_opt_bytes output = optional(k, "output");
    sc_bytes heads = sc_kat_bytes(k, "heads");
    uint8_t sig[SC_SIG_LEN], sid[32];

    name(sid, "sid");
    CHECK_OK(sc_statement_heads(sig, &w->keys[party].identity, &w->c, sid,
                                party, &output, heads));
    CHECK_BYTES(sig, sc_kat_bytes(k, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_statement_heads_verify(sig, &w->c, sid, party, &output, heads));
}

static void check_refuse(const world *w, sc_kat *k)
{
    size_t party = sc_kat_size(k, "party");
    uint64_t reason = sc_kat_u64(k, "reason");
    uint8_t sig[SC_SIG_LEN], job[32];

    name(job, "job");
    CHECK_OK(sc_statement_refuse(sig, &w->keys[party].identity, job, reason));
    CHECK_BYTES(sig, sc_kat_bytes(k, "sig").p, SC_SIG_LEN);
    CHECK_OK(sc_statement_refuse_verify(sig, &w->c, party, job, reason));
}

static void test_known_answers(void **state)
{
    static const struct {
        const char *kind;
        void (*check)(const world *, sc_kat *);
    } kinds[] = {{"sid", check_sid},
                 {"consent", check_consent},
                 {"key", check_key},
                 {"heads", check_heads},
                 {"refuse", check_refuse}};
    size_t n[5] = {0};
    world w;
    sc_kat k;

    (void)state;
    world_init(&w);
    for (sc_kat_open(&k, "statement.kat"); sc_kat_next(&k);) {
        for (size_t i = 0; i < 5; i++) {
            if (strcmp(sc_kat_str(&k, "kind"), kinds[i].kind) == 0) {
                kinds[i].check(&w, &k);
                n[i]++;
            }
        }
    }
    for (size_t i = 0; i < 5; i++) {
        CHECK(n[i] >= 2);
    }
}

/* ---- every value counts -------------------------------------------------- */

static void test_consent_covers(void **state)
{
    world w;
    sc_terms t = terms_of(5, 1000);
    sc_opt_bytes input = {.is_set = 1};
    uint8_t sig[SC_SIG_LEN];

    (void)state;
    world_init(&w);
    name(input.b, "input");
    CHECK_OK(
        sc_statement_consent(sig, &w.keys[1].identity, &w.c, &t, &input, 3));
#define WRONG(party, terms, in, epoch)                                         \
    CHECK_ERR(SC_E_CHEAT,                                                      \
              sc_statement_consent_verify(sig, party, &w.c, terms, in, epoch))
    for (size_t p = 0; p < N; p++) {
        if (p != 1) {
            WRONG(p, &t, &input, 3);
        }
    }
    WRONG(1, &t, &input, 4);
    for (size_t at = 0; at < 4; at++) {
        sc_terms other = t;
        uint8_t *parts[] = {other.sid, other.job, other.plan, other.consortium};

        for (size_t i = 0; i < 32; i++) {
            parts[at][i] ^= 0x10;
            WRONG(1, &other, &input, 3);
            parts[at][i] ^= 0x10;
        }
    }
    {
        sc_terms other = t;
        sc_opt_bytes none = {0}, changed = input;

        other.results = 4;
        WRONG(1, &other, &input, 3);
        other = t;
        other.not_after = 1001;
        WRONG(1, &other, &input, 3);
        changed.b[31] ^= 1;
        WRONG(1, &t, &changed, 3);
        WRONG(1, &t, &none, 3);
    }
    for (size_t i = 0; i < SC_SIG_LEN; i++) {
        sig[i] ^= 1;
        WRONG(1, &t, &input, 3);
        sig[i] ^= 1;
    }
#undef WRONG
    CHECK_OK(sc_statement_consent_verify(sig, 1, &w.c, &t, &input, 3));
}

/* None of one kind serves as another, for another party or session. */
static void test_others_cover(void **state)
{
    world w;
    uint8_t sig[SC_SIG_LEN], sid[32], key[32], job[32];
    sc_opt_bytes output = {.is_set = 1}, none = {0};
    sc_bytes heads = sc_bytes_of("the heads");

    (void)state;
    world_init(&w);
    name(sid, "sid");
    name(key, "key");
    name(job, "job");
    name(output.b, "output");
    CHECK_OK(sc_statement_key(sig, &w.keys[0].identity, &w.c, sid, 0, 1, key));
    CHECK_ERR(SC_E_CHEAT, sc_statement_key_verify(sig, &w.c, sid, 0, 2, key));
    CHECK_ERR(SC_E_CHEAT, sc_statement_key_verify(sig, &w.c, sid, 1, 0, key));
    CHECK_ERR(SC_E_CHEAT, sc_statement_key_verify(sig, &w.c, key, 0, 1, key));
    CHECK_ERR(SC_E_CHEAT, sc_statement_key_verify(sig, &w.c, sid, 0, 1, sid));
    CHECK_OK(sc_statement_heads(sig, &w.keys[0].identity, &w.c, sid, 0, &output,
                                heads));
    CHECK_ERR(SC_E_CHEAT,
              sc_statement_heads_verify(sig, &w.c, sid, 1, &output, heads));
    CHECK_ERR(SC_E_CHEAT,
              sc_statement_heads_verify(sig, &w.c, sid, 0, &none, heads));
    CHECK_ERR(SC_E_CHEAT, sc_statement_heads_verify(sig, &w.c, sid, 0, &output,
                                                    sc_bytes_of("the head")));
    CHECK_ERR(SC_E_CHEAT,
              sc_statement_heads_verify(sig, &w.c, key, 0, &output, heads));
    CHECK_OK(sc_statement_refuse(sig, &w.keys[0].identity, job, 3));
    CHECK_ERR(SC_E_CHEAT, sc_statement_refuse_verify(sig, &w.c, 0, job, 2));
    CHECK_ERR(SC_E_CHEAT, sc_statement_refuse_verify(sig, &w.c, 0, key, 3));
    CHECK_ERR(SC_E_CHEAT, sc_statement_refuse_verify(sig, &w.c, 1, job, 3));
    CHECK_ERR(SC_E_CHEAT, sc_statement_key_verify(sig, &w.c, job, 0, 1, key));
}

/* One changed nonce, party or plan gives another session; one party gives none. */
static void test_sid(void **state)
{
    world w;
    uint8_t nonces[N][32] = {{1}, {2}, {3}, {4}}, plan[32] = {9}, a[32], b[32];

    (void)state;
    world_init(&w);
    CHECK_OK(sc_terms_sid(a, plan, &w.c, 7, (const uint8_t(*)[32])nonces));
    for (size_t i = 0; i < 3; i++) {
        nonces[i][31] ^= 1;
        CHECK_OK(sc_terms_sid(b, plan, &w.c, 7, (const uint8_t(*)[32])nonces));
        CHECK(memcmp(a, b, 32) != 0);
        nonces[i][31] ^= 1;
    }
    CHECK_OK(sc_terms_sid(b, plan, &w.c, 11, (const uint8_t(*)[32])nonces));
    CHECK(memcmp(a, b, 32) != 0);
    plan[0] ^= 1;
    CHECK_OK(sc_terms_sid(b, plan, &w.c, 7, (const uint8_t(*)[32])nonces));
    CHECK(memcmp(a, b, 32) != 0);
    CHECK_ERR(SC_E_ARG,
              sc_terms_sid(b, plan, &w.c, 4, (const uint8_t(*)[32])nonces));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_consent_covers),
        cmocka_unit_test(test_others_cover),
        cmocka_unit_test(test_sid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
