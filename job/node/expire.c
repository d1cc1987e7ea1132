/* job/node/expire.c: see the header. */
#include "job/node/expire.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "job/run/dossier.h"

#define DAY_NS ((int64_t)86400 * 1000000000)

/* Was the job done so long ago, and has it ciphertexts? */
static int is_due(const sc_dossier *d, const sc_house *h)
{
    int64_t age_ns =
        sc_clock_wall() * 1000000000 - sc_record_changed_ns(d->record);

    return sc_record_state(d->record) == SC_RECORD_DONE && d->body != NULL &&
           sc_dossier_n_opened(d) > d->receipt.n_parties &&
           age_ns > (int64_t)h->conf->keep_days * DAY_NS;
}

static void expire(const sc_house *h, const uint8_t *id)
{
    sc_dossier d;
    sc_fault why = {0};

    if (sc_dossier_open(&d, h, id, &why) != SC_OK) {
        return; /* whoever needs it says what is wrong with it */
    }
    if (sc_record_has_opened(d.record) && is_due(&d, h) &&
        sc_record_erase_opened(d.record, &why) != SC_OK) {
        sc_log_line(h->log, SC_LOG_WARN, "mend",
                    "old ciphertexts are still there: %s", why.text);
    }
    sc_dossier_clear(&d);
}

void sc_expire_entries(const sc_house *h)
{
    uint8_t *ids = NULL;
    size_t n_ids = 0;
    sc_fault why = {0};

    if (!h->consortium->sumkey.is_there ||
        sc_record_list(&ids, &n_ids, h->conf->store, &why) != SC_OK) {
        return;
    }
    for (size_t i = 0; i < n_ids; i++) {
        expire(h, ids + SC_JOB_ID_LEN * i);
    }
    sc_free(ids);
}
