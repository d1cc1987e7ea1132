/* tests/unit/test_bundle.c: a whole small log, its bundle, and every bit of it. */
#include "base/int128.h"
#include "base/mem.h"
#include "ledger/bundle.h"
#include "tests/unit/receipt_fixture.h"

#define CELLS   2
#define VECTORS 3
#define N_WORDS (CELLS * VECTORS)
#define N_LOG   5
#define INDEX   3

/* ---- what job/ would do -------------------------------------------------- */

/* The "consortium file" is one of two texts; rosters are made once. */
typedef struct {
    sc_roster roster[2]; /* quorum 3, quorum 4 */
    size_t n_calls;
} parser;

static const char *const files[2] = {"fixture 4 3", "fixture 4 4"};

static sc_err parse(void *ctx, sc_roster *roster, sc_bytes consortium,
                    sc_fault *why)
{
    parser *p = ctx;

    p->n_calls++;
    for (size_t i = 0; i < 2; i++) {
        if (sc_bytes_equal_vartime(consortium, sc_bytes_of(files[i]))) {
            *roster = p->roster[i];
            return SC_OK;
        }
    }
    return sc_fault_set(why, SC_E_CONFIG, "no such file");
}

static sc_u128 word_of(sc_bytes words, size_t i)
{
    sc_u128 v = 0;

    for (size_t k = 16; k-- > 0;) {
        v = v << 8 | words.p[16 * i + k];
    }
    return v;
}

static const char key[] = "a key\n", part[] = "what opened it..";

/* Parts and their key, where there are any, are these. */
static int has_parts(const sc_bundle *b)
{
    for (size_t i = 0; i < b->n_parts; i++) {
        if (strcmp(b->parts[i].did, b->shares[i].did) != 0 ||
            !sc_bytes_equal_vartime(b->parts[i].words, sc_bytes_of(part)) ||
            !sc_bytes_equal_vartime(b->key, sc_bytes_of(key))) {
            return 0;
        }
    }
    return 1;
}

/* The "answer": the shares' sums as decimal texts, times the job's factor. */
static sc_err answer(void *ctx, json_t **out, const sc_bundle *b,
                     const sc_receipt *receipt, sc_fault *why)
{
    json_t *list = json_array();
    int64_t factor;
    sc_err err = SC_E_BUG;

    (void)ctx;
    (void)why;
    CHECK(b->consortium.len == 11 && receipt->cells == CELLS);
    SC_REQUIRE(has_parts(b), SC_E_CHEAT);
    SC_TRY(sc_json_int(&factor, b->job, "factor", 1, 9));
    for (size_t i = 0; i < N_WORDS; i++) {
        char text[SC_I128_TEXT_LEN];
        sc_u128 sum = 0;

        for (size_t p = 0; p < b->n_shares; p++) {
            CHECK_U64(b->shares[p].words.len, 16 * N_WORDS);
            sum += word_of(b->shares[p].words, i);
        }
        sc_i128_print(text, (sc_i128)(sum * (uint64_t)factor), 0);
        CHECK(json_array_append_new(list, json_string(text)) == 0);
    }
    *out = list;
    list = NULL;
    err = SC_OK;
out:
    json_decref(list);
    return err;
}

/* ---- a log with a receipt in it ------------------------------------------ */

typedef struct {
    sc_roster roster;
    sc_keys keys[SC_MAX_PARTIES];
    sc_receipt r;
    json_t *disclosed, *receipt, *job, *answer;
    sc_buf entry, note, proof, share[3], line;
    sc_bundle b;
    uint8_t anchor[SC_HASH_LEN];
    parser parser;
    size_t n_owners;
    unsigned posted; /* mask of owners that posted and left */
    sc_bundle_judge judge;
} world;

static void make_receipt(world *w)
{
    uint8_t digest[SC_HASH_LEN];
    sc_buf salted = {0};
    sc_entry e;

    fixture_receipt(&w->r, &w->disclosed, &w->roster, w->n_owners, CELLS,
                    VECTORS, w->n_owners == 3);
    fixture_post(&w->r, &w->roster, w->keys, w->posted);
    w->job = json_pack("{s:i, s:s}", "factor", 2, "sql", "SELECT 1");
    CHECK_OK(sc_buf_put(&salted, w->r.salt, SC_HASH_LEN));
    CHECK_OK(sc_jcs_put(&salted, w->job));
    sc_sha256(digest, sc_buf_bytes(&salted));
    memcpy(w->r.job_digest, digest, SC_HASH_LEN);
    CHECK_OK(sc_receipt_make(&w->receipt, &w->r));
    fixture_seal(w->receipt, &w->roster, w->keys, w->r.n_parties,
                 FIXTURE_CREATED);
    CHECK_OK(sc_receipt_entry(&e, w->receipt, w->r.parties[0].did,
                              &w->keys[0].identity));
    CHECK_OK(sc_entry_make(&w->entry, &e));
    sc_buf_clear(&salted);
}

static void make_proof(world *w, unsigned cosigners)
{
    sc_node_hash leaf[N_LOG], root;
    sc_merkle_leaves leaves = {leaf, N_LOG};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);
    sc_merkle_range range;
    sc_tlogproof p = {.index = INDEX};

    for (size_t i = 0; i < N_LOG; i++) {
        sc_merkle_leaf(&leaf[i], i == INDEX ? sc_buf_bytes(&w->entry)
                                            : (sc_bytes){(uint8_t *)&i, 1});
    }
    CHECK_OK(sc_merkle_range_read(&range, &tree, N_LOG));
    sc_merkle_root(&root, &range);
    sc_buf_reset(&w->note);
    sc_buf_reset(&w->proof);
    fixture_note(&w->note, &w->roster, w->keys, N_LOG, root.b, cosigners);
    CHECK_OK(sc_merkle_prove_inclusion(&p.path, &tree, INDEX, N_LOG));
    p.checkpoint = sc_buf_bytes(&w->note);
    CHECK_OK(sc_tlogproof_make(&w->proof, &p));
    w->b.proof = sc_buf_bytes(&w->proof);
}

static void make_answer(world *w)
{
    w->b.n_shares = w->n_owners;
    for (size_t p = 0; p < w->n_owners; p++) {
        fixture_share(&w->share[p], p, N_WORDS);
        w->b.shares[p].did = w->roster.parties[p].did;
        w->b.shares[p].words = sc_buf_bytes(&w->share[p]);
        fixture_digest(w->b.shares[p].r32, "r%zu", p);
    }
    w->b.job = w->job;
    CHECK_OK(answer(NULL, &w->answer, &w->b, &w->r, NULL));
}

static void make_line(world *w, int has_result)
{
    w->b.job = has_result ? w->job : NULL;
    sc_buf_reset(&w->line);
    CHECK_OK(sc_bundle_make(&w->line, &w->b));
    for (size_t p = 0; w->b.is_apart && p < w->b.n_shares; p++) {
        CHECK_OK(sc_buf_put_bytes(&w->line, w->b.shares[p].words));
    }
}

/* n_owners parties with data; if three, the fourth asks and receives. */
static void make_posted_world(world *w, size_t n_owners, int has_result,
                              unsigned posted)
{
    memset(w, 0, sizeof *w);
    w->n_owners = n_owners;
    w->posted = posted;
    w->b.consortium = sc_bytes_of(files[0]);
    w->judge = (sc_bundle_judge){parse, answer, &w->parser};
    for (size_t i = 0; i < 2; i++) {
        fixture_roster(&w->parser.roster[i], w->keys, 4, 3 + i);
        fixture_offline(&w->parser.roster[i], posted);
        sc_sha256(w->parser.roster[i].digest, sc_bytes_of(files[i]));
    }
    w->roster = w->parser.roster[0];
    memcpy(w->anchor, w->roster.digest, SC_HASH_LEN);
    make_receipt(w);
    make_proof(w, 0xb & ~posted); /* carol was away */
    make_answer(w);
    w->b.entry = sc_buf_bytes(&w->entry);
    w->b.receipt = w->receipt;
    w->b.answer = w->answer;
    make_line(w, has_result);
}

static void make_world(world *w, size_t n_owners, int has_result)
{
    make_posted_world(w, n_owners, has_result, 0);
}

/* The same with parts of the first n_owners, in type 2 if is_apart. */
static void make_world_of_parts(world *w, size_t n_owners, int is_apart)
{
    make_world(w, n_owners, 1);
    w->b.is_apart = is_apart;
    w->b.key = sc_bytes_of(key);
    w->b.n_parts = n_owners - 1;
    for (size_t i = 0; i < w->b.n_parts; i++) {
        w->b.parts[i].did = w->b.shares[i].did;
        w->b.parts[i].words = sc_bytes_of(part);
    }
    make_line(w, 1);
}

static void clear_world(world *w)
{
    json_decref(w->disclosed);
    json_decref(w->receipt);
    json_decref(w->job);
    json_decref(w->answer);
    sc_buf_clear(&w->entry);
    sc_buf_clear(&w->note);
    sc_buf_clear(&w->proof);
    sc_buf_clear(&w->line);
    for (size_t p = 0; p < 3; p++) {
        sc_buf_clear(&w->share[p]);
    }
}

/* The verdict on a line; the facts only if it is good. */
static sc_err judge(world *w, sc_bytes line, const uint8_t *anchor)
{
    sc_bundle b;
    sc_bundle_facts facts;
    sc_fault why = {0};
    sc_err err = sc_bundle_verify(&b, &facts, line, &w->judge, anchor, &why);

    if (err == SC_OK || err == SC_E_UNANCHORED) {
        CHECK_U64(facts.index, INDEX);
        CHECK_U64(facts.head.at.size, N_LOG);
        CHECK_U64(facts.head.n_cosigners, w->posted == 0 ? 3 : 2);
        CHECK_U64(facts.since, /* the median, below the middle */
                  w->posted == 0 ? 1001 : 1000);
        CHECK_I64(facts.created, FIXTURE_CREATED);
        CHECK_U64(facts.receipt.n_parties, w->r.n_parties);
        CHECK_STR(facts.receipt.protocol, "masked-sum/1");
        CHECK(facts.is_anchored == (anchor != NULL));
        CHECK_STR(facts.roster.parties[0].name, "alice");
    } else {
        CHECK_ZERO(&facts, sizeof facts);
        CHECK(why.code == err && why.text[0] != '\0');
    }
    sc_bundle_clear(&b);
    return err;
}

/* A line that is refused says why in such words. */
static void says(world *w, sc_bytes line, const uint8_t *anchor,
                 const char *words)
{
    sc_bundle b;
    sc_bundle_facts facts;
    sc_fault why = {0};

    CHECK_ERR(SC_E_CHEAT,
              sc_bundle_verify(&b, &facts, line, &w->judge, anchor, &why));
    if (strstr(why.text, words) == NULL) {
        print_error("\"%s\" does not say \"%s\"\n", why.text, words);
        fail();
    }
    sc_bundle_clear(&b);
}

/* The text with the first `from` replaced by `to`, of the same length. */
static void changed(sc_buf *out, const sc_buf *text, const char *from,
                    const char *to)
{
    char *at;

    sc_buf_reset(out);
    CHECK_OK(sc_buf_put_bytes(out, sc_buf_bytes(text)));
    CHECK_OK(sc_buf_terminate(out));
    at = strstr((char *)out->p, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
}

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

/* ---- shares that follow the line ------------------------------------------ */

/* Taken and made again it is the same, and borrows the shares from the file. */
static void test_apart(void **state)
{
    (void)state;
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        const uint8_t *at;
        world w;
        sc_bundle b;
        sc_buf again = {0};

        make_world_of_parts(&w, 3, is_apart);
        CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
        CHECK_ERR(SC_E_UNANCHORED, judge(&w, sc_buf_bytes(&w.line), NULL));
        CHECK_OK(sc_bundle_take(&b, sc_buf_bytes(&w.line)));
        CHECK(b.is_apart == is_apart);
        CHECK_U64(sc_bundle_rest(&b), is_apart ? 3 * 16 * N_WORDS : 0);
        CHECK_OK(sc_bundle_make(&again, &b));
        CHECK_U64(again.len + sc_bundle_rest(&b), w.line.len);
        CHECK_BYTES(again.p, w.line.p, again.len);
        CHECK_U64(sc_bundle_line(sc_buf_bytes(&w.line)).len, again.len - 1);
        at = w.line.p + again.len;
        for (size_t p = 0; is_apart && p < 3; p++) {
            CHECK(b.shares[p].words.p == at);
            at += b.shares[p].words.len;
        }
        sc_bundle_clear(&b);
        sc_buf_clear(&again);
        clear_world(&w);
    }
}

/* A bit of each byte: of a line, test_bits has them all. */
static void test_apart_bits(void **state)
{
    world w;
    size_t line_len;

    (void)state;
    make_world_of_parts(&w, 2, 1);
    line_len = sc_bundle_line(sc_buf_bytes(&w.line)).len;
    for (size_t i = 0; i < w.line.len; i++) {
        uint8_t bit = (uint8_t)(1U << (i % 8));

        w.line.p[i] ^= bit;
        CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
        w.line.p[i] ^= bit;
    }
    CHECK_OK(judge(&w, sc_buf_bytes(&w.line), w.anchor));
    for (size_t len = 0; len < w.line.len; len += len < line_len ? 97 : 1) {
        CHECK_ERR(SC_E_CHEAT, judge(&w, (sc_bytes){w.line.p, len}, NULL));
    }
    clear_world(&w);
}

/* The file's line, as the world made it, with other lengths of two shares; what
 * follows it stays. */
static sc_err with_lengths(world *w, const char *a, const char *b)
{
    const char *const from = "\"words\":96}", *at;
    sc_bytes line = sc_bundle_line(sc_buf_bytes(&w->line));
    sc_buf file = {0};
    sc_bundle taken;
    sc_err err;

    CHECK_OK(sc_buf_terminate(&w->line));
    at = strstr((char *)w->line.p, from);
    assert_non_null(at);
    CHECK_OK(sc_buf_put(&file, w->line.p, (size_t)(at - (char *)w->line.p)));
    CHECK_OK(sc_buf_printf(&file, "\"words\":%s}", a));
    line.len -= (size_t)(at - (const char *)line.p) + strlen(from);
    line.p = (const uint8_t *)at + strlen(from);
    at = strstr((const char *)line.p, from);
    assert_non_null(at);
    CHECK_OK(sc_buf_put(&file, line.p, (size_t)(at - (const char *)line.p)));
    CHECK_OK(sc_buf_printf(&file, "\"words\":%s}", b));
    at += strlen(from);
    CHECK_OK(
        sc_buf_put(&file, at, w->line.len - (size_t)(at - (char *)w->line.p)));
    err = sc_bundle_take(&taken, sc_buf_bytes(&file));
    sc_bundle_clear(&taken);
    CHECK_ERR(err == SC_OK ? SC_OK : SC_E_WIRE, err);
    err = judge(w, sc_buf_bytes(&file), w->anchor);
    sc_buf_clear(&file);
    return err;
}

static void test_apart_lengths(void **state)
{
    static const char *const wrong[][2] = {
        {"80", "96"},                   /* a byte is left */
        {"112", "96"},                  /* more than there is */
        {"80", "112"},                  /* each of another length */
        {"95", "97"},                   /* no whole words */
        {"0", "192"},                   /* none */
        {"-96", "288"},                 /* negative */
        {"2147483648", "96"},           /* as many as a file may have */
        {"2147483664", "96"},           /* more */
        {"9007199254740976", "96"},     /* the most that is JSON */
        {"18446744073709551616", "96"}, /* 2^64: no such number */
        {"9223372036854775808", "96"},  /* 2^63 */
        {"96.0", "96"},                 /* no whole number */
        {"\"96\"", "96"},               /* a text */
        {"null", "96"},
        {"\"AAAAAAAAAAAAAAAAAAAAAA==\"", "96"}, /* base64 as in type 1 */
    };
    world w;

    (void)state;
    make_world_of_parts(&w, 2, 1);
    CHECK_OK(with_lengths(&w, "96", "96"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_ERR(SC_E_CHEAT, with_lengths(&w, wrong[i][0], wrong[i][1]));
        CHECK_ERR(SC_E_CHEAT, with_lengths(&w, wrong[i][1], wrong[i][0]));
    }
    CHECK_OK(sc_buf_put_u8(&w.line, 0));
    CHECK_ERR(SC_E_CHEAT, judge(&w, sc_buf_bytes(&w.line), NULL));
    clear_world(&w);
}

static void test_apart_words(void **state)
{
    world w;
    sc_buf text = {0};
    size_t line;

    (void)state;
    make_world_of_parts(&w, 3, 1);
    line = sc_bundle_line(sc_buf_bytes(&w.line)).len;
    says(&w, (sc_bytes){w.line.p, w.line.len - 1}, NULL,
         "cut short: 287 of the 288 bytes of ciphertexts that follow its line");
    says(&w, (sc_bytes){w.line.p, line + 1}, NULL, "cut short: 0 of the 288");
    says(&w, (sc_bytes){w.line.p, line}, NULL, "its last line feed is missing");
    says(&w, (sc_bytes){w.line.p, line / 2}, NULL, "cut short, or its end");
    changed(&text, &w.line, "{\"consortium\"", "{ \"onsortium\"");
    says(&w, sc_buf_bytes(&text), NULL, "formatting changes break it");
    changed(&text, &w.line, "bundle/2", "bundle/3");
    says(&w, sc_buf_bytes(&text), NULL, "bytes too many follow its line");
    changed(&text, &w.line, "\"r32\"", "\"r33\"");
    says(&w, sc_buf_bytes(&text), NULL, "its members are others");
    w.line.p[line] = ' ';
    says(&w, sc_buf_bytes(&w.line), NULL, "or its end was changed");
    w.line.p[line] = '\n';
    CHECK_OK(sc_buf_put_str(&w.line, "xyz"));
    says(&w, sc_buf_bytes(&w.line), NULL, "3 bytes too many follow its line");
    w.line.len -= 3;
    w.line.p[w.line.len - 1] ^= 1;
    says(&w, sc_buf_bytes(&w.line), w.anchor,
         "a share is not the one of carol's commitment");
    sc_buf_clear(&text);
    clear_world(&w);
}

/* What is no bundle of type 2, and is not made. */
static void test_apart_arguments(void **state)
{
    world w;
    sc_buf out = {0};
    sc_bytes words;

    (void)state;
    make_world_of_parts(&w, 3, 1);
    words = w.b.shares[1].words;
#define NEVER(change, back)                                                    \
    change;                                                                    \
    CHECK_ERR(SC_E_ARG, sc_bundle_make(&out, &w.b));                           \
    CHECK_U64(out.len, 0);                                                     \
    back
    NEVER(w.b.n_parts = 0, w.b.n_parts = 2);
    NEVER(w.b.n_shares = SC_MAX_PARTIES + 1, w.b.n_shares = 3);
    NEVER(w.b.job = NULL, w.b.job = w.job);
    NEVER(w.b.shares[1].words.len = 0, w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = 95, w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = SC_BUNDLE_MAX_REST - 80,
          w.b.shares[1].words = words);
    NEVER(w.b.shares[1].words.len = SIZE_MAX - 15, w.b.shares[1].words = words);
#undef NEVER
    /* as many as fit: none of them is read */
    w.b.shares[1].words = (sc_bytes){NULL, SC_BUNDLE_MAX_REST - 2 * words.len};
    CHECK_OK(sc_bundle_make(&out, &w.b));
    CHECK_U64(sc_bundle_rest(&w.b), SC_BUNDLE_MAX_REST);
    says(&w, sc_buf_bytes(&out), NULL, "cut short: 0 of the 2147483648 bytes");
    sc_buf_clear(&out);
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
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_false_results),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_posted),
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_apart_bits),
        cmocka_unit_test(test_apart_lengths),
        cmocka_unit_test(test_apart_words),
        cmocka_unit_test(test_apart_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
