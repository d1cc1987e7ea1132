/* tests/unit/posts_fixture.h: a call of bob over the table people, whose owners alice
 * and carol post and leave; dave opens the sum with bob (plan_fixture.h). Each party
 * has a store of its own in the folder of the test, and the secrets of
 * ledger_fixture.h. Ciphertexts are bytes that nobody adds up, or (posts_key) those of a
 * key of no use. */
#ifndef SC_TESTS_POSTS_FIXTURE_H
#define SC_TESTS_POSTS_FIXTURE_H

#include "base/clock.h"
#include "base/file.h"
#include "job/run/call.h"
#include "job/run/post_file.h"
#include "job/run/tally.h"
#include "ledger/receipt.h"
#include "tests/folder.h"
#include "tests/kat.h"
#include "tests/random.h"
#include "tests/unit/ledger_fixture.h"
#include "tests/unit/plan_fixture.h"

enum { ALICE, BOB, CAROL, DAVE, N_PARTIES };
#define BIT(party) (1u << (party))
#define POSTING    (BIT(ALICE) | BIT(CAROL))
#define POSTS_SQL  "SELECT AVG(income) FROM people"
#define DAY        ((int64_t)86400)

typedef struct {
    fixture f;
    sc_keys keys[N_PARTIES];
    char *stores[N_PARTIES];
    sc_nodeconf conf[N_PARTIES];
    sc_sumkey key;
    sc_house house[N_PARTIES];
    sc_job job;  /* the call */
    sc_buf text; /* its canonical bytes */
    uint8_t digest[32];
    sc_plan *plan;
} posts;

static inline void posts_parties(posts *w, const char *dir)
{
    for (size_t p = 0; p < N_PARTIES; p++) {
        sc_party *party = &w->f.parties[p];

        fixture_keys(&w->keys[p], p);
        memcpy(party->identity, w->keys[p].identity.pk, SC_KEY_LEN);
        CHECK_OK(sc_did_make(party->did, party->identity));
        w->stores[p] = sc_path_join(dir, party->name);
        assert_non_null(w->stores[p]);
        CHECK_OK(sc_dir_make(w->stores[p], 0700, NULL));
        w->conf[p] = (sc_nodeconf){.store = w->stores[p], .keep_days = 30};
        w->house[p] = (sc_house){.consortium = &w->f.c,
                                 .conf = &w->conf[p],
                                 .keys = &w->keys[p],
                                 .sumkey = &w->key,
                                 .me = p};
    }
}

/* Set w->job's text, digest and plan. */
static inline void posts_plan(posts *w)
{
    sc_fault why = {0};

    sc_buf_reset(&w->text);
    sc_plan_free(&w->plan);
    CHECK_OK(sc_job_put(&w->text, &w->job, &w->f.c));
    sc_sha256(w->digest, sc_buf_bytes(&w->text));
    if (sc_plan_make(&w->plan, &w->job, &w->f.c, &why) != SC_OK) {
        fail_msg("%s", why.text);
    }
}

/* w must stay where it is. */
static inline void posts_init(posts *w, const char *dir, int64_t time,
                              int64_t not_after)
{
    static char sql[] = POSTS_SQL;

    memset(w, 0, sizeof *w);
    fixture_init(&w->f);
    fixture_posting(&w->f);
    w->f.c.rules.call_days = 40;
    w->f.c.rules.peer_proposals = 1000;
    w->f.c.rules.job_ms = 600000;
    posts_parties(w, dir);
    w->job = (sc_job){.asker = BOB,
                      .results = BIT(BOB),
                      .time = time,
                      .not_after = not_after,
                      .sql = sql};
    memset(w->job.id, 0xca, sizeof w->job.id);
    posts_plan(w);
}

static inline void posts_clear(posts *w)
{
    for (size_t p = 0; p < N_PARTIES; p++) {
        sc_free(w->stores[p]);
    }
    sc_plan_free(&w->plan);
    sc_buf_clear(&w->text);
    sc_encryptor_free(&w->key.e);
    sc_threshold_free(&w->key.key);
}

/* From now on ciphertexts are of a key, and proved. */
static inline void posts_key(posts *w)
{
    sc_rng rng = sc_rng_system();
    sc_share shares[2];

    w->f.c.sumkey.bits = 1024;
    posts_plan(w);
    CHECK_OK(sc_threshold_deal(&w->key.key, shares, &rng, 1024, "posts", 2, 2,
                               SC_HE_TEST_SIZE));
    CHECK_OK(sc_encryptor_new(&w->key.e, sc_threshold_public(w->key.key), 0));
}

/* Sign what the post says now. */
static inline void posts_sign(const posts *w, sc_job_post *p)
{
    sc_post statement;

    sc_call_post(&statement, p, w->plan, &w->f.c, w->digest);
    CHECK_OK(sc_post_sign(p->proof, &statement, &w->keys[p->party].identity));
}

/* The same bytes for the same draw. */
static inline void posts_entry(const posts *w, sc_buf *out, size_t party,
                               uint8_t draw)
{
    static uint64_t tape[8192];
    size_t len = sc_plan_share_words(w->plan) * 16;
    sc_rng rng = sc_rng_replay((sc_bytes){(const uint8_t *)tape, sizeof tape});
    uint64_t seed = (uint64_t)draw << 8 | party;
    sc_u128 *y = sc_alloc(w->plan->shape.n_values, sizeof *y);
    sc_tally *t = NULL;

    assert_non_null(y);
    for (size_t i = 0; i < sizeof tape / sizeof *tape; i++) {
        tape[i] = sc_random_next(&seed);
    }
    if (w->key.key != NULL) {
        CHECK_OK(sc_tally_new(&t, w->plan, &w->f.c, &w->key, w->digest,
                              w->digest, &party, 1));
        CHECK_OK(sc_tally_entry(t, 0, y, &rng, out));
    }
    for (size_t i = 0; w->key.key == NULL && i < len; i++) {
        CHECK_OK(sc_buf_put_u8(out, (uint8_t)(i / 7 + party)));
    }
    CHECK_U64(out->len, len);
    sc_tally_free(&t);
    sc_free(y);
}

/* Is there a file of this post? */
static inline int posts_is_there(const posts *w, size_t at,
                                 const uint8_t call[static 32], size_t party)
{
    int is_there;

    CHECK_OK(sc_post_file_is_there(&is_there, &w->house[at], call, party));
    return is_there;
}

/* The post of an owner: by `draw`, one of many that it could have made. */
static inline void posts_make(const posts *w, sc_job_post *p,
                              sc_opened_share *share, size_t party,
                              int64_t time, uint8_t draw)
{
    *p = (sc_job_post){.party = party, .time = time};
    *share = (sc_opened_share){.is_there = 1};
    memset(p->input, (int)(0x10 + party), sizeof p->input);
    memset(share->r32, draw, sizeof share->r32);
    posts_entry(w, &share->vector, party, draw);
    sc_receipt_share_commit(p->output, w->digest, w->f.parties[party].did,
                            sc_buf_bytes(&share->vector), share->r32);
    posts_sign(w, p);
}

/* The same as a file's bytes. */
static inline void posts_file(const posts *w, sc_buf *out, size_t party,
                              int64_t time, uint8_t draw)
{
    sc_job_post p;
    sc_opened_share share;

    posts_make(w, &p, &share, party, time, draw);
    CHECK_OK(sc_post_file_put(out, &p, &share));
    sc_buf_clear(&share.vector);
}

/* The folder of the call in the store of a party; sc_free it. */
static inline char *posts_dir(const posts *w, size_t at)
{
    char *dir = sc_post_file_dir(&w->house[at], w->digest);

    assert_non_null(dir);
    CHECK_OK(sc_dir_make(dir, 0700, NULL));
    return dir;
}

/* Put an owner's post into the store of a party. */
static inline void posts_store(const posts *w, size_t at, size_t party,
                               int64_t time, uint8_t draw)
{
    sc_buf text = {0};
    sc_fault why = {0};

    sc_free(posts_dir(w, at));
    posts_file(w, &text, party, time, draw);
    CHECK_OK(sc_post_file_store(&w->house[at], w->digest, party,
                                sc_buf_bytes(&text), &why));
    sc_buf_clear(&text);
}

/* A job that holds the posts of both, made at these times; its text is borrowed. */
static inline sc_job posts_job(const posts *w, int64_t time, int64_t alice,
                               int64_t carol)
{
    sc_job j = w->job;
    sc_opened_share share;

    memcpy(j.call.id, w->job.id, sizeof j.call.id);
    j.call.time = w->job.time;
    j.call.not_after = w->job.not_after;
    memset(j.id, 0x0b, sizeof j.id);
    j.time = time;
    j.not_after = time + 600;
    posts_make(w, &j.posts[0], &share, ALICE, alice, 1);
    sc_buf_clear(&share.vector);
    posts_make(w, &j.posts[1], &share, CAROL, carol, 1);
    sc_buf_clear(&share.vector);
    j.n_posts = 2;
    return j;
}

/* All that is in this party's log counts. */
static inline void posts_publish(sc_chain *chain, const sc_roster *roster,
                                 const sc_keys *keys, size_t me)
{
    sc_head head = sc_chain_head(chain);
    sc_node_hash root;
    sc_buf note = {0}, line = {0};

    CHECK_OK(sc_chain_root(chain, &root, head.size));
    fixture_note(&note, roster, keys, head.size, root.b, ~0u);
    CHECK_OK(sc_chain_cosign(chain, &line, sc_buf_bytes(&note),
                             &keys[me].cosigner, 1000 + me, NULL));
    CHECK_OK(sc_chain_publish(chain, sc_buf_bytes(&note), NULL));
    sc_buf_clear(&note);
    sc_buf_clear(&line);
}

/* The fault has this code and says this. */
static inline void posts_fault(const sc_fault *why, sc_err code,
                               const char *words)
{
    CHECK_I64(why->code, code);
    if (strstr(why->text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", why->text, words);
    }
}

#endif
