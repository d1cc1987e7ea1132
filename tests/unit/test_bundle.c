/* tests/unit/test_bundle.c: a whole small log, its bundle, and every bit of it. */
#include "tests/unit/bundle_fixture.h"

/* What was done to the file is told apart. */
static void test_words(void **state)
{
    world w;
    sc_buf text = {0};
    json_t *v;
    char *pretty;

    (void)state;
    make_world(&w, 3, 1);
    says(&w, (sc_bytes){w.line.p, 0}, NULL, "it is empty");
    says(&w, (sc_bytes){w.line.p, w.line.len / 2}, NULL, "cut short");
    says(&w, (sc_bytes){w.line.p, w.line.len - 1}, NULL,
         "its last line feed is missing");
    v = json_loadb((char *)w.line.p, w.line.len, 0, NULL);
    pretty = json_dumps(v, JSON_INDENT(2));
    says(&w, sc_bytes_of(pretty), NULL, "formatting changes break it");
    free(pretty);
    json_decref(v);
    says(&w, sc_bytes_of("me: alice\n"), NULL, "the text is not JSON");
    says(&w, sc_bytes_of("{\"type\":\"sharechain-bundle/9\"}\n"), NULL,
         "no receipt bundle: its members are others");
    changed(&text, &w.line, "rows", "ROWS"); /* of `disclosed` */
    says(&w, sc_buf_bytes(&text), w.anchor,
         "its text was changed after its parties signed it");
    changed(&text, &w.line, "\"proofValue\":\"z", "\"proofValue\":\"y");
    says(&w, sc_buf_bytes(&text), w.anchor, "the signature of ");
    changed(&text, &w.line, "SELECT 1", "SELECT 2");
    says(&w, sc_buf_bytes(&text), w.anchor, "its question is not the one");
    w.b.consortium = sc_bytes_of(files[1]);
    make_line(&w, 1);
    says(&w, sc_buf_bytes(&w.line), w.anchor,
         "the consortium file in it was changed");
    w.b.consortium = sc_bytes_of(files[0]);
    make_line(&w, 1);
    w.anchor[0] ^= 1;
    says(&w, sc_buf_bytes(&w.line), w.anchor, "under another consortium");
    w.anchor[0] ^= 1;
    w.b.shares[2].r32[31] ^= 1;
    make_line(&w, 1);
    says(&w, sc_buf_bytes(&w.line), w.anchor,
         "a share is not the one of carol's commitment");
    w.b.shares[2].r32[31] ^= 1;
    CHECK(json_array_set_new(w.answer, 0, json_string("12")) == 0);
    make_line(&w, 1);
    says(&w, sc_buf_bytes(&w.line), w.anchor, "its answer is not the one");
    sc_buf_clear(&text);
    clear_world(&w);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int has_result = 0; has_result < 2; has_result++) {
        world w;
        sc_bundle b;
        sc_buf again = {0};

        make_world(&w, 3, has_result);
        CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
        CHECK_ERR(SC_E_UNANCHORED, judge(&w, sc_buf_bytes(&w.line), NULL));
        CHECK_OK(sc_bundle_take(&b, sc_buf_bytes(&w.line)));
        CHECK_OK(sc_bundle_make(&again, &b));
        CHECK_U64(again.len, w.line.len);
        CHECK_BYTES(again.p, w.line.p, again.len);
        CHECK(memchr(again.p, '\n', again.len) == again.p + again.len - 1);
        sc_bundle_clear(&b);
        sc_bundle_clear(&b);
        sc_buf_clear(&again);
        w.anchor[5] ^= 4;
        CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), w.anchor));
        w.judge.answer = NULL;
        CHECK_ERR(has_result ? SC_E_ARG : SC_E_UNANCHORED,
                  judge(&w, sc_buf_bytes(&w.line), NULL));
        clear_world(&w);
    }
}

/* Every bit, without an anchor, so that nothing but consistency speaks. */
static void test_bits(void **state)
{
    world w;

    (void)state;
    make_world(&w, 2, 1); /* a short line: this is the square of its length */
    for (size_t bit = 0; bit < 8 * w.line.len; bit++) {
        w.line.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
        w.line.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    CHECK(w.parser.n_calls > 100); /* many get past the form */
    CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
    clear_world(&w);
}

static void test_lengths(void **state)
{
    world w;

    (void)state;
    make_world(&w, 3, 1);
    for (size_t len = 0; len < w.line.len; len += len < 200 ? 1 : 97) {
        CHECK_ERR(SC_E_CHEAT, judge(&w, (sc_bytes){w.line.p, len}, NULL));
    }
    CHECK_ERR(SC_E_CHEAT,
              judge(&w, (sc_bytes){w.line.p, w.line.len - 1}, NULL));
    CHECK_OK(sc_buf_put_str(&w.line, "\n"));
    CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
    clear_world(&w);
}

/* ---- well-formed lies ----------------------------------------------------- */

static sc_err remade(world *w, int has_result)
{
    make_line(w, has_result);
    return judge(w, sc_buf_bytes(&w->line), w->anchor);
}

/* The bundle with this entry in its log, signed by party p, and nothing else
 * changed. */
static sc_err with_entry(world *w, const sc_entry *from, size_t p)
{
    sc_entry e = *from;

    sc_buf_reset(&w->entry);
    strcpy(e.did, w->roster.parties[p].did);
    CHECK_OK(sc_entry_sign(&e, &w->keys[p].identity));
    CHECK_OK(sc_entry_make(&w->entry, &e));
    w->b.entry = sc_buf_bytes(&w->entry);
    make_proof(w, 0xb & ~w->posted);
    return remade(w, 1);
}

/* What the quorum put into the log is not enough: the entry must be of this
 * receipt, and its submitter one of the receipt's parties. */
static void test_entries(void **state)
{
    world w;
    sc_entry e, bad;

    (void)state;
    make_world(&w, 2, 1);
    CHECK_OK(sc_entry_take(&e, w.b.entry));
    CHECK_OK(with_entry(&w, &e, 0));
    CHECK_OK(with_entry(&w, &e, 1));              /* any of its parties */
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &e, 2)); /* a member, no party */
    bad = e;
    bad.d[7] ^= 1; /* a twin: the same receipt, other signatures */
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &bad, 0));
    bad = e;
    bad.i[7] ^= 1;
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &bad, 0));
    bad = e;
    bad.s[7] ^= 1;
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &bad, 0));
    bad = e;
    bad.n = 3;
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &bad, 0));
    bad = e;
    bad.type = SC_ENTRY_INTENT;
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &bad, 0));
    sc_buf_reset(&w.entry);
    strcpy(e.did, w.roster.parties[1].did); /* alice signs as bob */
    CHECK_OK(sc_entry_make(&w.entry, &e));
    w.b.entry = sc_buf_bytes(&w.entry);
    make_proof(&w, 0xb);
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    clear_world(&w);
}

static void test_lies(void **state)
{
    world w;
    sc_buf entry = {0};
    sc_entry e;
    json_t *other;

    (void)state;
    make_world(&w, 3, 1);
    CHECK_OK(remade(&w, 0));
    make_proof(&w, 0x3); /* two of three cosigners */
    CHECK_ERR(SC_E_CHEAT, remade(&w, 0));
    make_proof(&w, 0xb);
    CHECK_OK(remade(&w, 1));

    /* The same parties under another file. */
    w.b.consortium = sc_bytes_of(files[1]);
    make_line(&w, 0);
    CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
    w.b.consortium = sc_bytes_of(files[0]);

    /* Another entry, also in a log. */
    CHECK_OK(sc_entry_take(&e, w.b.entry));
    e.s[0] ^= 1;
    CHECK_OK(sc_entry_make(&entry, &e));
    w.b.entry = sc_buf_bytes(&entry);
    CHECK_ERR(SC_E_CHEAT, remade(&w, 0));
    w.b.entry = sc_buf_bytes(&w.entry);

    /* A receipt without the proofs, and one that lost a party's. */
    other = json_deep_copy(w.receipt);
    json_array_remove(json_object_get(other, "proof"), 0);
    w.b.receipt = other;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 0));
    json_object_del(other, "proof");
    CHECK_ERR(SC_E_CHEAT, remade(&w, 0));
    json_decref(other);
    w.b.receipt = w.receipt;

    /* An `extra` line, an empty line, another order of signature lines. */
    static const char *const extras[] = {"extra AAAA\n", "\n"};

    for (size_t i = 0; i < 2; i++) {
        sc_buf proof = {0};

        CHECK_OK(sc_buf_put(&proof, w.proof.p, 23)); /* first line */
        CHECK_OK(sc_buf_put_str(&proof, extras[i]));
        CHECK_OK(sc_buf_put(&proof, w.proof.p + 23, w.proof.len - 23));
        w.b.proof = sc_buf_bytes(&proof);
        CHECK_ERR(SC_E_CHEAT, remade(&w, 0));
        sc_buf_clear(&proof);
    }
    w.b.proof = sc_buf_bytes(&w.proof);
    CHECK_OK(remade(&w, 1));
    sc_buf_clear(&entry);
    clear_world(&w);
}

static void test_false_results(void **state)
{
    world w;
    sc_bundle good;

    (void)state;
    make_world(&w, 3, 1);
    good = w.b;
    /* A sum that stays the same, moved between two shares. */
    w.share[0].p[0]--;
    w.share[1].p[0]++;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.share[0].p[0]++;
    w.share[1].p[0]--;
    w.b.shares[0].words.len -= 16;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.b = good;
    w.b.n_shares = 2;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.b = good;
    w.b.n_shares = 4; /* the analyst opened nothing */
    w.b.shares[3] = w.b.shares[0];
    w.b.shares[3].did = w.roster.parties[3].did;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.b = good;
    w.b.shares[0] = good.shares[1];
    w.b.shares[1] = good.shares[0];
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.b = good;
    w.b.shares[2].r32[31] ^= 1;
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    w.b = good;
    CHECK(json_array_set_new(w.answer, 0, json_string("12")) == 0);
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1));
    CHECK_OK(remade(&w, 0)); /* the receipt alone is still good */
    clear_world(&w);
    make_world(&w, 3, 1);
    CHECK(json_object_set_new(w.job, "factor", json_integer(3)) == 0);
    CHECK_ERR(SC_E_CHEAT, remade(&w, 1)); /* another job */
    clear_world(&w);
}

/* Bob and carol posted: their shares are those that they committed to under the
 * call, and neither submits. */
static void test_posted(void **state)
{
    world w;
    sc_bundle b;
    sc_bundle_facts facts;
    sc_entry e;
    uint8_t under_sid[SC_HASH_LEN];

    (void)state;
    make_posted_world(&w, 3, 1, 0x6);
    CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
    CHECK_OK(sc_bundle_verify(&b, &facts, sc_buf_bytes(&w.line), &w.judge,
                              w.anchor, NULL));
    CHECK(facts.has_result && facts.receipt.parties[1].is_posted);
    CHECK_I64(facts.receipt.parties[2].posted, FIXTURE_POSTED + 2);
    sc_bundle_clear(&b);
    CHECK_OK(sc_entry_take(&e, w.b.entry));
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &e, 1));
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &e, 2));
    CHECK_OK(with_entry(&w, &e, 3));
    w.b.shares[1].r32[0] ^= 1;
    make_line(&w, 1);
    says(&w, sc_buf_bytes(&w.line), w.anchor,
         "a share is not the one of bob's commitment");
    w.b.shares[1].r32[0] ^= 1;

    /* a commitment under the session id, of which a post can know nothing */
    sc_receipt_share_commit(under_sid, w.r.sid, w.r.parties[1].did,
                            w.b.shares[1].words, w.b.shares[1].r32);
    memcpy(w.r.parties[1].output, under_sid, sizeof under_sid);
    fixture_sign_post(&w.r, 1, &w.keys[1].identity);
    json_decref(w.receipt);
    CHECK_OK(sc_receipt_make(&w.receipt, &w.r));
    fixture_seal(w.receipt, &w.roster, w.keys, 4, FIXTURE_CREATED);
    CHECK_OK(sc_receipt_entry(&e, w.receipt, w.r.parties[0].did,
                              &w.keys[0].identity));
    w.b.receipt = w.receipt;
    CHECK_ERR(SC_E_CHEAT, with_entry(&w, &e, 0));
    CHECK_OK(remade(&w, 0)); /* without the shares nobody can tell */
    clear_world(&w);
}

static void test_arguments(void **state)
{
    world w;
    sc_buf out = {0};
    sc_bundle b;

    (void)state;
    make_world(&w, 3, 1);
    w.b.answer = NULL;
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));
    w.b.answer = w.answer;
    w.b.n_shares = SC_MAX_PARTIES + 1;
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));
    w.b.n_shares = 3;
    w.b.receipt = NULL;
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));
    w.b.receipt = w.receipt;
    w.b.consortium.len = SC_BUNDLE_MAX + 1;
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));
    w.b.consortium.len = 0;
    w.b.shares[0].words.len = SIZE_MAX;
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));
    CHECK_U64(out.len, 0);
    CHECK_ERR(SC_E_WIRE, sc_bundle_take(&b, sc_bytes_of("{}\n")));
    CHECK_ERR(SC_E_WIRE, sc_bundle_take(&b, sc_bytes_of("[]\n")));
    CHECK_ERR(SC_E_WIRE, sc_bundle_take(&b, sc_bytes_of("\n")));
    CHECK_ZERO(&b, sizeof b);
    clear_world(&w);
}

static sc_err body(void *arg)
{
    world *w = arg;
    sc_buf out = {0};
    sc_bundle b = {0};
    sc_bundle_facts facts;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_bundle_make(&out, &w->b));
    SC_TRY(sc_bundle_verify(&b, &facts, sc_buf_bytes(&out), &w->judge,
                            w->anchor, NULL));
    err = SC_OK;
out:
    sc_bundle_clear(&b);
    sc_buf_clear(&out);
    return err;
}

static void test_memory(void **state)
{
    world w;

    (void)state;
    make_world(&w, 3, 1);
    CHECK_ALLOC(body, &w);
    w.parser.roster[0].digest[0] ^= 1; /* a judge that lies is our bug */
    CHECK_ERR(SC_E_BUG, body(&w));
    clear_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bits),
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_lies),
        cmocka_unit_test(test_entries),    cmocka_unit_test(test_false_results),
        cmocka_unit_test(test_arguments),  cmocka_unit_test(test_memory),
        cmocka_unit_test(test_words),      cmocka_unit_test(test_posted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
