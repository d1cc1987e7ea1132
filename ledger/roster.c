/* ledger/roster.c: checks once, then look-ups. */
#include "ledger/roster.h"

#include <string.h>

#define KEYS_EACH 3

/* The k-th of the three public keys of each party. */
static const uint8_t *key_of(const sc_roster *r, size_t k)
{
    const sc_roster_party *p = &r->parties[k / KEYS_EACH];

    return k % KEYS_EACH == 0   ? p->identity
           : k % KEYS_EACH == 1 ? p->log
                                : p->cosigner;
}

static sc_err check_keys(const sc_roster *r, sc_fault *why)
{
    for (size_t i = 0; i < KEYS_EACH * r->n_parties; i++) {
        const char *owner = r->parties[i / KEYS_EACH].name;

        if (sc_key_check_ed25519(key_of(r, i)) != SC_OK) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "a public key of %s is not a canonical "
                                "Ed25519 key",
                                owner);
        }
        for (size_t j = 0; j < i; j++) {
            if (memcmp(key_of(r, i), key_of(r, j), SC_KEY_LEN) == 0) {
                return sc_fault_set(why, SC_E_CONFIG,
                                    "%s and %s use one key for two purposes",
                                    r->parties[j / KEYS_EACH].name, owner);
            }
        }
    }
    return SC_OK;
}

static sc_err check_names(const sc_roster *r, sc_fault *why)
{
    sc_note_key key;

    if (sc_note_key_init(&key, r->origin, SC_NOTE_ED25519,
                         r->parties[r->sequencer].log) != SC_OK) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "the origin of the log is empty, too long or not "
                            "visible ASCII without '+'");
    }
    for (size_t i = 0; i < r->n_parties; i++) {
        const sc_roster_party *p = &r->parties[i];
        char did[SC_DID_LEN + 1];
        sc_err err = sc_did_make(did, p->identity);

        if (err != SC_OK) {
            return sc_fault_from(why, err);
        }
        if (sc_note_key_init(&key, p->name, SC_NOTE_COSIGNATURE, p->cosigner) !=
            SC_OK) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "the name of party %zu is empty or not "
                                "visible ASCII without '+'",
                                i + 1);
        }
        if (strcmp(p->did, did) != 0) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "the DID of %s is not that of its key",
                                p->name);
        }
        if (sc_roster_find_name(r, p->name) != i) {
            return sc_fault_set(why, SC_E_CONFIG, "two parties are named %s",
                                p->name);
        }
    }
    return SC_OK;
}

size_t sc_roster_n_cosigners(const sc_roster *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        n += !r->parties[i].is_offline;
    }
    return n;
}

sc_err sc_roster_check(const sc_roster *r, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    size_t n;

    if (r->n_parties == 0 || r->n_parties > SC_MAX_PARTIES ||
        r->sequencer >= r->n_parties) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a consortium has 1 to %d parties, one of them "
                            "the sequencer",
                            SC_MAX_PARTIES);
    }
    n = sc_roster_n_cosigners(r);
    if (r->parties[r->sequencer].is_offline) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "the sequencer %s is offline, and the log goes on "
                            "by its word",
                            r->parties[r->sequencer].name);
    }
    if (r->quorum > n || 2 * r->quorum < n + 2) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "a quorum of %zu among %zu cosigners lets one liar "
                            "fork the log, or can never be met",
                            r->quorum, n);
    }
    SC_TRY(check_names(r, why));
    SC_TRY(check_keys(r, why));
    err = SC_OK;
out:
    return err;
}

size_t sc_roster_find_did(const sc_roster *r, const char *did)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(r->parties[i].did, did) == 0) {
            return i;
        }
    }
    return SC_ROSTER_NONE;
}

size_t sc_roster_find_name(const sc_roster *r, const char *name)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (strcmp(r->parties[i].name, name) == 0) {
            return i;
        }
    }
    return SC_ROSTER_NONE;
}

sc_err sc_roster_note_keys(sc_note_key *keys, size_t *n_keys,
                           const sc_roster *r)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_note_key_init(&keys[0], r->origin, SC_NOTE_ED25519,
                            r->parties[r->sequencer].log));
    for (size_t i = 0; i < r->n_parties; i++) {
        const sc_roster_party *p = &r->parties[i];

        memset(&keys[1 + i], 0, sizeof keys[1 + i]);
        if (!p->is_offline) {
            SC_TRY(sc_note_key_init(&keys[1 + i], p->name, SC_NOTE_COSIGNATURE,
                                    p->cosigner));
        }
    }
    *n_keys = 1 + r->n_parties;
    err = SC_OK;
out:
    return err;
}

sc_err sc_roster_take_head(sc_roster_head *head, const sc_roster *r,
                           sc_bytes note, int is_exact)
{
    sc_note_key keys[SC_ROSTER_MAX_KEYS];
    sc_note_mark marks[SC_ROSTER_MAX_KEYS];
    sc_note n;
    sc_roster_head got = {0};
    size_t n_keys;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_roster_note_keys(keys, &n_keys, r));
    SC_TRY(sc_note_take(&n, note));
    SC_TRY(sc_checkpoint_take(&got.at, n.text));
    SC_REQUIRE(strcmp(got.at.origin, r->origin) == 0, SC_E_WIRE);
    SC_TRY(is_exact ? sc_note_verify_exact(marks, &n, keys, n_keys)
                    : sc_note_verify(marks, &n, keys, n_keys));
    SC_REQUIRE(marks[0].is_signed, SC_E_CHEAT);
    for (size_t i = 0; i < r->n_parties; i++) {
        got.time[i] = marks[1 + i].time;
        got.n_cosigners += marks[1 + i].is_signed ? 1 : 0;
    }
    *head = got;
    err = SC_OK;
out:
    return err;
}
