/* job/run/dossier.c: see the header. */
#include "job/run/dossier.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static sc_err read_body(sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    if (sc_record_get(d->record, &text, SC_RECORD_RECEIPT) != SC_OK &&
        sc_record_get(d->record, &text, SC_RECORD_BODY) != SC_OK) {
        return SC_OK;
    }
    SC_TRY(sc_json_parse_canonical(&d->body, text, SC_RECEIPT_MAX, why));
    SC_TRY(sc_receipt_take(&d->receipt, d->body));
    err = SC_OK;
out:
    return err == SC_E_WIRE ? sc_fault_set(why, SC_E_CORRUPT,
                                           "the stored receipt is damaged")
                            : err;
}

/* Take the record that was opened apart. */
static sc_err read_record(sc_dossier *d, const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes sid;

    if (sc_record_get(d->record, &sid, SC_RECORD_CONSENT) == SC_OK) {
        SC_REQUIRE(sid.len == sizeof d->sid, SC_E_CORRUPT);
        memcpy(d->sid, sid.p, sizeof d->sid);
    }
    SC_TRY(read_body(d, why));
    d->me = SIZE_MAX;
    if (d->body != NULL) {
        memcpy(d->sid, d->receipt.sid, sizeof d->sid);
        d->me = sc_dossier_position(d, h, h->me);
        SC_REQUIRE(d->me != SIZE_MAX ||
                       sc_record_state(d->record) == SC_RECORD_DONE,
                   SC_E_CORRUPT);
    }
    err = SC_OK;
out:
    return err;
}

typedef sc_err (*record_opener)(sc_record **r, const char *store,
                                const uint8_t *id, sc_fault *why);

static sc_err open_by(sc_dossier *d, const sc_house *h, record_opener open,
                      const uint8_t *id, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *d = (sc_dossier){0};
    SC_TRY(open(&d->record, h->conf->store, id, why));
    SC_TRY(read_record(d, h, why));
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_dossier_clear(d);
    }
    return sc_fault_from(why, err);
}

sc_err sc_dossier_open(sc_dossier *d, const sc_house *h,
                       const uint8_t id[static 16], sc_fault *why)
{
    return open_by(d, h, sc_record_open, id, why);
}

sc_err sc_dossier_resume(sc_dossier *d, const sc_house *h,
                         const uint8_t id[static 16], sc_fault *why)
{
    return open_by(d, h, sc_record_resume, id, why);
}

void sc_dossier_clear(sc_dossier *d)
{
    sc_record_free(&d->record);
    json_decref(d->body);
    *d = (sc_dossier){0};
}

size_t sc_dossier_position(const sc_dossier *d, const sc_house *h, size_t party)
{
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (sc_dossier_party(d, h, i) == party) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t sc_dossier_party(const sc_dossier *d, const sc_house *h, size_t position)
{
    return sc_consortium_party_did(h->consortium,
                                   d->receipt.parties[position].did);
}

size_t sc_dossier_n_opened(const sc_dossier *d)
{
    unsigned roles = 0;

    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        roles |= d->receipt.parties[i].roles;
    }
    return (roles & SC_ROLE_HOLDER) != 0 ? 2 * d->receipt.n_parties
                                         : d->receipt.n_parties;
}

uint32_t sc_dossier_auditors(const sc_dossier *d, const sc_house *h)
{
    uint32_t auditors = 0;
    sc_job *job = NULL;
    sc_bytes text;

    if (sc_record_get(d->record, &text, SC_RECORD_JOB) == SC_OK &&
        sc_job_take(&job, h->consortium, text, NULL) == SC_OK) {
        auditors = sc_job_readers(job);
    }
    sc_job_free(&job);
    return auditors;
}

sc_err sc_dossier_fate(const sc_dossier *d, const sc_house *h,
                       sc_entry_type *type, uint64_t *index)
{
    uint8_t s[SC_HASH_LEN];

    sc_entry_session(s, d->sid);
    return sc_chain_fate(h->chain, type, index, s);
}

sc_err sc_dossier_entry(const sc_dossier *d, const sc_house *h, sc_entry *e,
                        uint64_t *index)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_entry_type type;

    SC_TRY(sc_dossier_fate(d, h, &type, index));
    SC_REQUIRE(type == SC_ENTRY_RECEIPT, SC_E_NOT_FOUND);
    SC_TRY(sc_chain_entry(h->chain, &text, *index, NULL));
    SC_TRY(sc_entry_take(e, sc_buf_bytes(&text)));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_dossier_match(sc_entry *e, const sc_house *h, const json_t *body,
                        uint64_t index, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(sc_chain_entry(h->chain, &text, index, why));
    SC_TRY(sc_entry_take(e, sc_buf_bytes(&text)));
    err = sc_receipt_match(e, body);
    if (err == SC_E_CHEAT) {
        size_t who = sc_consortium_party_did(h->consortium, e->did);

        err = sc_fault_set(
            why, err,
            "the log holds another receipt of this session, submitted by %s at "
            "index %llu",
            who == SIZE_MAX ? "nobody" : h->consortium->parties[who].name,
            (unsigned long long)index);
    }
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

int sc_dossier_is_twin(const sc_dossier *d, const sc_entry *e)
{
    uint8_t digest[32];
    sc_bytes secured;

    if (sc_record_get(d->record, &secured, SC_RECORD_RECEIPT) != SC_OK) {
        return 0;
    }
    sc_sha256(digest, secured);
    return memcmp(digest, e->d, sizeof digest) != 0;
}

sc_err sc_dossier_proved(const sc_dossier *d, const sc_house *h,
                         uint64_t *index)
{
    sc_err err = SC_E_BUG;
    sc_entry e;
    sc_bytes secured;

    SC_TRY(sc_dossier_entry(d, h, &e, index));
    SC_TRY(sc_receipt_match(&e, d->body));
    SC_REQUIRE(sc_record_get(d->record, &secured, SC_RECORD_RECEIPT) == SC_OK &&
                   !sc_dossier_is_twin(d, &e),
               SC_E_STATE);
    err = SC_OK;
out:
    return err;
}

sc_err sc_dossier_check_copy(const sc_house *h, const sc_entry *e,
                             const json_t *mine, sc_bytes copy)
{
    sc_err err = SC_E_BUG;
    sc_fault why = {0};
    json_t *secured = NULL;
    uint8_t id[32], digest[32];

    sc_sha256(digest, copy);
    SC_REQUIRE(memcmp(digest, e->d, sizeof digest) == 0, SC_E_CHEAT);
    SC_TRY(sc_json_parse_canonical(&secured, copy, SC_RECEIPT_MAX, &why));
    SC_TRY(
        sc_receipt_verify(NULL, NULL, secured, &h->consortium->roster, &why));
    SC_TRY(sc_receipt_id(id, mine));
    SC_REQUIRE(memcmp(id, e->i, sizeof id) == 0, SC_E_CHEAT);
    SC_TRY(sc_receipt_match(e, secured));
    err = SC_OK;
out:
    json_decref(secured);
    return err == SC_E_WIRE ? SC_E_CHEAT : err;
}

sc_err sc_dossier_put_proved(sc_record *record, const sc_house *h,
                             uint64_t index, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0};

    SC_TRY(sc_chain_checkpoint(h->chain, &note));
    SC_TRY(sc_record_put_proved(record, index, sc_buf_bytes(&note), why));
    err = SC_OK;
out:
    sc_buf_clear(&note);
    return sc_fault_from(why, err);
}

sc_err sc_dossier_share(const sc_dossier *d, const sc_house *h,
                        sc_opened_share *out, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf sealed = {0};

    SC_TRY(sc_record_open_share(d->record, &sealed, h->keys->state, why));
    SC_REQUIRE(sealed.len > 32 && (sealed.len - 32) % 16 == 0, SC_E_CORRUPT);
    memcpy(out->r32, sealed.p, 32);
    SC_TRY(sc_buf_put(&out->vector, sealed.p + 32, sealed.len - 32));
    out->is_there = 1;
    err = SC_OK;
out:
    sc_wipe(sealed.p, sealed.len);
    sc_buf_clear(&sealed);
    return sc_fault_from(why, err);
}

sc_err sc_dossier_plan(const sc_dossier *d, const sc_house *h, sc_job **job,
                       sc_plan **plan, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(sc_record_get(d->record, &text, SC_RECORD_JOB));
    SC_TRY(sc_job_take(job, h->consortium, text, why));
    SC_TRY(sc_plan_make(plan, *job, h->consortium, why));
    if (memcmp((*plan)->digest, d->receipt.plan_digest, 32) != 0) {
        err = sc_fault_set(why, SC_E_STATE,
                           "this version plans the job otherwise than the one "
                           "that signed its receipt");
        sc_fault_remedy(why, "finish the job with the version that began it");
        goto out;
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
