/* job/node/check.c: see the header. */
#include "job/node/check.h"

#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/conf/block.h"
#include "job/run/dossier.h"
#include "job/run/opened_file.h"
#include "job/run/salt.h"

#define MAX_BLOCK ((size_t)1 << 16)
#define MAX_HINT  64

static sc_err damaged(sc_fault *why, const char *path, const char *text)
{
    sc_err err = sc_fault_set(why, SC_E_CORRUPT, "%s", text);

    sc_fault_at(why, path, 0, 0);
    return err;
}

/* ---- the block ---------------------------------------------------------- */

/* The bytes that `init` wrote: printed again from the consortium file and the
 * keys, for Ed25519 signs the same text alike. */
static sc_err print_block(sc_buf *out, const sc_house *h)
{
    sc_err err = SC_E_BUG;
    const sc_party *p = &h->consortium->parties[h->me];
    sc_buf sig = {0};

    SC_TRY(sc_block_sign(&sig, p, h->consortium->name, &h->keys->identity));
    SC_TRY(sc_buf_terminate(&sig));
    SC_TRY(sc_block_print(out, p, (char *)sig.p));
    err = SC_OK;
out:
    sc_buf_clear(&sig);
    return err;
}

static sc_err check_block(const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf want = {0}, found = {0};
    char *path = sc_path_join(h->conf->keys, "party.yaml");
    size_t at = 0;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    err = sc_file_read(&found, path, MAX_BLOCK, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
        goto out;
    }
    SC_REQUIRE(err == SC_OK, err);
    SC_TRY(print_block(&want, h));
    while (at < want.len && at < found.len && want.p[at] == found.p[at]) {
        at++;
    }
    if (at != want.len || at != found.len) {
        err = sc_fault_set(why, SC_E_CORRUPT,
                           "this is not this party's block in the consortium "
                           "file: they differ at offset %zu",
                           at);
        sc_fault_at(why, path, 0, 0);
        sc_fault_remedy(why, "restore it from your backup, or remove it: the "
                             "consortium file has the block");
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&want);
    sc_buf_clear(&found);
    sc_free(path);
    return sc_fault_from(why, err);
}

/* ---- jobs --------------------------------------------------------------- */

static sc_err job_path(sc_buf *path, const sc_house *h, const sc_dossier *d,
                       const char *name)
{
    char hex[33];
    sc_err err;

    sc_hex16(hex, sc_record_id(d->record));
    err = sc_buf_printf(path, "%s/jobs/%s/%s", h->conf->store, hex, name);
    return err == SC_OK ? sc_buf_terminate(path) : err;
}

/* A share is there until it is delivered. */
static sc_err check_sealed(const sc_house *h, const sc_dossier *d,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_opened_share share = {0};
    sc_fault inner = {0};
    sc_buf path = {0};

    err = sc_dossier_share(d, h, &share, &inner);
    if (err == SC_E_NOT_FOUND) {
        err = SC_OK;
    } else if (err == SC_E_CORRUPT) {
        SC_TRY(job_path(&path, h, d, "share.sealed"));
        damaged(why, (char *)path.p,
                "a bit of this sealed share was changed: it does not open "
                "under this node's state key");
        sc_fault_remedy(why, "restore it from your backup; without one remove "
                             "it: the job's result parties are then told that "
                             "this party cannot deliver");
        err = SC_E_CORRUPT;
    } else if (err != SC_OK && why != NULL) {
        *why = inner;
    }
out:
    sc_buf_clear(&share.vector);
    sc_wipe(&share, sizeof share);
    sc_buf_clear(&path);
    return err;
}

/* Which party's share is not the one in the receipt? Where it begins. */
static sc_err compare_opened(const sc_dossier *d, char *text, size_t len,
                             sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_opened_file f;
    uint64_t at = 0;

    (void)snprintf(text, len, "it is no list of shares");
    SC_TRY(sc_opened_file_look(&f, d->record, sc_dossier_n_opened(d), why));
    for (size_t i = 0; i < d->receipt.n_parties; i++) {
        const sc_receipt_party *p = &d->receipt.parties[i];
        int computes = (p->roles & SC_ROLE_COMPUTING) != 0;

        (void)snprintf(text, len,
                       "the share at offset %llu is not the one that the "
                       "receipt speaks of",
                       (unsigned long long)at);
        SC_REQUIRE((f.shares[i].len > 0) == computes, SC_E_CORRUPT);
        if (computes) {
            SC_TRY(sc_opened_file_verify(&f, i,
                                         sc_receipt_share_sid(&d->receipt, i),
                                         p->did, p->output, why));
            at = f.shares[i].at + f.shares[i].len;
        } else {
            at += sizeof(uint64_t);
        }
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_opened(const sc_house *h, const sc_dossier *d,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0};
    char text[128];

    err = compare_opened(d, text, sizeof text, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
    }
    if (err == SC_E_CORRUPT || err == SC_E_CHEAT) {
        SC_TRY(job_path(&path, h, d, "shares.opened"));
        err = damaged(why, (char *)path.p, text);
        sc_fault_remedy(why, "restore it from your backup; without one remove "
                             "it: the answer stays, its proof is lost");
    }
out:
    sc_buf_clear(&path);
    return sc_fault_from(why, err);
}

static sc_err check_job(const sc_house *h, const sc_dossier *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (sc_record_state(d->record) < SC_RECORD_DONE) {
        SC_TRY(check_sealed(h, d, why));
    }
    if (d->body != NULL) {
        SC_TRY(check_opened(h, d, why));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_jobs(const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint8_t *ids = NULL;
    size_t n_ids = 0;

    SC_TRY(sc_record_list(&ids, &n_ids, h->conf->store, why));
    for (size_t i = 0; i < n_ids; i++) {
        sc_dossier d;

        err = sc_dossier_open(&d, h, ids + 16 * i, why);
        if (err == SC_E_NOT_FOUND) { /* a crash before its first record */
            *why = (sc_fault){0};
            continue;
        }
        SC_TRY(err);
        err = check_job(h, &d, why);
        sc_dossier_clear(&d);
        SC_TRY(err);
    }
    err = SC_OK;
out:
    sc_free(ids);
    return sc_fault_from(why, err);
}

/* ---- hints -------------------------------------------------------------- */

static int has_answer(const sc_house *h, sc_bytes text)
{
    uint8_t id[16];
    sc_record *r = NULL;
    sc_bytes answer;
    sc_fault none = {0};
    int has = sc_hex_get(id, sizeof id, text) == SC_OK &&
              sc_record_open(&r, h->conf->store, id, &none) == SC_OK &&
              sc_record_get(r, &answer, SC_RECORD_ANSWER) == SC_OK;

    sc_record_free(&r);
    return has;
}

static sc_err check_hint(const sc_house *h, const char *path, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};

    SC_TRY(sc_file_read(&text, path, MAX_HINT, why));
    if (text.len == 0) { /* the machine fell before it was on the disk */
        (void)unlink(path);
    } else if (!has_answer(h, sc_buf_bytes(&text))) {
        err = damaged(why, path,
                      "it names no job that is here and has an answer");
        sc_fault_remedy(why, "restore it from your backup, or remove it: a "
                             "question that was asked before is then computed "
                             "anew");
        goto out;
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err check_hints(const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char **names = NULL, *dir = sc_path_join(h->conf->store, "answers");
    size_t n_names = 0;

    SC_REQUIRE(dir != NULL, SC_E_MEM);
    err = sc_dir_list(&names, &n_names, dir, why);
    if (err == SC_E_NOT_FOUND) {
        *why = (sc_fault){0};
        err = SC_OK;
    }
    for (size_t i = 0; i < n_names && err == SC_OK; i++) {
        char *path = sc_path_join(dir, names[i]);

        err = path == NULL ? SC_E_MEM : check_hint(h, path, why);
        sc_free(path);
    }
out:
    sc_free(names);
    sc_free(dir);
    return sc_fault_from(why, err);
}

sc_err sc_check_store(const sc_house *h, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(check_block(h, why));
    SC_TRY(sc_salt_check(h->conf->store, why));
    SC_TRY(check_jobs(h, why));
    SC_TRY(check_hints(h, why));
    err = SC_OK;
out:
    return err;
}
