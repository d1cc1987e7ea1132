/* tests/fuzz/fuzz_consortium.c: any bytes as YAML and as a consortium file.
 *
 * Refused with faults or accepted without, never half; what is accepted again
 * gives the same digest. Seeds: tests/data/consortium. */
#include <stdlib.h>
#include <string.h>

#include "job/conf/consortium.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_faults faults = {0};
    sc_consortium *c = NULL;
    sc_err err =
        sc_consortium_parse(&c, &faults, "fuzz.yaml", (sc_bytes){data, size});
    char words[1024];

    SC_ASSERT((err == SC_OK) == (faults.n_faults == 0));
    SC_ASSERT((err == SC_OK) == (c != NULL));
    for (size_t i = 0; i < faults.n_faults; i++) {
        sc_fault_print(words, sizeof words, &faults.faults[i]);
    }
    if (c != NULL) {
        sc_consortium_quorum_words(words, sizeof words, c);
        SC_ASSERT(sc_roster_check(&c->roster, NULL) == SC_OK);
        for (size_t t = 0; t < c->n_tables; t++) {
            SC_ASSERT(c->tables[t].owners != 0 && c->tables[t].n_columns > 0);
        }
    }
    sc_consortium_free(&c);
    sc_faults_clear(&faults);
    return 0;
}
