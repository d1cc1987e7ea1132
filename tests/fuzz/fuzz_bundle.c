/* tests/fuzz/fuzz_bundle.c: bundles, receipts and entries, jobs and posts: what is taken
 * is made again to the byte; nothing that a stranger writes verifies. */
#include "base/json.h"
#include "job/run/call.h"
#include "job/run/post_file.h"
#include "ledger/bundle.h"
#include "tests/unit/plan_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without a consortium nothing holds; form and its words are reached all the same. */
static sc_err no_consortium(void *ctx, sc_roster *roster, sc_bytes text,
                            sc_fault *why)
{
    (void)ctx;
    (void)roster;
    (void)text;
    return sc_fault_set(why, SC_E_CONFIG, "there is none");
}

static void fuzz_verdict(sc_bytes in)
{
    const sc_bundle_judge judge = {.parse = no_consortium};
    sc_bundle_facts facts;
    sc_fault why = {0};
    sc_bundle b;

    SC_ASSERT(sc_bundle_verify(&b, &facts, in, &judge, NULL, &why) ==
              SC_E_CHEAT);
    SC_ASSERT(why.text[0] != '\0');
    sc_bundle_clear(&b);
}

static void fuzz_bundle(sc_bytes in)
{
    sc_buf made = {0};
    sc_bundle b;
    size_t said;

    if (sc_bundle_take(&b, in) == SC_OK) {
        SC_ASSERT(sc_bundle_said_rest(&said, b.root) == SC_OK);
        SC_ASSERT(said == sc_bundle_rest(&b));
        SC_ASSERT(sc_bundle_make(&made, &b) == SC_OK);
        for (size_t i = 0; b.is_apart && i < b.n_shares; i++) {
            SC_ASSERT(sc_buf_put_bytes(&made, b.shares[i].words) == SC_OK);
        }
        SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(&made), in));
    }
    sc_bundle_clear(&b);
    sc_buf_clear(&made);
}

static void fuzz_receipt(sc_bytes in)
{
    static const sc_roster nobody = {.n_parties = 0};
    json_t *v = NULL, *again = NULL;
    sc_receipt r;

    if (sc_json_parse(&v, in, SC_RECEIPT_MAX, NULL) != SC_OK) {
        return;
    }
    SC_ASSERT(sc_receipt_verify(NULL, NULL, v, &nobody, NULL) != SC_OK);
    if (sc_receipt_take(&r, v) == SC_OK) {
        SC_ASSERT(sc_receipt_make(&again, &r) == SC_OK);
        json_object_del(v, "proof");
        SC_ASSERT(json_equal(v, again));
    }
    json_decref(v);
    json_decref(again);
}

static void fuzz_entry(sc_bytes in)
{
    sc_buf made = {0};
    sc_entry e;

    if (sc_entry_take(&e, in) == SC_OK) {
        SC_ASSERT(sc_entry_make(&made, &e) == SC_OK);
        SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(&made), in));
    }
    sc_buf_clear(&made);
}

/* As far as a job goes that a peer proposes: its text, its plan, its posts, which none
 * of the owners has signed. */
static void fuzz_job(sc_bytes in)
{
    static fixture f;
    uint8_t call[32];
    sc_buf made = {0};
    sc_plan *p = NULL;
    sc_job *j = NULL;
    sc_fault why;

    fixture_init(&f);
    fixture_posting(&f);
    if (sc_job_take(&j, &f.c, in, &why) == SC_OK) {
        SC_ASSERT(sc_job_put(&made, j, &f.c) == SC_OK);
        SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(&made), in));
        SC_ASSERT(sc_job_call_digest(call, j, &f.c) == SC_OK);
        if (sc_plan_make(&p, j, &f.c, &why) == SC_OK) {
            SC_ASSERT(j->n_posts == 0 ||
                      sc_job_readers(j) == (p->posting | j->auditors));
            SC_ASSERT((sc_call_check_posts(j, p, &f.c, call, &why) == SC_OK) ==
                      (j->n_posts == 0));
        }
    }
    sc_plan_free(&p);
    sc_job_free(&j);
    sc_buf_clear(&made);
}

static void fuzz_post(sc_bytes in)
{
    sc_job_post p = {0};
    sc_opened_share share = {0};
    sc_buf made = {0};

    if (sc_post_file_take(&p, &share, in) == SC_OK) {
        SC_ASSERT(sc_post_file_put(&made, &p, &share) == SC_OK);
        SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(&made), in));
    }
    sc_buf_clear(&share.vector);
    sc_buf_clear(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bundle((sc_bytes){data, size});
    fuzz_verdict((sc_bytes){data, size});
    fuzz_receipt((sc_bytes){data, size});
    fuzz_entry((sc_bytes){data, size});
    fuzz_job((sc_bytes){data, size});
    fuzz_post((sc_bytes){data, size});
    return 0;
}
