/* cli/audit_receipts.c: copy a record, open the copy, check its receipt. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/audit.h"
#include "job/record.h"
#include "ledger/receipt.h"

#define MAX_JOURNAL ((size_t)1 << 30)

/* One job at a time lies at TEMP/jobs/ID/journal. */
typedef struct {
    char temp[512], jobs[520], job[560], journal[576];
} copies;

static sc_err copies_make(copies *c, sc_fault *why)
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(c->temp, sizeof c->temp, "%.400s/sharechain-audit.XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    if (mkdtemp(c->temp) == NULL) {
        c->temp[0] = '\0';
        return sc_fault_set(why, SC_E_IO, "cannot make a temporary folder: %s",
                            strerror(errno));
    }
    (void)snprintf(c->jobs, sizeof c->jobs, "%s/jobs", c->temp);
    return SC_OK;
}

static void copies_remove(const copies *c)
{
    if (c->temp[0] != '\0') {
        (void)rmdir(c->jobs);
        (void)rmdir(c->temp);
    }
}

static sc_err copy_journal(copies *c, const char *from, const char *id,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0}, data = {0};

    (void)snprintf(c->job, sizeof c->job, "%s/%s", c->jobs, id);
    (void)snprintf(c->journal, sizeof c->journal, "%s/journal", c->job);
    SC_TRY(sc_buf_printf(&path, "%s/jobs/%s/journal", from, id));
    SC_TRY(sc_buf_terminate(&path));
    SC_TRY(sc_file_read(&data, (const char *)path.p, MAX_JOURNAL, why));
    SC_TRY(sc_dir_make(c->job, 0700, why));
    SC_TRY(sc_file_replace(c->journal, sc_buf_bytes(&data), 0600, why));
    err = SC_OK;
out:
    sc_buf_clear(&path);
    sc_buf_clear(&data);
    return sc_fault_from(why, err);
}

static void drop_journal(const copies *c)
{
    (void)unlink(c->journal);
    (void)rmdir(c->job);
}

/* Was it said to be where the audited log already reaches? One that came later
 * than the audit's look at the log is still open. */
static int is_missing(const sc_record *record, const sc_audit *chain)
{
    sc_bytes index;

    return sc_record_get(record, &index, SC_RECORD_PROVED) == SC_OK &&
           (index.len != 8 ||
            sc_load_le64(index.p) < sc_audit_result(chain)->published.at.size);
}

static const char *member_name(const sc_roster *roster, const char *did)
{
    size_t who = sc_roster_find_did(roster, did);

    return who == SC_ROSTER_NONE ? "nobody" : roster->parties[who].name;
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

    SC_TRY(sc_json_parse_canonical(&secured, text, SC_RECEIPT_MAX, why));
    SC_TRY(sc_receipt_verify(NULL, NULL, secured, roster, why));
    SC_TRY(sc_receipt_id(i, secured));
    SC_TRY(sc_jcs_digest(d, secured));
    err = sc_audit_find(chain, &e, &index, i);
    if (err == SC_OK && sc_receipt_match(&e, secured) != SC_OK) {
        err =
            sc_fault_set(why, SC_E_CHEAT,
                         "entry %llu of the log, by %s, has this receipt's "
                         "id and is not its entry",
                         (unsigned long long)index, member_name(roster, e.did));
    } else if (err == SC_OK) {
        out->n_proved++;
        out->n_twins += memcmp(e.d, d, sizeof d) != 0;
    } else if (err == SC_E_NOT_FOUND && !is_missing(record, chain)) {
        out->n_open++;
        err = SC_OK;
    } else if (err == SC_E_NOT_FOUND) {
        err = sc_fault_set(why, SC_E_CHEAT,
                           "this receipt was in the log once, and is not now");
    }
out:
    json_decref(secured);
    return err;
}

static sc_err check_job(sc_audit_receipts *out, const copies *c,
                        const uint8_t *id, const sc_audit *chain,
                        const sc_roster *roster, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_record *record = NULL;
    sc_bytes text;

    SC_TRY(sc_record_open(&record, c->temp, id, why));
    if (sc_record_get(record, &text, SC_RECORD_RECEIPT) == SC_OK) {
        SC_TRY(check_receipt(out, record, text, chain, roster, why));
    }
    err = SC_OK;
out:
    sc_record_free(&record);
    return sc_fault_from(why, err);
}

/* The record that is at fault, not its copy. */
static sc_err blame(sc_err err, const char *dir, const char *id, sc_fault *why)
{
    sc_fault at = {0};

    if (err == SC_E_WIRE) {
        why->code = err = SC_E_CHEAT;
    }
    (void)snprintf(at.file, sizeof at.file, "%.160s/jobs/%s/journal", dir, id);
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
    copies c = {.temp = ""};

    *out = (sc_audit_receipts){0};
    SC_TRY(sc_record_list(&ids, &n_ids, dir, why));
    SC_TRY(copies_make(&c, why));
    for (size_t i = 0; i < n_ids; i++) {
        const uint8_t *id = ids + i * SC_JOB_ID_LEN;
        char hex[33];

        sc_hex16(hex, id);
        err = copy_journal(&c, dir, hex, why);
        if (err == SC_E_NOT_FOUND) { /* made this very moment */
            *why = (sc_fault){0};
            continue;
        }
        if (err == SC_OK) {
            err = check_job(out, &c, id, chain, roster, why);
        }
        drop_journal(&c);
        SC_REQUIRE(err == SC_OK, blame(err, dir, hex, why));
    }
    err = SC_OK;
out:
    copies_remove(&c);
    sc_free(ids);
    return err;
}
