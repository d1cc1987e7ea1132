/* job/node/export.c: see the header. */
#include "job/node/export.h"

#include <string.h>

#include "base/json.h"
#include "he/share_file.h"
#include "job/run/opened_file.h"
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
    sc_opened_file opened;
    sc_buf vectors[SC_OUTCOME_MAX]; /* those that are in the line */
    sc_buf key;                     /* text, of a sum of ciphertexts */
} result;

/* A sum of ciphertexts: its parts stand behind the shares, which follow the line. */
static int is_apart(const sc_dossier *d)
{
    return sc_dossier_n_opened(d) > d->receipt.n_parties;
}

/* What was kept must still be what the receipt's commitments say. */
static sc_err check_shares(const result *res, const sc_dossier *d,
                           sc_fault *why)
{
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        const sc_receipt_party *p = &d->receipt.parties[i];
        sc_err err = SC_OK;

        if ((p->roles & SC_ROLE_COMPUTING) != 0) {
            err = sc_opened_file_verify(&res->opened, i,
                                        sc_receipt_share_sid(&d->receipt, i),
                                        p->did, p->output, why);
        }
        if (err == SC_E_CHEAT) {
            return sc_fault_set(why, SC_E_CORRUPT,
                                "the job's shares.opened is damaged: it does "
                                "not match the receipt");
        }
        if (err != SC_OK) {
            return err;
        }
    }
    return SC_OK;
}

/* Is a result of the job here, and what it was made of? */
static sc_err look_opened(sc_opened_file *f, const sc_dossier *d, sc_fault *why)
{
    sc_bytes answer;
    sc_err err = sc_record_get(d->record, &answer, SC_RECORD_ANSWER);

    SC_REQUIRE(err == SC_OK, missing(why, "this party has no result of the job",
                                     "only a result party can export it"));
    err = sc_opened_file_look(f, d->record, sc_dossier_n_opened(d), why);
    SC_REQUIRE(err != SC_E_NOT_FOUND,
               missing(why,
                       "what the result was made of is not here any more: "
                       "ciphertexts are erased keep_days after the job",
                       "export the receipt without the result"));
    SC_TRY(err);
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* A vector that stands in the line. */
static sc_err read_vector(sc_bytes *out, result *res, size_t i, sc_fault *why)
{
    sc_buf *v = &res->vectors[i];
    sc_err err = sc_opened_file_read(&res->opened, v, i, 0,
                                     (size_t)res->opened.shares[i].len, why);

    *out = sc_buf_bytes(v);
    return err;
}

/* What opened a sum of ciphertexts, and under which key. */
static sc_err add_parts(sc_bundle *b, result *res, const sc_dossier *d,
                        const sc_house *h, sc_fault *why)
{
    const size_t n = d->receipt.n_parties;
    sc_err err = SC_E_BUG;

    if (h->sumkey == NULL) {
        err = missing(why, "this node has not the key of the sum any more",
                      "name it in node.yaml: ciphertext_sum: {key: K.pub}");
        goto out;
    }
    SC_TRY(sc_threshold_put(&res->key, h->sumkey->key));
    b->key = sc_buf_bytes(&res->key);
    for (size_t i = 0; i < n; i++) {
        if (res->opened.shares[n + i].len > 0) {
            sc_bundle_part *p = &b->parts[b->n_parts++];

            p->did = d->receipt.parties[i].did;
            SC_TRY(read_vector(&p->words, res, n + i, why));
        }
    }
    SC_REQUIRE(b->n_parts > 0,
               sc_fault_set(why, SC_E_CORRUPT,
                            "the job's shares.opened is damaged: no part of "
                            "the sum is in it"));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static sc_err add_shares(sc_bundle *b, result *res, const sc_dossier *d,
                         sc_fault *why)
{
    sc_err err = SC_E_BUG;

    b->is_apart = is_apart(d);
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        if (res->opened.shares[i].len > 0) {
            sc_bundle_share *s = &b->shares[b->n_shares++];

            s->did = d->receipt.parties[i].did;
            memcpy(s->r32, res->opened.shares[i].r32, 32);
            s->words.len = (size_t)res->opened.shares[i].len;
            if (!b->is_apart) {
                SC_TRY(read_vector(&s->words, res, i, why));
            }
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err add_result(sc_bundle *b, result *res, const sc_dossier *d,
                         const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes job, answer;

    SC_TRY(look_opened(&res->opened, d, why));
    SC_TRY(sc_record_get(d->record, &answer, SC_RECORD_ANSWER));
    SC_TRY(sc_record_get(d->record, &job, SC_RECORD_JOB));
    SC_TRY(sc_json_parse_canonical(&res->job, job, job.len, why));
    SC_TRY(sc_json_parse_canonical(&res->answer, answer, answer.len, why));
    SC_TRY(check_shares(res, d, why));
    b->job = res->job;
    b->answer = res->answer;
    SC_TRY(add_shares(b, res, d, why));
    if (b->is_apart) {
        SC_TRY(add_parts(b, res, d, h, why));
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

static void result_clear(result *res)
{
    json_decref(res->job);
    json_decref(res->answer);
    for (size_t i = 0; i < SC_OUTCOME_MAX; i++) {
        sc_buf_clear(&res->vectors[i]);
    }
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

/* The job's record, and where its receipt is in the log. */
static sc_err open_proved(sc_dossier *d, uint64_t *index, const sc_house *h,
                          const uint8_t *id, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_dossier_open(d, h, id, why));
    SC_REQUIRE(d->body != NULL && json_object_get(d->body, "proof") != NULL &&
                   sc_dossier_proved(d, h, index) == SC_OK,
               missing(why, "no receipt of this job is in the log",
                       "`sharechain result` tells the job's state"));
    err = SC_OK;
out:
    return err;
}

sc_err sc_export_bundle(sc_buf *out, sc_export *what, const sc_house *h,
                        const uint8_t id[static 16], int with_result,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_dossier d = {0};
    sc_bundle b = {.consortium = sc_buf_bytes(&h->consortium->text)};
    result res = {0};
    sc_buf entry = {0}, proof = {0};
    uint64_t index = 0;

    SC_TRY(open_proved(&d, &index, h, id, why));
    SC_TRY(sc_chain_entry(h->chain, &entry, index, why));
    SC_TRY(prove(&proof, &what->is_first, &d, h, index, why));
    SC_TRY(check_copy(&d, h, index, why));
    b.entry = sc_buf_bytes(&entry);
    b.proof = sc_buf_bytes(&proof);
    b.receipt = d.body;
    if (with_result) {
        SC_TRY(add_result(&b, &res, &d, h, why));
    }
    SC_TRY(sc_bundle_make(out, &b));
    what->rest = sc_bundle_rest(&b);
    err = SC_OK;
out:
    result_clear(&res);
    sc_buf_clear(&entry);
    sc_buf_clear(&proof);
    sc_dossier_clear(&d);
    return sc_fault_from(why, err);
}

/* ---- what follows the line ------------------------------------------------- */

/* At most max_len bytes of the shares, one behind the other, from `at` on. */
static sc_err read_shares(sc_buf *out, const sc_opened_file *f, size_t n_shares,
                          uint64_t at, size_t max_len, sc_fault *why)
{
    const size_t before = out->len;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n_shares; i++) {
        uint64_t left = f->shares[i].len, room = max_len - (out->len - before);

        if (at >= left) {
            at -= left;
            continue;
        }
        left -= at;
        SC_TRY(sc_opened_file_read(f, out, i, at,
                                   (size_t)(left < room ? left : room), why));
        at = 0;
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_export_rest(sc_buf *out, const sc_house *h,
                      const uint8_t id[static 16], uint64_t at, size_t max_len,
                      sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_dossier d = {0};
    sc_opened_file f = {0};
    uint64_t index = 0;

    SC_TRY(open_proved(&d, &index, h, id, why));
    SC_TRY(look_opened(&f, &d, why));
    SC_REQUIRE(is_apart(&d),
               missing(why, "nothing follows the one line of this receipt",
                       "only ciphertexts of a sum do: `receipt export "
                       "--with-result` asks for what there is"));
    SC_TRY(read_shares(out, &f, d.receipt.n_parties, at, max_len, why));
    err = SC_OK;
out:
    sc_dossier_clear(&d);
    return sc_fault_from(why, err);
}
