/* ledger/entry.c: one table says which members each type has; writing, reading
 * and signing all follow it. Member names are single letters in alphabetical
 * order, so writing them in the table's order is canonical. */
#include "ledger/entry.h"

#include <string.h>

#include "base/encode.h"
#include "base/json.h"

static const struct {
    const char *name, *members;
} types[SC_ENTRY_N_TYPES] = {
    [SC_ENTRY_GENESIS] = {"genesis/1", "cgt"},
    [SC_ENTRY_RECEIPT] = {"receipt/1", "dginpst"},
    [SC_ENTRY_INTENT] = {"intent/1", "dginpst"},
    [SC_ENTRY_ABORT] = {"abort/1", "dgipst"},
    [SC_ENTRY_VOID] = {"void/1", "dgipst"},
    [SC_ENTRY_OUTCOME] = {"outcome/1", "dgipst"},
    [SC_ENTRY_REFUSAL] = {"refusal/1", "dgipt"},
};

const char *sc_entry_type_name(sc_entry_type type)
{
    return types[type].name;
}

static int has_member(sc_entry_type type, char member)
{
    return strchr(types[type].members, member) != NULL;
}

int sc_entry_has_session(sc_entry_type type)
{
    return has_member(type, 's');
}

int sc_entry_has_signer(sc_entry_type type)
{
    return has_member(type, 'p');
}

/* What concerns several parties tells their number, or bears all signatures. */
static int has_number(sc_entry_type type)
{
    return has_member(type, 'n') || type == SC_ENTRY_GENESIS;
}

int sc_entry_is_statement(sc_entry_type type)
{
    return !has_number(type);
}

/* Where in the struct a member's digest lies. */
static size_t digest_at(char member)
{
    switch (member) {
    case 'c':
        return offsetof(sc_entry, consortium);
    case 'd':
        return offsetof(sc_entry, d);
    case 'i':
        return offsetof(sc_entry, i);
    default:
        return offsetof(sc_entry, s);
    }
}

/* Looks like a DID of ours; only the roster tells whether it is one. */
static int is_did_text(const char *did)
{
    size_t len = strnlen(did, SC_DID_LEN + 1);

    if (len != SC_DID_LEN || memcmp(did, "did:key:z", 9) != 0) {
        return 0;
    }
    for (size_t i = 9; i < len; i++) {
        char c = did[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
              (c >= 'a' && c <= 'z'))) {
            return 0;
        }
    }
    return 1;
}

/* ---- writing ----------------------------------------------------------- */

static sc_err put_quoted(sc_buf *out, const uint8_t *p, size_t len)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(out, '"'));
    SC_TRY(sc_base64url_put(out, (sc_bytes){p, len}));
    SC_TRY(sc_buf_put_u8(out, '"'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_signatures(sc_buf *out, const sc_entry *e)
{
    sc_err err = SC_E_BUG;

    if (e->type != SC_ENTRY_GENESIS) {
        return put_quoted(out, e->g[0], SC_SIG_LEN);
    }
    for (size_t i = 0; i < e->n; i++) {
        SC_TRY(sc_buf_put_u8(out, i == 0 ? '[' : ','));
        SC_TRY(put_quoted(out, e->g[i], SC_SIG_LEN));
    }
    SC_TRY(sc_buf_put_u8(out, ']'));
    err = SC_OK;
out:
    return err;
}

static sc_err put_value(sc_buf *out, const sc_entry *e, char member)
{
    switch (member) {
    case 'g':
        return put_signatures(out, e);
    case 'n':
        return sc_buf_printf(out, "%zu", e->n);
    case 'p':
        return sc_buf_printf(out, "\"%s\"", e->did);
    case 't':
        return sc_buf_printf(out, "\"%s\"", types[e->type].name);
    default:
        return put_quoted(out, (const uint8_t *)e + digest_at(member),
                          SC_HASH_LEN);
    }
}

/* All members but `but`. */
static sc_err put_entry(sc_buf *out, const sc_entry *e, char but)
{
    size_t start = out->len;
    char before = '{';
    sc_err err = SC_E_BUG;

    SC_REQUIRE(e->type < SC_ENTRY_N_TYPES && e->n <= SC_MAX_PARTIES, SC_E_ARG);
    SC_REQUIRE(!sc_entry_has_signer(e->type) || is_did_text(e->did), SC_E_ARG);
    for (const char *m = types[e->type].members; *m != '\0'; m++) {
        if (*m == but) {
            continue;
        }
        SC_TRY(sc_buf_printf(out, "%c\"%c\":", before, *m));
        SC_TRY(put_value(out, e, *m));
        before = ',';
    }
    SC_TRY(sc_buf_put_u8(out, '}'));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_entry_make(sc_buf *out, const sc_entry *e)
{
    if (e->type < SC_ENTRY_N_TYPES && e->n == 0 && has_number(e->type)) {
        return SC_E_ARG;
    }
    return put_entry(out, e, '\0');
}

/* ---- reading ----------------------------------------------------------- */

static sc_err get_bytes(uint8_t *out, size_t len, const json_t *v)
{
    sc_buf raw = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(json_is_string(v), SC_E_WIRE);
    SC_TRY(sc_base64url_get(&raw, sc_bytes_of(json_string_value(v)), len));
    SC_REQUIRE(raw.len == len, SC_E_WIRE);
    memcpy(out, raw.p, len);
    err = SC_OK;
out:
    sc_buf_clear(&raw);
    return err;
}

static sc_err get_signatures(sc_entry *e, const json_t *v)
{
    sc_err err = SC_E_BUG;

    if (e->type != SC_ENTRY_GENESIS) {
        return get_bytes(e->g[0], SC_SIG_LEN, v);
    }
    e->n = json_array_size(v);
    SC_REQUIRE(e->n >= 1 && e->n <= SC_MAX_PARTIES, SC_E_WIRE);
    for (size_t i = 0; i < e->n; i++) {
        SC_TRY(get_bytes(e->g[i], SC_SIG_LEN, json_array_get(v, i)));
    }
    err = SC_OK;
out:
    return err;
}

static sc_err get_value(sc_entry *e, const json_t *object, char member)
{
    const char key[2] = {member, '\0'};
    const json_t *v = json_object_get(object, key);
    const char *did;
    int64_t n;
    sc_err err = SC_E_BUG;

    switch (member) {
    case 'g':
        return get_signatures(e, v);
    case 'n':
        SC_TRY(sc_json_int(&n, object, key, 1, SC_MAX_PARTIES));
        e->n = (size_t)n;
        break;
    case 'p':
        SC_TRY(sc_json_str(&did, object, key));
        SC_REQUIRE(is_did_text(did), SC_E_WIRE);
        memcpy(e->did, did, SC_DID_LEN + 1);
        break;
    case 't': /* it chose the table's row */
        break;
    default:
        return get_bytes((uint8_t *)e + digest_at(member), SC_HASH_LEN, v);
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_entry_take(sc_entry *e, sc_bytes text)
{
    json_t *object = NULL;
    const char *name;
    sc_entry got = {0};
    unsigned type = 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_json_parse_canonical(&object, text, SC_ENTRY_GENESIS_MAX, NULL));
    SC_TRY(sc_json_str(&name, object, "t"));
    while (type < SC_ENTRY_N_TYPES && strcmp(name, types[type].name) != 0) {
        type++;
    }
    SC_REQUIRE(type < SC_ENTRY_N_TYPES, SC_E_WIRE);
    SC_REQUIRE(type == SC_ENTRY_GENESIS || text.len <= SC_ENTRY_MAX, SC_E_WIRE);
    got.type = (sc_entry_type)type;
    SC_REQUIRE(json_object_size(object) == strlen(types[type].members),
               SC_E_WIRE);
    for (const char *m = types[type].members; *m != '\0'; m++) {
        SC_TRY(get_value(&got, object, *m));
    }
    *e = got;
    err = SC_OK;
out:
    json_decref(object);
    return err;
}

/* ---- signing and verifying --------------------------------------------- */

sc_err sc_entry_sign(sc_entry *e, const sc_sign_key *identity)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(e->type < SC_ENTRY_N_TYPES && sc_entry_has_signer(e->type) &&
                   (e->n > 0) == has_number(e->type),
               SC_E_ARG);
    SC_TRY(put_entry(&text, e, 'g'));
    sc_sign(e->g[0], identity, sc_buf_bytes(&text));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

sc_err sc_entry_sign_genesis(uint8_t sig[static SC_SIG_LEN],
                             const uint8_t consortium[static SC_HASH_LEN],
                             const sc_sign_key *identity)
{
    sc_entry e = {.type = SC_ENTRY_GENESIS};
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    memcpy(e.consortium, consortium, SC_HASH_LEN);
    SC_TRY(put_entry(&text, &e, 'g'));
    sc_sign(sig, identity, sc_buf_bytes(&text));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

static sc_err verify_genesis(const sc_entry *e, const sc_roster *r,
                             sc_bytes text, sc_fault *why)
{
    if (memcmp(e->consortium, r->digest, SC_HASH_LEN) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the genesis entry names another consortium");
    }
    if (e->n != r->n_parties) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "the genesis entry has %zu signatures for %zu "
                            "parties",
                            e->n, r->n_parties);
    }
    for (size_t i = 0; i < e->n; i++) {
        if (sc_sign_verify(r->parties[i].identity, text, e->g[i]) != SC_OK) {
            return sc_fault_set(why, SC_E_CHEAT,
                                "the genesis signature of %s does not hold",
                                r->parties[i].name);
        }
    }
    return SC_OK;
}

/* The only i that an abort, void or outcome may have. */
static sc_err verify_statement(const sc_entry *e, sc_fault *why)
{
    uint8_t i[SC_HASH_LEN];

    sc_entry_statement_id(i, e->type, e->did, e->s);
    return memcmp(i, e->i, SC_HASH_LEN) == 0
               ? SC_OK
               : sc_fault_set(why, SC_E_CHEAT,
                              "the id of a %s is not the one of its session",
                              types[e->type].name);
}

static sc_err verify_signer(const sc_entry *e, const sc_roster *r,
                            sc_bytes text, sc_fault *why)
{
    size_t who = sc_roster_find_did(r, e->did);

    if (who == SC_ROSTER_NONE) {
        return sc_fault_set(why, SC_E_CHEAT, "a %s by %s, who is no member",
                            types[e->type].name, e->did);
    }
    if (sc_sign_verify(r->parties[who].identity, text, e->g[0]) != SC_OK) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "%s's signature on its %s does not hold",
                            r->parties[who].name, types[e->type].name);
    }
    return SC_OK;
}

sc_err sc_entry_verify(const sc_entry *e, const sc_roster *r, sc_fault *why)
{
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(put_entry(&text, e, 'g'));
    if (e->type == SC_ENTRY_GENESIS) {
        SC_TRY(verify_genesis(e, r, sc_buf_bytes(&text), why));
    } else {
        SC_REQUIRE(e->n <= r->n_parties,
                   sc_fault_set(why, SC_E_CHEAT,
                                "%zu parties in a consortium of %zu", e->n,
                                r->n_parties));
        SC_TRY(verify_signer(e, r, sc_buf_bytes(&text), why));
    }
    if (sc_entry_is_statement(e->type) && sc_entry_has_session(e->type)) {
        SC_TRY(verify_statement(e, why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}

/* ---- identifiers ------------------------------------------------------- */

void sc_entry_session(uint8_t s[static SC_HASH_LEN],
                      const uint8_t sid[static SC_HASH_LEN])
{
    uint8_t b[3 + SC_HASH_LEN] = {'s', 'i', 'd'};

    memcpy(b + 3, sid, SC_HASH_LEN);
    sc_sha256(s, (sc_bytes){b, sizeof b});
}

void sc_entry_statement_id(uint8_t i[static SC_HASH_LEN], sc_entry_type type,
                           const char *did, const uint8_t s[static SC_HASH_LEN])
{
    const sc_bytes parts[] = {sc_bytes_of(types[type].name),
                              sc_bytes_of(did),
                              {s, SC_HASH_LEN}};

    sc_hash_tagged(i, "entry/id/1", parts, sizeof parts / sizeof *parts);
}

void sc_entry_refusal_id(uint8_t i[static SC_HASH_LEN], const char *refuser,
                         const char *asker,
                         const uint8_t query[static SC_HASH_LEN], int64_t day,
                         const uint8_t tag[static 32])
{
    uint8_t d[8];
    const sc_bytes parts[] = {sc_bytes_of(types[SC_ENTRY_REFUSAL].name),
                              sc_bytes_of(refuser),
                              sc_bytes_of(asker),
                              {query, SC_HASH_LEN},
                              {d, sizeof d},
                              {tag, 32}};

    sc_store_le64(d, (uint64_t)day);
    sc_hash_tagged(i, "entry/id/1", parts, sizeof parts / sizeof *parts);
}
