/* job/conf/parties.c: each block by itself, then all keys against one another.
 *
 * Keys are compared only once all of them are known to be well-formed. */
#include "job/conf/parties.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "job/conf/block.h"

#define PASTE_REMEDY                                                           \
    "paste the block as that party's `sharechain init` prints it"

/* Where a party's values stand, for faults. */
typedef struct {
    const sc_yaml_node *block;
    const sc_yaml_node *name, *did, *transport, *cosigner, *log, *address, *sig;
} places;

/* A text that fits its field; NULL and a fault if not. */
static const char *copy_text(char *out, size_t len, const sc_conf *c,
                             const sc_yaml_node *node, const char *key)
{
    const char *text = node == NULL ? NULL : sc_conf_text(c, node, key);

    if (text == NULL) {
        return NULL;
    }
    if (strlen(text) >= len) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "'%s' is longer than %zu characters", key, len - 1);
        return NULL;
    }
    memcpy(out, text, strlen(text) + 1);
    return text;
}

/* Was it read? err of its reader; text says what it is not. */
static int is_right(const sc_conf *c, const sc_yaml_node *node, sc_err err,
                    const char *text)
{
    if (err == SC_E_MEM) {
        sc_faults_no_memory(c->faults);
    } else if (err != SC_OK) {
        sc_yaml_fault(c->faults, c->file, node, PASTE_REMEDY, "%s", text);
    }
    return err == SC_OK;
}

static int parse_did(sc_party *p, const sc_conf *c, const sc_yaml_node *node)
{
    const char *text = copy_text(p->did, sizeof p->did, c, node, "did");

    if (text == NULL) {
        return 0;
    }
    return is_right(c, node, sc_did_take(p->identity, sc_bytes_of(text)),
                    "'did' is not the did:key:z6Mk... of an Ed25519 key");
}

static int parse_transport(sc_party *p, const sc_conf *c,
                           const sc_yaml_node *node)
{
    const char *text =
        copy_text(p->transport, sizeof p->transport, c, node, "transport");
    sc_err err;

    if (text == NULL) {
        return 0;
    }
    err = sc_z85_get(p->transport_key, SC_KEY_LEN, sc_bytes_of(text));
    err = err == SC_OK ? sc_key_check_x25519(p->transport_key) : err;
    return is_right(c, node, err,
                    "'transport' is not a CURVE public key in 40 characters of "
                    "Z85");
}

/* A verifier key of this type under this name (NULL: any). */
static int parse_vkey(char *text, size_t len, uint8_t pk[static SC_KEY_LEN],
                      const sc_conf *c, const sc_yaml_node *node,
                      const char *key, sc_note_type type, const char *name)
{
    char quoted[SC_CONF_QUOTE_LEN], misfit[80];
    sc_note_key vkey;
    sc_err err;

    if (copy_text(text, len, c, node, key) == NULL) {
        return 0;
    }
    (void)snprintf(misfit, sizeof misfit,
                   "'%s' is not a note verifier key of type 0x%02x", key,
                   (unsigned)type);
    err = sc_note_key_take(&vkey, sc_bytes_of(text));
    err = err == SC_OK && vkey.type != type ? SC_E_WIRE : err;
    if (!is_right(c, node, err, misfit)) {
        return 0;
    }
    if (name != NULL && strcmp(vkey.name, name) != 0) {
        sc_yaml_fault(c->faults, c->file, node, PASTE_REMEDY,
                      "the key's name is '%s', and must be the party's name",
                      sc_conf_quote(quoted, vkey.name));
        return 0;
    }
    memcpy(pk, vkey.pk, SC_KEY_LEN);
    return 1;
}

static int parse_address(sc_party *p, const sc_conf *c,
                         const sc_yaml_node *node)
{
    const char *text =
        copy_text(p->address, sizeof p->address, c, node, "address");

    if (text == NULL) {
        return 0;
    }
    if (!sc_conf_is_address(text, 0)) {
        sc_yaml_fault(c->faults, c->file, node,
                      "write it as tcp://alice.example:7400",
                      "'address' is not tcp://host:port");
        return 0;
    }
    return 1;
}

/* 1 if every key and text of the block could be read. */
static int parse_block(sc_party *p, places *at, const sc_conf *c)
{
    const sc_yaml_field fields[] = {
        {"name", SC_YAML_F_NODE, 1, &at->name, 0, 0},
        {"did", SC_YAML_F_NODE, 1, &at->did, 0, 0},
        {"transport", SC_YAML_F_NODE, 1, &at->transport, 0, 0},
        {"cosigner", SC_YAML_F_NODE, 1, &at->cosigner, 0, 0},
        {"log", SC_YAML_F_NODE, 1, &at->log, 0, 0},
        {"address", SC_YAML_F_NODE, 1, &at->address, 0, 0},
        {"offline", SC_YAML_F_BOOL, 0, &p->is_offline, 0, 0},
        {"sig", SC_YAML_F_NODE, 1, &at->sig, 0, 0},
    };
    const char *name;
    int is_good;

    sc_yaml_read(c->faults, c->file, at->block, fields,
                 sizeof fields / sizeof *fields);
    name = sc_conf_name(p->name, c, at->name, "name");
    is_good = name != NULL;
    is_good &= parse_did(p, c, at->did);
    is_good &= parse_transport(p, c, at->transport);
    is_good &= parse_vkey(p->cosigner, sizeof p->cosigner, p->cosigner_key, c,
                          at->cosigner, "cosigner", SC_NOTE_COSIGNATURE, name);
    is_good &= parse_vkey(p->log, sizeof p->log, p->log_key, c, at->log, "log",
                          SC_NOTE_ED25519, NULL);
    is_good &= parse_address(p, c, at->address);
    return is_good;
}

/* ---- what all blocks have in common: the consortium, the origin --------- */

static sc_err check_sig(int *is_bad, const sc_party *p, const places *at,
                        const sc_conf *c, const char *consortium)
{
    const char *sig = at->sig == NULL ? NULL : sc_conf_text(c, at->sig, "sig");
    sc_err err = sig == NULL ? SC_OK : sc_block_verify(p, consortium, sig);

    *is_bad = err == SC_E_CHEAT;
    if (err == SC_E_WIRE) {
        sc_yaml_fault(c->faults, c->file, at->sig, PASTE_REMEDY,
                      "'sig' is not the multibase text (z...) of a signature");
    }
    return err == SC_E_WIRE || err == SC_E_CHEAT ? SC_OK : err; /* noted */
}

static void bad_sig(const sc_party *p, const places *at, const sc_conf *c,
                    const char *consortium)
{
    char remedy[256];

    (void)snprintf(remedy, sizeof remedy,
                   "put back what was signed, or let %.63s run its "
                   "`sharechain init` with --again and paste what that prints",
                   p->name);
    sc_yaml_fault(c->faults, c->file, at->sig, remedy,
                  "the signature of %s's block does not hold in consortium "
                  "%s: its name, address, offline or a key, or the "
                  "consortium's name, was edited after `sharechain init`",
                  p->name, consortium);
}

/* If every signature fails, the one thing they share is likely wrong. */
static sc_err check_sigs(const sc_consortium *cons, const places *at,
                         const sc_conf *c, const int *are_good,
                         const sc_yaml_node *name_at)
{
    int are_bad[SC_MAX_PARTIES] = {0};
    size_t n_bad = 0;
    sc_err err = SC_E_BUG;

    for (size_t i = 0; cons->name[0] != '\0' && i < cons->n_parties; i++) {
        if (are_good[i]) {
            SC_TRY(check_sig(&are_bad[i], &cons->parties[i], &at[i], c,
                             cons->name));
            n_bad += are_bad[i] != 0;
        }
    }
    if (n_bad == cons->n_parties) {
        sc_yaml_fault(c->faults, c->file, name_at,
                      "write the name that all gave to `sharechain init "
                      "--consortium`; or each runs it with --again",
                      "no party's block is signed for a consortium named %s",
                      cons->name);
        return SC_OK;
    }
    for (size_t i = 0; i < cons->n_parties; i++) {
        if (are_bad[i]) {
            bad_sig(&cons->parties[i], &at[i], c, cons->name);
        }
    }
    err = SC_OK;
out:
    return err;
}

/* The origin in a party's log key; NULL where none could be read. */
static const char *origin_of(sc_note_key *room, const sc_party *p,
                             const sc_conf *c)
{
    sc_err err = sc_note_key_take(room, sc_bytes_of(p->log));

    if (err == SC_E_MEM) {
        sc_faults_no_memory(c->faults);
    }
    return err == SC_OK ? room->name : NULL;
}

/* If every log key is of one other origin, the ledger's line is wrong. */
static void check_origins(const sc_consortium *cons, const places *at,
                          const sc_conf *c, const sc_yaml_node *origin_at)
{
    const char *origin = cons->roster.origin;
    char quoted[SC_CONF_QUOTE_LEN];
    sc_note_key first, key;
    const char *common = origin_of(&first, &cons->parties[0], c);
    size_t n_common = 0;

    for (size_t i = 0; common != NULL && i < cons->n_parties; i++) {
        const char *other = origin_of(&key, &cons->parties[i], c);

        n_common += other != NULL && strcmp(other, common) == 0;
    }
    if (n_common == cons->n_parties && strcmp(common, origin) != 0) {
        char remedy[160];

        (void)snprintf(remedy, sizeof remedy, "write origin: %.127s",
                       sc_conf_quote(quoted, common));
        sc_yaml_fault(c->faults, c->file, origin_at, remedy,
                      "the parties made their log keys for another origin");
        return;
    }
    for (size_t i = 0; i < cons->n_parties; i++) {
        const char *other = origin_of(&key, &cons->parties[i], c);

        if (other != NULL && strcmp(other, origin) != 0) {
            sc_yaml_fault(c->faults, c->file, at[i].log,
                          "let that party run `sharechain init` with the "
                          "ledger's --origin",
                          "the key's name is '%s', and must be the ledger's "
                          "origin",
                          sc_conf_quote(quoted, other));
        }
    }
}

/* ---- all keys and names of all parties differ ------------------------- */

#define N_PURPOSES 4

static const struct {
    const char *words;
    size_t offset;
} purposes[N_PURPOSES] = {
    {"identity key", offsetof(sc_party, identity)},
    {"transport key", offsetof(sc_party, transport_key)},
    {"cosigner key", offsetof(sc_party, cosigner_key)},
    {"log key", offsetof(sc_party, log_key)},
};

static const uint8_t *key_of(const sc_party *p, size_t purpose)
{
    return (const uint8_t *)p + purposes[purpose].offset;
}

static const sc_yaml_node *key_place(const places *at, size_t purpose)
{
    const sc_yaml_node *const nodes[N_PURPOSES] = {at->did, at->transport,
                                                   at->cosigner, at->log};

    return nodes[purpose];
}

/* Key number b (party b / 4, purpose b % 4) against all before it. */
static void compare_key(const sc_consortium *cons, const places *at,
                        const sc_conf *c, size_t b)
{
    const sc_party *q = &cons->parties[b / N_PURPOSES];

    for (size_t a = 0; a < b; a++) {
        const sc_party *p = &cons->parties[a / N_PURPOSES];

        if (memcmp(key_of(p, a % N_PURPOSES), key_of(q, b % N_PURPOSES),
                   SC_KEY_LEN) == 0) {
            sc_yaml_fault(c->faults, c->file,
                          key_place(&at[b / N_PURPOSES], b % N_PURPOSES),
                          "each party makes its own five keys with "
                          "`sharechain init`",
                          "%s's %s is also %s's %s", q->name,
                          purposes[b % N_PURPOSES].words, p->name,
                          purposes[a % N_PURPOSES].words);
            return;
        }
    }
}

static void compare_names(const sc_consortium *cons, const places *at,
                          const sc_conf *c, size_t b)
{
    for (size_t a = 0; a < b; a++) {
        const sc_party *p = &cons->parties[a], *q = &cons->parties[b];

        if (p->name[0] != '\0' && strcmp(p->name, q->name) == 0) {
            sc_yaml_fault(c->faults, c->file, at[b].name, "",
                          "there are two parties named %s", q->name);
        }
        if (p->address[0] != '\0' && strcmp(p->address, q->address) == 0) {
            sc_yaml_fault(c->faults, c->file, at[b].address, "",
                          "two parties have this address");
        }
    }
}

/* Two must be there to vouch for the log. */
static void check_cosigners(const sc_consortium *cons, const sc_conf *c,
                            const sc_yaml_node *list)
{
    size_t n = 0;

    for (size_t i = 0; i < cons->n_parties; i++) {
        n += !cons->parties[i].is_offline;
    }
    if (n < 2) {
        sc_yaml_fault(c->faults, c->file, list,
                      "let two parties or more whose nodes stay up run their "
                      "`sharechain init` with --again and without --offline",
                      "%s of %zu parties is not offline, and at least two "
                      "must cosign the log",
                      n == 0 ? "none" : "one", cons->n_parties);
    }
}

sc_err sc_parties_parse(sc_consortium *cons, const sc_conf *c,
                        const sc_yaml_node *list, const sc_yaml_node *name_at,
                        const sc_yaml_node *origin_at)
{
    places at[SC_MAX_PARTIES] = {0};
    int are_good[SC_MAX_PARTIES] = {0}, are_all_good = 1;
    sc_err err = SC_E_BUG;

    if (list->n_items < 2 || list->n_items > SC_MAX_PARTIES) {
        sc_yaml_fault(c->faults, c->file, list, "",
                      "a consortium has 2 to %d parties, this one has %zu",
                      SC_MAX_PARTIES, list->n_items);
        return SC_OK;
    }
    cons->parties = sc_alloc(list->n_items, sizeof *cons->parties);
    SC_REQUIRE(cons->parties != NULL, SC_E_MEM);
    for (size_t i = 0; i < list->n_items; i++) {
        cons->n_parties = i + 1;
        at[i].block = list->items[i];
        are_good[i] = parse_block(&cons->parties[i], &at[i], c);
        are_all_good &= are_good[i];
        compare_names(cons, at, c, i);
    }
    check_cosigners(cons, c, list);
    SC_TRY(check_sigs(cons, at, c, are_good, name_at));
    if (cons->roster.origin[0] != '\0') {
        check_origins(cons, at, c, origin_at);
    }
    for (size_t k = 0; are_all_good && k < N_PURPOSES * cons->n_parties; k++) {
        compare_key(cons, at, c, k);
    }
    err = SC_OK;
out:
    return err;
}
