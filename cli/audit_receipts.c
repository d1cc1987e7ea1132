/* cli/audit_receipts.c: each job's record, read only. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/audit.h"
#include "job/run/record.h"
#include "ledger/receipt.h"

/* Was it said to be where the audited log already reaches? One that came later
 * than the audit's look at the log is still open. */
static int is_missing(const sc_record *record, const sc_audit *chain)
{
    uint64_t index = 0;
    sc_bytes note;
    sc_err err = sc_record_get_proved(record, &index, &note);

    return err != SC_E_NOT_FOUND &&
           (err != SC_OK || index < sc_audit_result(chain)->published.at.size);
}

/* A receipt with all its signatures, against the log. */
static sc_err check_receipt(sc_audit_receipts *out, const sc_record *record,
                            sc_bytes text, const sc_audit *chain,
                            const sc_roster *roster, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    json_t *secured = NULL;
    uint8_t i[SC_HASH_LEN], d[SC_HASH_LEN];
    sc_entry e;
    uint64_t index;
    sc_receipt r;

    SC_TRY(sc_json_parse_canonical(&secured, text, SC_RECEIPT_MAX, why));
    SC_TRY(sc_receipt_verify(&r, NULL, secured, roster, why));
    SC_TRY(sc_receipt_id(i, secured));
    SC_TRY(sc_jcs_digest(d, secured));
    err = sc_audit_find(chain, &e, &index, i);
    SC_REQUIRE(err == SC_OK || err == SC_E_NOT_FOUND, err);
    if (err == SC_OK && sc_receipt_match(&e, secured) == SC_OK) {
        out->n_proved++;
        out->n_posts += r.n_parties - sc_receipt_n_present(&r);
        out->n_twins += memcmp(e.d, d, sizeof d) != 0;
    } else if (is_missing(record, chain)) {
        err = sc_fault_set(why, SC_E_CHEAT,
                           "this receipt was in the log once, and is not now");
        goto out;
    } else if (sc_record_state(record) < SC_RECORD_DONE) {
        out->n_open++; /* else the session was voided, or decided otherwise */
    }
    err = SC_OK;
out:
    json_decref(secured);
    return err;
}

static sc_err check_job(sc_audit_receipts *out, const char *dir,
                        const uint8_t *id, const sc_audit *chain,
                        const sc_roster *roster, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_record *record = NULL;
    sc_bytes text;

    SC_TRY(sc_record_open(&record, dir, id, why));
    if (sc_record_get(record, &text, SC_RECORD_RECEIPT) == SC_OK) {
        SC_TRY(check_receipt(out, record, text, chain, roster, why));
    }
    err = SC_OK;
out:
    sc_record_free(&record);
    return sc_fault_from(why, err);
}

/* The record that is at fault. */
static sc_err blame(sc_err err, const char *dir, const uint8_t *id,
                    sc_fault *why)
{
    sc_fault at = {0};
    char hex[33];

    if (err == SC_E_WIRE) {
        why->code = err = SC_E_CHEAT;
    }
    sc_hex16(hex, id);
    (void)snprintf(at.file, sizeof at.file, "%.160s/jobs/%s/journal", dir, hex);
    sc_fault_at(why, at.file, 0, 0);
    return err;
}

sc_err sc_audit_receipts_check(sc_audit_receipts *out, const char *dir,
                               const sc_audit *chain, const sc_roster *roster,
                               sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0;

    *out = (sc_audit_receipts){0};
    SC_TRY(sc_record_list(&ids, &n_ids, dir, why));
    for (size_t i = 0; i < n_ids; i++) {
        const uint8_t *id = ids + i * SC_JOB_ID_LEN;

        err = check_job(out, dir, id, chain, roster, why);
        if (err == SC_E_NOT_FOUND) { /* made this very moment */
            *why = (sc_fault){0};
            continue;
        }
        SC_REQUIRE(err == SC_OK, blame(err, dir, id, why));
    }
    err = SC_OK;
out:
    sc_free(ids);
    return err;
}
