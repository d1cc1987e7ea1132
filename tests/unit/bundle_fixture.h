/* tests/unit/bundle_fixture.h: a whole small log with a receipt in it, its bundle, and
 * the judge that job/ would be. */
#ifndef SC_TESTS_BUNDLE_FIXTURE_H
#define SC_TESTS_BUNDLE_FIXTURE_H

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

static inline sc_err parse(void *ctx, sc_roster *roster, sc_bytes consortium,
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

static inline sc_u128 word_of(sc_bytes words, size_t i)
{
    sc_u128 v = 0;

    for (size_t k = 16; k-- > 0;) {
        v = v << 8 | words.p[16 * i + k];
    }
    return v;
}

static const char key[] = "a key\n", part[] = "what opened it..";

/* Parts and their key, where there are any, are these. */
static inline int has_parts(const sc_bundle *b)
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
static inline sc_err answer(void *ctx, json_t **out, const sc_bundle *b,
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

static inline void make_receipt(world *w)
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

static inline void make_proof(world *w, unsigned cosigners)
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

static inline void make_answer(world *w)
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

static inline void make_line(world *w, int has_result)
{
    w->b.job = has_result ? w->job : NULL;
    sc_buf_reset(&w->line);
    CHECK_OK(sc_bundle_make(&w->line, &w->b));
    for (size_t p = 0; w->b.is_apart && p < w->b.n_shares; p++) {
        CHECK_OK(sc_buf_put_bytes(&w->line, w->b.shares[p].words));
    }
}

/* n_owners parties with data; if three, the fourth asks and receives. */
static inline void make_posted_world(world *w, size_t n_owners, int has_result,
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

static inline void make_world(world *w, size_t n_owners, int has_result)
{
    make_posted_world(w, n_owners, has_result, 0);
}

/* The same with parts of the first n_owners, in type 2 if is_apart. */
static inline void make_world_of_parts(world *w, size_t n_owners, int is_apart)
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

static inline void clear_world(world *w)
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
static inline sc_err judge(world *w, sc_bytes line, const uint8_t *anchor)
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
static inline void says(world *w, sc_bytes line, const uint8_t *anchor,
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
static inline void changed(sc_buf *out, const sc_buf *text, const char *from,
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

#endif
