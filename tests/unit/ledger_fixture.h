/* tests/unit/ledger_fixture.h: parties whose secrets are no secrets.
 *
 * Secret k (an sc_key_kind) of party p is 32 bytes of 16 * p + k + 1; the model
 * in tests/oracle/ledger.py has the same. */
#ifndef SC_TESTS_LEDGER_FIXTURE_H
#define SC_TESTS_LEDGER_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "ledger/chain.h"
#include "ledger/entry.h"
#include "ledger/roster.h"
#include "tests/kat.h"

#define FIXTURE_ORIGIN "northern-health.example/chain/1"

__attribute__((unused)) static void fixture_keys(sc_keys *keys, size_t party)
{
    for (unsigned kind = 0; kind < SC_KEY_N_KINDS; kind++) {
        uint8_t seed[SC_KEY_LEN];
        sc_buf line = {0};

        memset(seed, (int)(16 * party + kind + 1), sizeof seed);
        CHECK_OK(sc_buf_printf(&line, "sharechain-key/1 %s ",
                               sc_key_kind_name((sc_key_kind)kind)));
        CHECK_OK(sc_base64url_put(&line, (sc_bytes){seed, sizeof seed}));
        CHECK_OK(sc_buf_put_str(&line, "\n"));
        CHECK_OK(sc_keys_get(keys, (sc_key_kind)kind, sc_buf_bytes(&line)));
        sc_buf_clear(&line);
    }
}

/* n parties; party 0 is the sequencer; SHA-256("consortium") the digest. */
__attribute__((unused)) static void fixture_roster(sc_roster *r, sc_keys *keys,
                                                   size_t n, size_t quorum)
{
    static const char *const names[] = {"alice", "bob", "carol", "auditor"};

    memset(r, 0, sizeof *r);
    strcpy(r->origin, FIXTURE_ORIGIN);
    r->n_parties = n;
    r->quorum = quorum;
    sc_sha256(r->digest, sc_bytes_of("consortium"));
    for (size_t p = 0; p < n; p++) {
        sc_roster_party *party = &r->parties[p];

        fixture_keys(&keys[p], p);
        snprintf(party->name, sizeof party->name, "%s",
                 p < 4 ? names[p] : "station");
        if (p >= 4) {
            snprintf(party->name, sizeof party->name, "station-%zu", p);
        }
        memcpy(party->identity, keys[p].identity.pk, SC_KEY_LEN);
        memcpy(party->log, keys[p].log.pk, SC_KEY_LEN);
        memcpy(party->cosigner, keys[p].cosigner.pk, SC_KEY_LEN);
        CHECK_OK(sc_did_make(party->did, party->identity));
    }
}

/* These parties post and leave; all others are the quorum if it was larger. */
__attribute__((unused)) static void fixture_offline(sc_roster *r, unsigned mask)
{
    size_t n = 0;

    for (size_t p = 0; p < r->n_parties; p++) {
        r->parties[p].is_offline = mask >> p & 1;
        n += !r->parties[p].is_offline;
    }
    r->quorum = r->quorum > n ? n : r->quorum;
}

/* Entry number n of a log: the genesis, then receipts of sessions 1, 2, ... by
 * the first three parties in turn. */
__attribute__((unused)) static void
fixture_entry(sc_buf *out, const sc_roster *r, const sc_keys *keys, uint64_t n)
{
    sc_entry e = {.type = n == 0 ? SC_ENTRY_GENESIS : SC_ENTRY_RECEIPT};
    uint8_t sid[SC_HASH_LEN] = {0};

    if (n == 0) {
        e.n = r->n_parties;
        memcpy(e.consortium, r->digest, SC_HASH_LEN);
        for (size_t p = 0; p < e.n; p++) {
            CHECK_OK(
                sc_entry_sign_genesis(e.g[p], e.consortium, &keys[p].identity));
        }
    } else {
        e.n = 3;
        sc_store_le64(e.i, n);
        sc_store_le64(e.d, n * n);
        sc_store_le64(sid, n);
        sc_entry_session(e.s, sid);
        strcpy(e.did, r->parties[n % 3].did);
        CHECK_OK(sc_entry_sign(&e, &keys[n % 3].identity));
    }
    CHECK_OK(sc_entry_make(out, &e));
}

/* Append entries number first .. first + n - 1 in one batch. */
__attribute__((unused)) static void fixture_append(sc_chain *chain,
                                                   const sc_roster *r,
                                                   const sc_keys *keys,
                                                   uint64_t first, size_t n)
{
    sc_fault why = {0};
    sc_bytes entries[256] = {{0}};
    sc_buf bytes[256] = {{0}};

    CHECK(n <= 256);
    for (size_t i = 0; i < n; i++) {
        fixture_entry(&bytes[i], r, keys, first + i);
        entries[i] = sc_buf_bytes(&bytes[i]);
    }
    CHECK_OK(sc_chain_append(chain, NULL, NULL, entries, n, &why));
    for (size_t i = 0; i < n; i++) {
        sc_buf_clear(&bytes[i]);
    }
}

/* A checkpoint note by the log and by the parties of a bit mask, at time 1000 +
 * party. */
__attribute__((unused)) static void
fixture_note(sc_buf *out, const sc_roster *r, const sc_keys *keys,
             uint64_t size, const uint8_t root[static SC_HASH_LEN],
             unsigned cosigners)
{
    sc_checkpoint c = {.size = size};
    sc_buf text = {0};

    strcpy(c.origin, r->origin);
    memcpy(c.root, root, SC_HASH_LEN);
    CHECK_OK(sc_checkpoint_put(&text, &c));
    CHECK_OK(sc_buf_put_bytes(out, sc_buf_bytes(&text)));
    CHECK_OK(sc_buf_put_str(out, "\n"));
    CHECK_OK(sc_note_sign(out, sc_buf_bytes(&text), r->origin,
                          &keys[r->sequencer].log));
    for (size_t p = 0; p < r->n_parties; p++) {
        if (((cosigners >> p) & 1) == 1) {
            CHECK_OK(sc_note_cosign(out, sc_buf_bytes(&text),
                                    r->parties[p].name, &keys[p].cosigner,
                                    1000 + p));
        }
    }
    sc_buf_clear(&text);
}

#endif
