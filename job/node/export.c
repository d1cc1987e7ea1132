/* job/node/export.c: see the header. */
#include "job/node/export.h"

#include <string.h>

#include "base/json.h"
#include "he/share_file.h"
#include "ledger/bundle.h"

static sc_err missing(sc_fault *why, const char *text, const char *remedy)
{
    sc_err err = sc_fault_set(why, SC_E_NOT_FOUND, "%s", text);

    sc_fault_remedy(why, "%s", remedy);
    return err;
}

/* What the result consists of, borrowed by the bundle. */
typedef struct {
    json_t *job, *answer;
    sc_opened_share shares[SC_OUTCOME_MAX];
    sc_buf key; /* text, of a sum of ciphertexts */
} result;

/* What was kept must still be what the receipt's commitments say. */
static sc_err check_shares(const result *res, const sc_dossier *d,
                           sc_fault *why)
{
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        const sc_receipt_party *p = &d->receipt.parties[i];

        if ((p->roles & SC_ROLE_COMPUTING) != 0 &&
            sc_opened_share_verify(&res->shares[i],
                                   sc_receipt_share_sid(&d->receipt, i), p->did,
                                   p->output) != SC_OK) {
            return sc_fault_set(why, SC_E_CORRUPT,
                                "the job's shares.opened is damaged: it does "
                                "not match the receipt");
        }
    }
    return SC_OK;
}

/* What opened a sum of ciphertexts, and under which key. */
static sc_err add_parts(sc_bundle *b, result *res, const sc_dossier *d,
                        const sc_house *h, sc_fault *why)
{
    const sc_opened_share *parts = res->shares + d->receipt.n_parties;
    sc_err err = SC_E_BUG;

    if (h->sumkey == NULL) {
        err = missing(why, "this node has not the key of the sum any more",
                      "name it in node.yaml: ciphertext_sum: {key: K.pub}");
        goto out;
    }
    SC_TRY(sc_threshold_put(&res->key, h->sumkey->key));
    b->key = sc_buf_bytes(&res->key);
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (parts[i].is_there) {
            b->parts[b->n_parts++] =
                (sc_bundle_part){.did = d->receipt.parties[i].did,
                                 .words = sc_buf_bytes(&parts[i].vector)};
        }
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err add_result(sc_bundle *b, result *res, const sc_dossier *d,
                         const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes job, answer;
    sc_buf opened = {0};

    err = sc_record_get(d->record, &answer, SC_RECORD_ANSWER);
    SC_REQUIRE(err == SC_OK, missing(why, "this party has no result of the job",
                                     "only a result party can export it"));
    SC_TRY(sc_record_get(d->record, &job, SC_RECORD_JOB));
    SC_TRY(sc_json_parse_canonical(&res->job, job, job.len, why));
    SC_TRY(sc_json_parse_canonical(&res->answer, answer, answer.len, why));
    err = sc_record_get_opened(d->record, &opened, why);
    SC_REQUIRE(err != SC_E_NOT_FOUND,
               missing(why,
                       "what the result was made of is not here any more: "
                       "ciphertexts are erased keep_days after the job",
                       "export the receipt without the result"));
    SC_TRY(err);
    SC_TRY(sc_opened_shares_get(res->shares, sc_dossier_n_opened(d),
                                sc_buf_bytes(&opened)));
    SC_TRY(check_shares(res, d, why));
    b->job = res->job;
    b->answer = res->answer;
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (res->shares[i].is_there) {
            sc_bundle_share *s = &b->shares[b->n_shares++];

            s->did = d->receipt.parties[i].did;
            s->words = sc_buf_bytes(&res->shares[i].vector);
            memcpy(s->r32, res->shares[i].r32, 32);
        }
    }
    if (sc_dossier_n_opened(d) > d->receipt.n_parties) {
        SC_TRY(add_parts(b, res, d, h, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&opened);
    return sc_fault_from(why, err);
}

static void result_clear(result *res)
{
    json_decref(res->job);
    json_decref(res->answer);
    sc_opened_shares_clear(res->shares, SC_OUTCOME_MAX);
    sc_buf_clear(&res->key);
}

/* An officer is shown the copy that the log's entry names. */
static sc_err check_copy(const sc_dossier *d, const sc_house *h, uint64_t index,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_entry e;
    size_t who;

    SC_TRY(sc_dossier_match(&e, h, d->body, index, why));
    if (sc_dossier_is_twin(d, &e)) {
        who = sc_consortium_party_did(h->consortium, e.did);
        err = missing(why,
                      "the log names another copy of this receipt than the one "
                      "here, under other signatures",
                      "this node asks the other parties for it: try again; the "
                      "party named submitted it, and should have it");
        sc_fault_party(why, h->consortium->parties[who].name);
        goto out;
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err prove(sc_buf *proof, int *is_first, const sc_dossier *d,
                    const sc_house *h, uint64_t index, sc_fault *why)
{
    sc_fault unfit = {0};
    uint64_t then = 0;
    sc_bytes note = {0};
    sc_err err = sc_record_get_proved(d->record, &then, &note);

    *is_first = 0;
    if (err == SC_OK && then == index && note.len > 0) {
        err = sc_chain_prove_below(h->chain, proof, index, note, &unfit);
        *is_first = err == SC_OK;
    }
    if (*is_first || err == SC_E_MEM) {
        return sc_fault_from(why, err);
    }
    return sc_chain_prove(h->chain, proof, index, why);
}

sc_err sc_export_bundle(sc_buf *out, int *is_first, const sc_house *h,
                        const uint8_t id[static 16], int with_result,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_dossier d = {0};
    sc_bundle b = {.consortium = sc_buf_bytes(&h->consortium->text)};
    result res = {0};
    sc_buf entry = {0}, proof = {0};
    uint64_t index;

    SC_TRY(sc_dossier_open(&d, h, id, why));
    SC_REQUIRE(d.body != NULL && json_object_get(d.body, "proof") != NULL &&
                   sc_dossier_proved(&d, h, &index) == SC_OK,
               missing(why, "no receipt of this job is in the log",
                       "`sharechain result` tells the job's state"));
    SC_TRY(sc_chain_entry(h->chain, &entry, index, why));
    SC_TRY(prove(&proof, is_first, &d, h, index, why));
    SC_TRY(check_copy(&d, h, index, why));
    b.entry = sc_buf_bytes(&entry);
    b.proof = sc_buf_bytes(&proof);
    b.receipt = d.body;
    if (with_result) {
        SC_TRY(add_result(&b, &res, &d, h, why));
    }
    SC_TRY(sc_bundle_make(out, &b));
    err = SC_OK;
out:
    result_clear(&res);
    sc_buf_clear(&entry);
    sc_buf_clear(&proof);
    sc_dossier_clear(&d);
    return sc_fault_from(why, err);
}
