/* tests/unit/test_audit_receipts.c: a record's receipt against the log, where two
 * owners posted and were not there. */
#include "cli/audit.h"
#include "job/run/record.h"
#include "tests/folder.h"
#include "tests/unit/receipt_fixture.h"

#define N      5
#define POSTED 0xaU /* bob and the auditor, owners here */
#define BOB    1

typedef struct {
    const char *dir;
    sc_roster roster;
    sc_keys keys[SC_MAX_PARTIES];
    sc_receipt r;
    json_t *disclosed, *secured;
    unsigned posted; /* mask of owners who posted, and cosign nothing */
} world;

static void make_world(world *w, void **state, unsigned posted)
{
    memset(w, 0, sizeof *w);
    w->dir = *state;
    w->posted = posted;
    fixture_roster(&w->roster, w->keys, N, N);
    fixture_receipt(&w->r, &w->disclosed, &w->roster, N, 2, 3, 0);
    fixture_post(&w->r, &w->roster, w->keys, posted);
}

static void clear_world(world *w)
{
    json_decref(w->disclosed);
    json_decref(w->secured);
}

/* The receipt, all signatures of who was there under it, in a job's record. */
static void record(world *w)
{
    sc_record *record = NULL;
    sc_buf text = {0};

    CHECK_OK(sc_receipt_make(&w->secured, &w->r));
    fixture_seal(w->secured, &w->roster, w->keys, N, FIXTURE_CREATED);
    CHECK_OK(sc_jcs_put(&text, w->secured));
    CHECK_OK(sc_record_new(&record, w->dir, w->r.job_id, NULL));
    CHECK_OK(
        sc_record_put(record, SC_RECORD_RECEIPT, sc_buf_bytes(&text), NULL));
    sc_record_free(&record);
    sc_buf_clear(&text);
}

/* A log of the genesis and the receipt's entry, as this party submits it. */
static void publish(const world *w, size_t party)
{
    sc_chain *chain = NULL;
    sc_buf text = {0}, note = {0};
    sc_head head;
    sc_bytes bytes;
    sc_entry e;

    CHECK_OK(sc_receipt_entry(&e, w->secured, w->roster.parties[0].did,
                              &w->keys[0].identity));
    strcpy(e.did, w->roster.parties[party].did);
    CHECK_OK(sc_entry_sign(&e, &w->keys[party].identity));
    CHECK_OK(sc_entry_make(&text, &e));
    bytes = sc_buf_bytes(&text);
    CHECK_OK(sc_chain_open(&chain, w->dir, &w->roster, 0, NULL));
    fixture_append(chain, &w->roster, w->keys, 0, 1);
    CHECK_OK(sc_chain_append(chain, NULL, NULL, &bytes, 1, NULL));
    CHECK_OK(sc_chain_flush(chain, NULL));
    head = sc_chain_head(chain);
    fixture_note(&note, &w->roster, w->keys, head.size, head.root.b,
                 0x1f & ~w->posted);
    CHECK_OK(sc_buf_terminate(&note));
    sc_folder_write(w->dir, "chain/checkpoint", (const char *)note.p);
    sc_chain_free(&chain);
    sc_buf_clear(&text);
    sc_buf_clear(&note);
}

static sc_err audit(const world *w, sc_audit_receipts *out, sc_fault *why)
{
    sc_audit *chain = NULL;
    sc_err err;

    *why = (sc_fault){0};
    CHECK_OK(sc_audit_new(&chain, w->dir, &w->roster, why));
    err = sc_audit_receipts_check(out, w->dir, chain, &w->roster, why);
    sc_audit_free(&chain);
    return err;
}

static void holds(void **state, unsigned posted, size_t n_posts)
{
    sc_audit_receipts found;
    sc_fault why;
    world w;

    make_world(&w, state, posted);
    record(&w);
    publish(&w, 2);
    CHECK_OK(audit(&w, &found, &why));
    CHECK_U64(found.n_proved, 1);
    CHECK_U64(found.n_posts, n_posts);
    CHECK_U64(found.n_open, 0);
    CHECK_U64(found.n_twins, 0);
    clear_world(&w);
}

static void test_posted(void **state)
{
    holds(state, POSTED, 2);
}

static void test_nobody_posted(void **state)
{
    holds(state, 0, 0);
}

/* Whoever was not there has nothing to submit: its entry is not the receipt's. */
static void test_submitter(void **state)
{
    sc_audit_receipts found;
    sc_fault why;
    world w;

    make_world(&w, state, POSTED);
    record(&w);
    publish(&w, BOB);
    CHECK_OK(audit(&w, &found, &why));
    CHECK_U64(found.n_proved, 0);
    CHECK_U64(found.n_posts, 0);
    CHECK_U64(found.n_open, 1);
    clear_world(&w);
}

static void test_false_post(void **state)
{
    sc_audit_receipts found;
    sc_fault why;
    world w;

    make_world(&w, state, POSTED);
    w.r.parties[BOB].posted++;
    record(&w);
    publish(&w, 0);
    CHECK_ERR(SC_E_CHEAT, audit(&w, &found, &why));
    CHECK(strstr(why.text, "bob did not post what the receipt says") != NULL);
    CHECK(strstr(why.file, "/journal") != NULL);
    clear_world(&w);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_posted),
        TEST(test_nobody_posted),
        TEST(test_submitter),
        TEST(test_false_post),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
