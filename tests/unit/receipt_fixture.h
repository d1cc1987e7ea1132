/* tests/unit/receipt_fixture.h: the receipt of tests/oracle/ledger.py, built by
 * our calls: parties 0 .. n-1 have input and compute; party 0 receives, or an
 * analyst, party n, who has nothing; some may have posted and left. Digests are
 * SHA-256 of their names. */
#ifndef SC_TESTS_RECEIPT_FIXTURE_H
#define SC_TESTS_RECEIPT_FIXTURE_H

#include "base/json.h"
#include "ledger/post.h"
#include "ledger/receipt.h"
#include "tests/unit/ledger_fixture.h"

#define FIXTURE_STARTED   1795255200
#define FIXTURE_CREATED   (FIXTURE_STARTED + 10)
#define FIXTURE_NOT_AFTER (FIXTURE_STARTED + 300)
#define FIXTURE_POSTED    1793620800 /* party p posts p seconds later */

/* SHA-256 of printf-style text. */
__attribute__((format(printf, 2, 3), unused)) static void
fixture_digest(uint8_t out[static SC_HASH_LEN], const char *format, ...)
{
    char text[64];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sc_sha256(out, sc_bytes_of(text));
}

/* A party's share: word w begins SHA-256("word <party> <w>"). */
__attribute__((unused)) static void fixture_share(sc_buf *out, size_t party,
                                                  size_t n_words)
{
    for (size_t w = 0; w < n_words; w++) {
        uint8_t h[SC_HASH_LEN];

        fixture_digest(h, "word %zu %zu", party, w);
        CHECK_OK(sc_buf_put(out, h, 16));
    }
}

__attribute__((unused)) static void
fixture_receipt_party(sc_receipt *r, const sc_roster *roster, size_t p,
                      size_t n_words)
{
    sc_receipt_party *party = &r->parties[p];
    uint8_t r32[32];
    sc_buf share = {0};

    party->did = roster->parties[p].did;
    party->roles = SC_ROLE_INPUT | SC_ROLE_COMPUTING;
    fixture_digest(party->input, "input%zu", p);
    fixture_digest(r32, "r%zu", p);
    fixture_share(&share, p, n_words);
    sc_receipt_share_commit(party->output, sc_receipt_share_sid(r, p),
                            party->did, sc_buf_bytes(&share), r32);
    sc_buf_clear(&share);
}

/* *disclosed is a new reference that the receipt borrows. */
__attribute__((unused)) static void
fixture_receipt(sc_receipt *r, json_t **disclosed, const sc_roster *roster,
                size_t n, uint64_t cells, uint64_t vectors, int has_analyst)
{
    *disclosed = json_pack("[s, s]", "per species: rows",
                           "per species: sum of body_mass_g");
    *r = (sc_receipt){.protocol = "masked-sum/1",
                      .model = "semi-honest",
                      .collusion = "1 of 3",
                      .ring = 128,
                      .cells = cells,
                      .vectors = vectors,
                      .disclosed = *disclosed,
                      .min_group = 10,
                      .sw_name = "sharechain",
                      .sw_version = "0.1.0",
                      .started = FIXTURE_STARTED,
                      .not_after = FIXTURE_NOT_AFTER};
    uint8_t id[SC_HASH_LEN];

    fixture_digest(r->sid, "sid");
    fixture_digest(r->salt, "salt");
    fixture_digest(r->job_digest, "job");
    fixture_digest(r->plan_digest, "plan");
    fixture_digest(id, "id");
    memcpy(r->job_id, id, sizeof r->job_id);
    memcpy(r->consortium, roster->digest, SC_HASH_LEN);
    for (size_t p = 0; p < n; p++) {
        fixture_receipt_party(r, roster, p, (size_t)(cells * vectors));
    }
    r->n_parties = n + (has_analyst ? 1 : 0);
    if (has_analyst) {
        r->parties[n].did = roster->parties[n].did;
    }
    r->parties[has_analyst ? n : 0].roles |= SC_ROLE_RESULT;
    for (size_t a = r->n_parties; a-- > 0;) { /* not yet sorted */
        for (size_t b = 0; b < r->n_parties; b++) {
            sc_receipt_channel *c = &r->channels[r->n_channels];

            if (a != b) {
                *c = (sc_receipt_channel){.from = a,
                                          .to = b,
                                          .messages = 10 * a + b,
                                          .bytes = 1000 * a + b};
                fixture_digest(c->hash, "channel%zu-%zu", a, b);
                r->n_channels++;
            }
        }
    }
}

/* The post of a party that the receipt says has posted, signed by this key. */
__attribute__((unused)) static void
fixture_sign_post(sc_receipt *r, size_t p, const sc_sign_key *identity)
{
    sc_receipt_party *party = &r->parties[p];
    sc_post post = {.did = party->did, .time = party->posted};

    memcpy(post.call, r->call, SC_HASH_LEN);
    memcpy(post.plan, r->call_plan, SC_HASH_LEN);
    memcpy(post.consortium, r->consortium, SC_HASH_LEN);
    memcpy(post.input, party->input, SC_HASH_LEN);
    memcpy(post.output, party->output, SC_HASH_LEN);
    CHECK_OK(sc_post_sign(party->post, &post, identity));
}

/* The owners of a bit mask have posted and left. */
__attribute__((unused)) static void fixture_post(sc_receipt *r,
                                                 sc_roster *roster,
                                                 const sc_keys *keys,
                                                 unsigned mask)
{
    size_t n_channels = 0;

    fixture_offline(roster, mask);
    if (mask == 0) {
        return;
    }
    r->has_call = 1;
    fixture_digest(r->call, "call");
    fixture_digest(r->call_plan, "call plan");
    for (size_t p = 0; p < r->n_parties; p++) {
        if ((mask >> p & 1) != 0) {
            r->parties[p].is_posted = 1;
            r->parties[p].posted = FIXTURE_POSTED + (int64_t)p;
            fixture_receipt_party(r, roster, p,
                                  (size_t)(r->cells * r->vectors));
            fixture_sign_post(r, p, &keys[p].identity);
        }
    }
    for (size_t i = 0; i < r->n_channels; i++) {
        sc_receipt_channel c = r->channels[i];

        if (((mask >> c.from | mask >> c.to) & 1) == 0) {
            r->channels[n_channels++] = c;
        }
    }
    r->n_channels = n_channels;
}

/* Sign a body as its parties, who are the first of the roster; those that posted
 * do not sign, and what stands in their places is not read. */
__attribute__((unused)) static void fixture_seal(json_t *body,
                                                 const sc_roster *roster,
                                                 const sc_keys *keys, size_t n,
                                                 int64_t created)
{
    uint8_t sigs[SC_MAX_PARTIES][SC_SIG_LEN];
    sc_receipt r;

    CHECK_OK(sc_receipt_take(&r, body));
    for (size_t p = 0; p < n; p++) {
        if (r.parties[p].is_posted) {
            memset(sigs[p], 0xff, SC_SIG_LEN);
            continue;
        }
        CHECK_OK(sc_receipt_sign(sigs[p], body, roster->parties[p].did, created,
                                 &keys[p].identity));
        CHECK_OK(sc_receipt_check(body, roster->parties[p].did, created,
                                  keys[p].identity.pk, sigs[p]));
    }
    CHECK_OK(
        sc_receipt_seal(body, created, (const uint8_t(*)[SC_SIG_LEN])sigs, n));
}

#endif
