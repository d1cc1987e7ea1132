/* tests/fuzz/fuzz_bundle.c: bundles, receipts and entries: what is taken is made
 * again to the byte; nothing that a stranger writes verifies. */
#include "base/json.h"
#include "ledger/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_bundle(sc_bytes in)
{
    sc_buf made = {0};
    sc_bundle b;

    if (sc_bundle_take(&b, in) == SC_OK) {
        SC_ASSERT(sc_bundle_make(&made, &b) == SC_OK);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bundle((sc_bytes){data, size});
    fuzz_receipt((sc_bytes){data, size});
    fuzz_entry((sc_bytes){data, size});
    return 0;
}
