/* job/conf/sumkey.c: see the header. */
#include "job/conf/sumkey.h"

#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "he/share_file.h"

/* ---- consortium.yaml --------------------------------------------------------- */

static void parse_digest(sc_sumkey_terms *t, const sc_conf *c,
                         const sc_yaml_node *node)
{
    const char *text = sc_conf_text(c, node, "key");

    if (text != NULL &&
        sc_hex_get(t->digest, sizeof t->digest, sc_bytes_of(text)) != SC_OK) {
        sc_yaml_fault(
            c->faults, c->file, node,
            "write the digest that `sharechain he keygen` printed, in "
            "quotes",
            "'key' is not 64 digits 0-9, a-f");
    }
}

static void parse_holder(sc_sumkey_terms *t, const sc_consortium *cons,
                         const sc_conf *c, const sc_yaml_node *node)
{
    char quoted[SC_CONF_QUOTE_LEN];
    const char *name = sc_conf_text(c, node, "holder");
    size_t party;

    if (name == NULL || cons->n_parties == 0) {
        return;
    }
    party = sc_consortium_party(cons, name);
    if (party == SIZE_MAX) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write a name that stands under parties",
                      "'%s' is not a party", sc_conf_quote(quoted, name));
    } else if (sc_sumkey_index(t, party) != 0) {
        sc_yaml_fault(c->faults, c->file, node, "name each holder once",
                      "'%s' is listed twice", sc_conf_quote(quoted, name));
    } else if (cons->parties[party].is_offline) {
        sc_yaml_fault(c->faults, c->file, node,
                      "name a party whose node stays up",
                      "'%s' is offline, and a holder must be there when sums "
                      "are opened",
                      sc_conf_quote(quoted, name));
    } else {
        t->holders[t->n_holders++] = party;
    }
}

static void parse_holders(sc_sumkey_terms *t, const sc_consortium *cons,
                          const sc_conf *c, const sc_yaml_node *list)
{
    if (list->n_items < 2 || list->n_items > SC_MAX_PARTIES) {
        sc_yaml_fault(c->faults, c->file, list,
                      "name the parties that hold a share, in the order of "
                      "their numbers",
                      "a key has 2 to %d holders, this one has %zu",
                      SC_MAX_PARTIES, list->n_items);
        return;
    }
    for (size_t i = 0; i < list->n_items; i++) {
        parse_holder(t, cons, c, list->items[i]);
    }
}

/* One holder alone would read every entry. */
static void parse_needed(sc_sumkey_terms *t, const sc_conf *c,
                         const sc_yaml_node *node, const sc_yaml_node *holders)
{
    int64_t most = holders == NULL ? SC_MAX_PARTIES : (int64_t)holders->n_items;
    int64_t needed = 0;

    if (sc_yaml_int(&needed, c->faults, c->file, node, 2,
                    most < 2 ? SC_MAX_PARTIES : most)) {
        t->needed = (size_t)needed;
    }
}

static void parse_bits(sc_sumkey_terms *t, const sc_conf *c,
                       const sc_yaml_node *map, int64_t bits)
{
    t->bits = (size_t)bits;
    if (!sc_he_is_size(t->bits, 0)) {
        sc_yaml_fault(c->faults, c->file, map, "write bits: 3072",
                      "'bits' is none of 2048, 3072 and 4096");
    }
}

void sc_sumkey_parse(sc_consortium *cons, const sc_conf *c,
                     const sc_yaml_node *map)
{
    sc_sumkey_terms *t = &cons->sumkey;
    const sc_yaml_node *key = NULL, *needed = NULL, *holders = NULL;
    const sc_yaml_node *dealer = NULL;
    int64_t bits = SC_HE_DEFAULT_BITS;
    const sc_yaml_field fields[] = {
        {"key", SC_YAML_F_NODE, 1, &key, 0, 0},
        {"bits", SC_YAML_F_INT, 1, &bits, 0, INT32_MAX},
        {"needed", SC_YAML_F_NODE, 1, &needed, 0, 0},
        {"holders", SC_YAML_F_LIST, 1, &holders, 0, 0},
        {"dealer", SC_YAML_F_NODE, 1, &dealer, 0, 0},
    };
    const char *text;

    sc_yaml_read(c->faults, c->file, map, fields,
                 sizeof fields / sizeof *fields);
    t->is_there = 1;
    parse_bits(t, c, map, bits);
    if (key != NULL) {
        parse_digest(t, c, key);
    }
    if (needed != NULL) {
        parse_needed(t, c, needed, holders);
    }
    if (holders != NULL) {
        parse_holders(t, cons, c, holders);
    }
    text = dealer == NULL ? NULL : sc_conf_text(c, dealer, "dealer");
    if (text != NULL && strlen(text) < sizeof t->dealer) {
        memcpy(t->dealer, text, strlen(text) + 1);
    } else if (text != NULL) {
        sc_yaml_fault(c->faults, c->file, dealer, "shorten it",
                      "'dealer' is longer than %zu bytes",
                      sizeof t->dealer - 1);
    }
}

size_t sc_sumkey_index(const sc_sumkey_terms *t, size_t party)
{
    for (size_t i = 0; i < t->n_holders; i++) {
        if (t->holders[i] == party) {
            return i + 1;
        }
    }
    return 0;
}

/* ---- node.yaml --------------------------------------------------------------- */

static void check_share(const sc_nodeconf *n, const sc_conf *c,
                        const sc_yaml_node *at, int has_share)
{
    const sc_sumkey_terms *t = &n->consortium->sumkey;
    const char *name = n->consortium->parties[n->me].name;
    size_t index = sc_sumkey_index(t, n->me);

    if (index != 0 && !has_share) {
        sc_yaml_fault(
            c->faults, c->file, at,
            "write ciphertext_sum: {key: K.pub, share: K.share?} with "
            "the files that the dealer handed over",
            "%s holds share %zu of the consortium's key, and its file "
            "is not named",
            name, index);
    } else if (index == 0 && has_share) {
        sc_yaml_fault(c->faults, c->file, at, "leave share: out",
                      "in the consortium file %s is no holder of the key",
                      name);
    }
}

sc_err sc_sumkey_parse_files(sc_nodeconf *n, const sc_conf *c,
                             const sc_yaml_node *map, const sc_yaml_node *root)
{
    const sc_yaml_node *key = NULL, *share = NULL;
    const sc_yaml_field fields[] = {
        {"key", SC_YAML_F_NODE, 1, &key, 0, 0},
        {"share", SC_YAML_F_NODE, 0, &share, 0, 0},
    };
    const char *text;
    sc_err err = SC_E_BUG;

    if (map != NULL && !n->consortium->sumkey.is_there) {
        sc_yaml_fault(c->faults, c->file, map, "leave it out",
                      "the consortium file has no ciphertext_sum");
        return SC_OK;
    }
    if (map != NULL) {
        sc_yaml_read(c->faults, c->file, map, fields,
                     sizeof fields / sizeof *fields);
    }
    check_share(n, c, map == NULL ? root : map, share != NULL);
    text = key == NULL ? NULL : sc_conf_text(c, key, "key");
    if (text != NULL) {
        n->sum_key = sc_nodeconf_path(n, text);
        SC_REQUIRE(n->sum_key != NULL, SC_E_MEM);
    }
    text = share == NULL ? NULL : sc_conf_text(c, share, "share");
    if (text != NULL) {
        n->sum_share = sc_nodeconf_path(n, text);
        SC_REQUIRE(n->sum_share != NULL, SC_E_MEM);
    }
    err = SC_OK;
out:
    return err;
}

/* ---- the key ----------------------------------------------------------------- */

/* Is it the key of these terms? */
static sc_err check_key(const sc_threshold *key, const sc_sumkey_terms *terms,
                        sc_fault *why)
{
    uint8_t digest[SC_HASH_LEN];
    sc_err err = sc_threshold_digest(digest, key);

    if (err != SC_OK) {
        return sc_fault_from(why, err);
    }
    if (memcmp(digest, terms->digest, sizeof digest) != 0) {
        return sc_fault_set(why, SC_E_CHEAT,
                            "it is not the key that the consortium file names");
    }
    if (sc_he_bits(sc_threshold_public(key)) != terms->bits ||
        sc_threshold_needed(key) != terms->needed ||
        sc_threshold_parties(key) != terms->n_holders) {
        return sc_fault_set(
            why, SC_E_CHEAT,
            "the key has %zu bits, %zu holders and needs %zu; the consortium "
            "file says %zu, %zu and %zu",
            sc_he_bits(sc_threshold_public(key)), sc_threshold_parties(key),
            sc_threshold_needed(key), terms->bits, terms->n_holders,
            terms->needed);
    }
    return SC_OK;
}

sc_err sc_sumkey_take(sc_sumkey **k, const sc_sumkey_terms *terms,
                      sc_bytes text, sc_fault *why)
{
    sc_sumkey *made = sc_alloc(1, sizeof *made);
    sc_err err = SC_E_BUG;

    *k = NULL;
    SC_REQUIRE(made != NULL, SC_E_MEM);
    err = sc_threshold_get(&made->key, text, 0);
    if (err == SC_E_WIRE || err == SC_E_CHEAT) {
        err = sc_fault_set(why, SC_E_CHEAT, "it is no key in shares");
    }
    SC_TRY(err);
    SC_TRY(check_key(made->key, terms, why));
    SC_TRY(sc_encryptor_new(&made->e, sc_threshold_public(made->key), 0));
    *k = made;
    made = NULL;
    err = SC_OK;
out:
    sc_sumkey_free(&made);
    return sc_fault_from(why, err);
}

static sc_err load_share(sc_sumkey *k, const sc_nodeconf *n, sc_fault *why)
{
    size_t index = sc_sumkey_index(&n->consortium->sumkey, n->me);
    sc_err err =
        sc_share_load(&k->share, k->key, n->sum_share, (sc_bytes){0}, why);

    if (err == SC_E_REFUSED || (err == SC_E_ARG && k->share.index == 0)) {
        sc_fault_remedy(why, "a node starts alone: its share is a file without "
                             "a passphrase (`he keygen --open`), readable by "
                             "its user only");
    }
    SC_TRY(err);
    if (k->share.index != index) {
        err = sc_fault_set(why, SC_E_CONFIG,
                           "it is share %zu, and this party holds share %zu",
                           k->share.index, index);
        goto out;
    }
    err = sc_threshold_check_share(k->key, &k->share);
    if (err == SC_E_CHEAT) {
        sc_fault_set(why, err,
                     "the share is damaged: it is not the one that "
                     "the key's public file speaks of");
        sc_fault_remedy(why, "restore it from your backup, or ask the dealer");
    }
    SC_TRY(err);
    err = SC_OK;
out:
    if (err != SC_OK && err != SC_E_MEM) {
        sc_fault_at(why, n->sum_share, 0, 0);
        why->code = err = SC_E_CONFIG;
    }
    return err;
}

sc_err sc_sumkey_load(sc_sumkey **k, const sc_nodeconf *n, sc_fault *why)
{
    sc_sumkey *made = NULL;
    sc_buf text = {0};
    sc_err err = SC_E_BUG;

    *k = NULL;
    if (n->sum_key == NULL) {
        return SC_OK;
    }
    SC_TRY(sc_file_read(&text, n->sum_key, SC_SHARE_FILE_MAX, why));
    err =
        sc_sumkey_take(&made, &n->consortium->sumkey, sc_buf_bytes(&text), why);
    if (err == SC_E_CHEAT) {
        sc_fault_at(why, n->sum_key, 0, 0);
        why->code = err = SC_E_CONFIG;
    }
    SC_REQUIRE(err == SC_OK && made != NULL, err);
    if (n->sum_share != NULL) {
        SC_TRY(load_share(made, n, why));
    }
    *k = made;
    made = NULL;
    err = SC_OK;
out:
    sc_buf_clear(&text);
    sc_sumkey_free(&made);
    return sc_fault_from(why, err);
}

void sc_sumkey_free(sc_sumkey **k)
{
    if (*k != NULL) {
        sc_encryptor_free(&(*k)->e);
        sc_threshold_free(&(*k)->key);
        sc_wipe(*k, sizeof **k);
        sc_free(*k);
        *k = NULL;
    }
}
