/* ledger/bundle_verify.c: the checks of a bundle, in an order in which each may
 * rely on those before it. All faults of the file are one code, SC_E_CHEAT. */
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/bundle.h"

/* A fault of the file, whatever the parser called it; our own faults and those
 * of the world stay what they are. */
static sc_err blame(sc_err err, sc_fault *why, const char *what)
{
    switch (err) {
    case SC_E_WIRE:
    case SC_E_CHEAT:
    case SC_E_CONFIG:
    case SC_E_STATE:
    case SC_E_REFUSED:
    case SC_E_NOT_FOUND:
        if (why == NULL || why->code == SC_OK) {
            return sc_fault_set(why, SC_E_CHEAT, "%s", what);
        }
        return sc_fault_set(why, SC_E_CHEAT, "%s: %s", what, why->text);
    default:
        return sc_fault_from(why, err);
    }
}

/* ---- form -------------------------------------------------------------- */

/* The line may be that of a bundle; is what follows it too short, or too long? Sets
 * why if it says so. */
static void name_rest(const json_t *line, size_t has, sc_fault *why)
{
    size_t said;

    if (sc_bundle_said_rest(&said, line) != SC_OK) {
        return; /* its members are others */
    }
    if (has < said) {
        sc_fault_set(why, SC_E_CHEAT,
                     "it is cut short: %zu of the %zu bytes of ciphertexts "
                     "that follow its line are there",
                     has, said);
    } else if (has > said) {
        sc_fault_set(why, SC_E_CHEAT,
                     "it goes on where it should end: %zu bytes too many "
                     "follow its line",
                     has - said);
    }
}

/* JSON, but another one than its own canonical form? SC_E_CHEAT, and why says so. */
static sc_err check_canonical(sc_bytes text, sc_fault *why)
{
    json_t *v = NULL;
    sc_err err = sc_json_parse_canonical(&v, text, SC_BUNDLE_MAX, NULL);

    json_decref(v);
    return err != SC_E_WIRE
               ? err
               : sc_fault_set(why, SC_E_CHEAT,
                              "it is JSON, but not the one line that export "
                              "wrote: formatting changes break it");
}

/* Its first line is JSON, and there is a line feed behind it. */
static sc_err name_line(const json_t *v, sc_bytes line, size_t rest,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(check_canonical(line, why));
    err = sc_fault_set(why, SC_E_CHEAT,
                       "it is JSON, but no receipt bundle: its members are "
                       "others");
    name_rest(v, rest, why);
out:
    return err;
}

/* Its first line is no JSON, or has no line feed: what of the whole? */
static sc_err name_text(sc_bytes file, sc_fault *why)
{
    int has_end = file.p[file.len - 1] == '\n';
    sc_fault inner = {0};
    json_t *v = NULL;
    sc_err err = sc_json_parse(&v, file, SC_BUNDLE_MAX, &inner);

    json_decref(v);
    if (err == SC_E_WIRE) {
        return file.p[0] == '{' && !has_end
                   ? sc_fault_set(why, SC_E_CHEAT,
                                  "it is cut short, or its end was changed")
                   : sc_fault_set(why, SC_E_CHEAT,
                                  "it is no receipt bundle: %s", inner.text);
    }
    SC_TRY(err);
    SC_TRY(check_canonical(file, why));
    err = sc_fault_set(why, SC_E_CHEAT,
                       "it is cut short: its last line feed is missing");
out:
    return err;
}

/* It is no bundle: what is it, in words for who has only the file? */
static sc_err name_form(sc_bytes file, sc_fault *why)
{
    sc_bytes line = sc_bundle_line(file);
    int has_end = line.len < file.len;
    json_t *v = NULL;
    sc_err err = SC_E_BUG;

    if (file.len == 0) {
        return sc_fault_set(why, SC_E_CHEAT, "it is empty");
    }
    err = sc_json_parse(&v, line, SC_BUNDLE_MAX, NULL);
    SC_REQUIRE(err == SC_OK || err == SC_E_WIRE, err);
    err = err == SC_OK && has_end
              ? name_line(v, line, file.len - line.len - 1, why)
              : name_text(file, why);
out:
    json_decref(v);
    return err;
}

static sc_err take_form(sc_bundle *b, sc_bytes file, sc_fault *why)
{
    sc_err err = sc_bundle_take(b, file);

    if (err == SC_E_WIRE) {
        err = name_form(file, why);
        sc_fault_remedy(why, "ask for the file as `receipt export` wrote it");
    }
    return err;
}

/* ---- consortium -------------------------------------------------------- */

/* Does the receipt itself name the digest that the caller trusts? */
static int names_anchor(const sc_bundle *b, const uint8_t *anchor)
{
    uint8_t named[SC_HASH_LEN];

    return sc_json_hex(named, sizeof named, b->receipt, "consortium") ==
               SC_OK &&
           memcmp(named, anchor, sizeof named) == 0;
}

static sc_err another_consortium(const sc_bundle *b, const uint8_t *digest,
                                 const uint8_t *anchor, sc_fault *why)
{
    char its[65], trusted[65];

    if (names_anchor(b, anchor)) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the consortium file in it was changed: it is not "
                            "the one that its receipt names");
    }
    sc_hex32(its, digest);
    sc_hex32(trusted, anchor);
    return sc_fault_set(why, SC_E_CHEAT,
                        "it is signed under another consortium, of digest %s, "
                        "than the one trusted here, %s",
                        its, trusted);
}

static sc_err check_consortium(sc_bundle_facts *f, const sc_bundle *b,
                               const sc_bundle_judge *judge,
                               const uint8_t *anchor, sc_fault *why)
{
    uint8_t digest[SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    sc_sha256(digest, b->consortium);
    if (anchor != NULL && memcmp(digest, anchor, SC_HASH_LEN) != 0) {
        return another_consortium(b, digest, anchor, why);
    }
    SC_TRY(judge->parse(judge->ctx, &f->roster, b->consortium, why));
    SC_REQUIRE(memcmp(digest, f->roster.digest, SC_HASH_LEN) == 0, SC_E_BUG);
    f->is_anchored = anchor != NULL;
    err = SC_OK;
out:
    return err == SC_OK ? err : blame(err, why, "the consortium file in it");
}

/* The leaf is the one of this very receipt, submitted by one who signed it. */
static sc_err check_entry(const sc_bundle_facts *f, const sc_bundle *b,
                          sc_fault *why)
{
    sc_entry e;
    uint8_t d[SC_HASH_LEN];
    sc_err err = SC_E_BUG;

    SC_TRY(sc_entry_take(&e, b->entry));
    SC_TRY(sc_entry_verify(&e, &f->roster, why));
    SC_TRY(sc_receipt_match(&e, b->receipt));
    SC_TRY(sc_jcs_digest(d, b->receipt));
    SC_REQUIRE(memcmp(e.d, d, sizeof d) == 0, SC_E_CHEAT);
    err = SC_OK;
out:
    return err == SC_OK
               ? err
               : blame(err, why, "its entry is not the one of its receipt");
}

/* Lower median of the cosigners' times; 0 if nobody cosigned. */
static uint64_t median_time(const sc_roster_head *head)
{
    uint64_t t[SC_MAX_PARTIES] = {0};
    size_t n = 0;

    for (size_t i = 0; i < SC_MAX_PARTIES; i++) {
        if (head->time[i] != 0) {
            size_t k = n++;

            for (; k > 0 && t[k - 1] > head->time[i]; k--) {
                t[k] = t[k - 1];
            }
            t[k] = head->time[i];
        }
    }
    return n == 0 ? 0 : t[(n - 1) / 2];
}

static sc_err check_proof(sc_bundle_facts *f, const sc_bundle *b, sc_fault *why)
{
    sc_tlogproof p;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tlogproof_take(&p, b->proof));
    SC_TRY(sc_tlogproof_verify(&f->head, &p, &f->roster, b->entry, 1));
    f->index = p.index;
    f->since = median_time(&f->head);
    err = SC_OK;
out:
    return err == SC_OK ? err
                        : blame(err, why,
                                "its proof does not put the entry below a "
                                "checkpoint of the log and its quorum");
}

/* ---- result ------------------------------------------------------------ */

static sc_err check_share(const sc_bundle_facts *f, size_t party,
                          const sc_bundle_share *s, sc_fault *why)
{
    const sc_receipt_party *p = &f->receipt.parties[party];
    size_t who = sc_roster_find_did(&f->roster, p->did);
    uint8_t c[SC_HASH_LEN];

    if (strcmp(s->did, p->did) != 0 ||
        s->words.len !=
            sc_receipt_share_words(&f->receipt) * SC_BUNDLE_WORD_LEN) {
        return SC_E_CHEAT;
    }
    sc_receipt_share_commit(c, sc_receipt_share_sid(&f->receipt, party), p->did,
                            s->words, s->r32);
    if (memcmp(c, p->output, sizeof c) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "a share is not the one of %s's commitment",
                            f->roster.parties[who].name);
    }
    return SC_OK;
}

/* One of each computing party, in their order. */
static sc_err check_shares(const sc_bundle_facts *f, const sc_bundle *b,
                           sc_fault *why)
{
    size_t next = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        if ((f->receipt.parties[i].roles & SC_ROLE_COMPUTING) == 0) {
            continue;
        }
        SC_REQUIRE(next < b->n_shares, SC_E_CHEAT);
        SC_TRY(check_share(f, i, &b->shares[next], why));
        next++;
    }
    SC_REQUIRE(next == b->n_shares, SC_E_CHEAT);
    err = SC_OK;
out:
    return err;
}

static sc_err check_result(sc_bundle_facts *f, const sc_bundle *b,
                           const sc_bundle_judge *judge, sc_fault *why)
{
    json_t *answer = NULL;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(judge->answer != NULL, SC_E_ARG);
    SC_REQUIRE(sc_receipt_share_words(&f->receipt) <=
                   SC_BUNDLE_MAX_REST / SC_BUNDLE_WORD_LEN,
               SC_E_CHEAT);
    err = sc_receipt_check_job(&f->receipt, b->job);
    SC_REQUIRE(err != SC_E_CHEAT,
               sc_fault_set(why, SC_E_CHEAT,
                            "its question is not the one that the parties "
                            "signed"));
    SC_TRY(err);
    SC_TRY(check_shares(f, b, why));
    SC_TRY(judge->answer(judge->ctx, &answer, b, &f->receipt, why));
    SC_REQUIRE(json_equal(answer, b->answer),
               sc_fault_set(why, SC_E_CHEAT,
                            "its answer is not the one that its shares "
                            "give"));
    f->has_result = 1;
    err = SC_OK;
out:
    json_decref(answer);
    return err == SC_OK ? err
                        : blame(err, why,
                                "the result in it is not what was committed "
                                "to");
}

/* ---- all --------------------------------------------------------------- */

sc_err sc_bundle_verify(sc_bundle *b, sc_bundle_facts *facts, sc_bytes file,
                        const sc_bundle_judge *judge, const uint8_t *anchor,
                        sc_fault *why)
{
    sc_err err = SC_E_BUG;

    memset(facts, 0, sizeof *facts);
    sc_fault_set(why, SC_OK, "%s", "");
    SC_TRY(take_form(b, file, why));
    SC_TRY(check_consortium(facts, b, judge, anchor, why));
    err = sc_receipt_verify(&facts->receipt, &facts->created, b->receipt,
                            &facts->roster, why);
    SC_TRY(err == SC_OK ? err : blame(err, why, "its receipt does not hold"));
    SC_TRY(check_entry(facts, b, why));
    SC_TRY(check_proof(facts, b, why));
    if (b->job != NULL) {
        SC_TRY(check_result(facts, b, judge, why));
    }
    SC_REQUIRE(facts->is_anchored,
               sc_fault_set(why, SC_E_UNANCHORED,
                            "it is consistent, but nobody here vouches for "
                            "its consortium"));
    err = SC_OK;
out:
    if (err != SC_OK && err != SC_E_UNANCHORED) {
        memset(facts, 0, sizeof *facts);
    }
    return err;
}
