/* tests/fuzz/fuzz_json.c: what parses has one canonical form, which parses to
 * the same value. */
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *v = NULL, *again = NULL;
    sc_buf text = {0};
    sc_fault why = {0};

    if (sc_json_parse(&v, (sc_bytes){data, size}, 1 << 20, &why) != SC_OK) {
        SC_ASSERT(v == NULL && why.code == SC_E_WIRE);
        return 0;
    }
    SC_ASSERT(sc_jcs_put(&text, v) == SC_OK);
    SC_ASSERT(sc_json_parse_canonical(&again, sc_buf_bytes(&text), text.len,
                                      &why) == SC_OK);
    SC_ASSERT(json_equal(v, again));
    json_decref(v);
    json_decref(again);
    sc_buf_clear(&text);
    return 0;
}
