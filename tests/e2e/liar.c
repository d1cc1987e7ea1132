/* tests/e2e/liar.c: a node that lies inside a job, for the scripts beside it.
 *
 * The product has no switch for this. build/tests/e2e/liar is the same command,
 * linked so that the calls below come here first (ld's --wrap; the Makefile
 * lists them); without SC_LIE_AT it is honest. One word says which lie:
 *
 *   consent    a consent whose signature does not hold
 *   heads      COMMIT over other transcripts than the ones that it saw
 *   refusal    no COMMIT, but the word that the consortium's first party refused
 *   sign       SIGN over another receipt
 *   signature  SIGN with a signature that does not hold
 *   entry      a receipt/1 with the true i, and a d of which no fully signed
 *              receipt exists, brought to the log before its SIGN leaves
 *   twin       two valid signatures under one receipt, the other one for the
 *              consortium's first party alone
 *   share      an output share that is not the one committed to
 *   root       a share released under a root that no replica has
 *   proof      an entry of a sum of ciphertexts, committed to, whose proof does
 *              not hold
 *   part       a part of such a sum that is none
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/run/statement.h"
#include "job/run/tally.h"
#include "ledger/keeper.h"
#include "ledger/receipt.h"
#include "net/session.h"

#define ENTRY_MS   1200 /* until the log has the false entry */

#define WRAP(name) __wrap_##name
#define REAL(name) __real_##name

static sc_keeper *my_keeper; /* one node a process */

/* 1 or 0. */
static uint8_t lies(const char *at)
{
    const char *word = getenv("SC_LIE_AT");

    return word != NULL && strcmp(word, at) == 0;
}

/* ---- consent ------------------------------------------------------------ */

sc_err REAL(sc_msg_consent_put)(sc_frame *f, sc_buf *room,
                                const sc_msg_consent *m);
sc_err WRAP(sc_msg_consent_put)(sc_frame *f, sc_buf *room,
                                const sc_msg_consent *m);
sc_err WRAP(sc_msg_consent_put)(sc_frame *f, sc_buf *room,
                                const sc_msg_consent *m)
{
    sc_msg_consent said = *m;

    said.signature[7] = (uint8_t)(said.signature[7] ^ lies("consent"));
    return REAL(sc_msg_consent_put)(f, room, &said);
}

/* ---- commit ------------------------------------------------------------- */

/* The heads as they are told: signed and sent alike, while the liar itself goes
 * on with the true ones and finds no fault. */
static sc_err tell_heads(sc_buf *told, sc_bytes heads)
{
    sc_err err = sc_buf_put_bytes(told, heads);

    if (err == SC_OK && told->len > 7) {
        told->p[7] = (uint8_t)(told->p[7] ^ lies("heads"));
    }
    return err;
}

sc_err REAL(sc_statement_heads)(uint8_t sig[static SC_SIG_LEN],
                                const sc_sign_key *identity,
                                const sc_consortium *c,
                                const uint8_t sid[static 32], size_t party,
                                const sc_opt_bytes *output, sc_bytes heads);
sc_err WRAP(sc_statement_heads)(uint8_t sig[static SC_SIG_LEN],
                                const sc_sign_key *identity,
                                const sc_consortium *c,
                                const uint8_t sid[static 32], size_t party,
                                const sc_opt_bytes *output, sc_bytes heads);
sc_err WRAP(sc_statement_heads)(uint8_t sig[static SC_SIG_LEN],
                                const sc_sign_key *identity,
                                const sc_consortium *c,
                                const uint8_t sid[static 32], size_t party,
                                const sc_opt_bytes *output, sc_bytes heads)
{
    sc_buf told = {0};
    sc_err err = lies("refusal") ? SC_E_IO : tell_heads(&told, heads);

    if (err == SC_OK) {
        err = REAL(sc_statement_heads)(sig, identity, c, sid, party, output,
                                       sc_buf_bytes(&told));
    }
    sc_buf_clear(&told);
    return err;
}

sc_err REAL(sc_msg_commit_put)(sc_frame *f, sc_buf *room,
                               const sc_msg_commit *m);
sc_err WRAP(sc_msg_commit_put)(sc_frame *f, sc_buf *room,
                               const sc_msg_commit *m);
sc_err WRAP(sc_msg_commit_put)(sc_frame *f, sc_buf *room,
                               const sc_msg_commit *m)
{
    static sc_buf told; /* the frame borrows it; jobs run one by one here */
    sc_msg_commit said = *m;
    sc_err err;

    sc_buf_reset(&told);
    err = tell_heads(&told, m->heads);
    said.heads = sc_buf_bytes(&told);
    return err == SC_OK ? REAL(sc_msg_commit_put)(f, room, &said) : err;
}

sc_err REAL(sc_msg_abort_put)(sc_frame *f, sc_buf *room, const sc_msg_abort *m);
sc_err WRAP(sc_msg_abort_put)(sc_frame *f, sc_buf *room, const sc_msg_abort *m);
sc_err WRAP(sc_msg_abort_put)(sc_frame *f, sc_buf *room, const sc_msg_abort *m)
{
    sc_msg_abort said = *m;

    if (lies("refusal")) {
        said.reason = SC_E_REFUSED;
        said.blamed = 0;
    }
    return REAL(sc_msg_abort_put)(f, room, &said);
}

/* ---- sign --------------------------------------------------------------- */

sc_err REAL(sc_msg_sign_put)(sc_frame *f, sc_buf *room, const sc_msg_sign *m);
sc_err WRAP(sc_msg_sign_put)(sc_frame *f, sc_buf *room, const sc_msg_sign *m);
sc_err WRAP(sc_msg_sign_put)(sc_frame *f, sc_buf *room, const sc_msg_sign *m)
{
    sc_msg_sign said = *m;

    said.receipt[7] = (uint8_t)(said.receipt[7] ^ lies("sign"));
    said.proof[7] = (uint8_t)(said.proof[7] ^ lies("signature"));
    return REAL(sc_msg_sign_put)(f, room, &said);
}

sc_err REAL(sc_keeper_new)(sc_keeper **k, const sc_keeper_config *config,
                           sc_fault *why);
sc_err WRAP(sc_keeper_new)(sc_keeper **k, const sc_keeper_config *config,
                           sc_fault *why);
sc_err WRAP(sc_keeper_new)(sc_keeper **k, const sc_keeper_config *config,
                           sc_fault *why)
{
    sc_err err = REAL(sc_keeper_new)(k, config, why);

    my_keeper = *k;
    return err;
}

/* An entry that names the receipt without its signatures. */
static sc_err submit_false(const json_t *body, const char *did,
                           const sc_sign_key *identity)
{
    sc_err err = SC_E_BUG;
    json_t *bare = json_deep_copy(body);
    sc_buf text = {0};
    sc_entry_type type;
    uint64_t index;
    sc_entry e;

    SC_REQUIRE(json_object_set_new(bare, "proof", json_array()) == 0, SC_E_MEM);
    SC_TRY(sc_receipt_entry(&e, bare, did, identity));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_keeper_submit(my_keeper, sc_buf_bytes(&text), NULL));
    err = sc_keeper_wait_fate(my_keeper, &type, &index, e.s,
                              sc_clock_ms() + ENTRY_MS);
    SC_REQUIRE(err == SC_OK || err == SC_E_TIMEOUT, err);
    err = SC_OK;
out:
    json_decref(bare);
    sc_buf_clear(&text);
    return err;
}

/* Ed25519 with a nonce that is drawn, not derived: another signature of the
 * same text under the same key, which every verifier takes. */
static void sign_twin(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
                      sc_bytes m)
{
    uint8_t az[64] = {0}, wide[64], r[32], a[32], k[32];
    crypto_hash_sha512_state hash;

    randombytes_buf(wide, sizeof wide);
    crypto_core_ed25519_scalar_reduce(r, wide);
    crypto_scalarmult_ed25519_base_noclamp(sig, r);
    crypto_hash_sha512(az, key->seed, 32);
    az[0] &= 248;
    az[31] = (uint8_t)((az[31] & 127) | 64);
    memset(az + 32, 0, 32);
    crypto_core_ed25519_scalar_reduce(a, az);
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, sig, 32);
    crypto_hash_sha512_update(&hash, key->pk, 32);
    crypto_hash_sha512_update(&hash, m.p, m.len);
    crypto_hash_sha512_final(&hash, wide);
    crypto_core_ed25519_scalar_reduce(k, wide);
    crypto_core_ed25519_scalar_mul(sig + 32, k, a);
    crypto_core_ed25519_scalar_add(sig + 32, sig + 32, r);
}

static uint8_t twin[SC_SIG_LEN]; /* of the receipt; jobs run one by one here */
static _Thread_local int is_receipt;

void REAL(sc_sign)(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
                   sc_bytes message);
void WRAP(sc_sign)(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
                   sc_bytes message);
void WRAP(sc_sign)(uint8_t sig[static SC_SIG_LEN], const sc_sign_key *key,
                   sc_bytes message)
{
    REAL(sc_sign)(sig, key, message);
    if (is_receipt && lies("twin")) {
        sign_twin(twin, key, message);
    }
}

sc_err REAL(sc_session_send)(sc_session *s, size_t party, const sc_frame *f,
                             uint64_t deadline_ms, sc_fault *why);
sc_err WRAP(sc_session_send)(sc_session *s, size_t party, const sc_frame *f,
                             uint64_t deadline_ms, sc_fault *why);
sc_err WRAP(sc_session_send)(sc_session *s, size_t party, const sc_frame *f,
                             uint64_t deadline_ms, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf room = {0};
    sc_frame other = *f;
    sc_msg_sign m;

    if (f->type == SC_MSG_SIGN && party == 0 && lies("twin")) {
        SC_TRY(sc_msg_sign_get(&m, f));
        memcpy(m.proof, twin, sizeof twin);
        SC_TRY(REAL(sc_msg_sign_put)(&other, &room, &m));
        other.op = f->op;
    }
    SC_TRY(REAL(sc_session_send)(s, party, &other, deadline_ms, why));
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

sc_err REAL(sc_receipt_sign)(uint8_t sig[static SC_SIG_LEN], const json_t *body,
                             const char *did, int64_t created,
                             const sc_sign_key *identity);
sc_err WRAP(sc_receipt_sign)(uint8_t sig[static SC_SIG_LEN], const json_t *body,
                             const char *did, int64_t created,
                             const sc_sign_key *identity);
sc_err WRAP(sc_receipt_sign)(uint8_t sig[static SC_SIG_LEN], const json_t *body,
                             const char *did, int64_t created,
                             const sc_sign_key *identity)
{
    sc_err err;

    is_receipt = 1;
    err = REAL(sc_receipt_sign)(sig, body, did, created, identity);
    is_receipt = 0;
    return err == SC_OK && lies("entry") ? submit_false(body, did, identity)
                                         : err;
}

/* ---- open --------------------------------------------------------------- */

sc_err REAL(sc_msg_share_put)(sc_frame *f, sc_buf *room, const sc_msg_share *m);
sc_err WRAP(sc_msg_share_put)(sc_frame *f, sc_buf *room, const sc_msg_share *m);
sc_err WRAP(sc_msg_share_put)(sc_frame *f, sc_buf *room, const sc_msg_share *m)
{
    static sc_buf values; /* the frame borrows them; shares are sent by one
                           * thread at a time */
    sc_msg_share said = *m;
    sc_err err = SC_E_BUG;

    sc_buf_reset(&values);
    SC_TRY(sc_buf_put_bytes(&values, m->values));
    values.p[3] = (uint8_t)(values.p[3] ^ lies("share"));
    said.values = sc_buf_bytes(&values);
    said.root[7] = (uint8_t)(said.root[7] ^ lies("root"));
    SC_TRY(REAL(sc_msg_share_put)(f, room, &said));
    err = SC_OK;
out:
    return err;
}

/* ---- a sum of ciphertexts ------------------------------------------------- */

/* A bit of what was just appended: of the proof, or of the first ciphertext. */
static void spoil(sc_buf *out, size_t from, const char *lie)
{
    const size_t at = strcmp(lie, "proof") == 0 ? out->len - 40 : from + 9;

    out->p[at] = (uint8_t)(out->p[at] ^ lies(lie));
}

sc_err REAL(sc_tally_entry)(const sc_tally *t, size_t position,
                            const sc_u128 *y, sc_rng *rng, sc_buf *out);
sc_err WRAP(sc_tally_entry)(const sc_tally *t, size_t position,
                            const sc_u128 *y, sc_rng *rng, sc_buf *out);
sc_err WRAP(sc_tally_entry)(const sc_tally *t, size_t position,
                            const sc_u128 *y, sc_rng *rng, sc_buf *out)
{
    const size_t from = out->len;
    sc_err err = REAL(sc_tally_entry)(t, position, y, rng, out);

    if (err == SC_OK) {
        spoil(out, from, "proof");
    }
    return err;
}

sc_err REAL(sc_tally_part)(const sc_tally *t, size_t position, sc_rng *rng,
                           sc_buf *out);
sc_err WRAP(sc_tally_part)(const sc_tally *t, size_t position, sc_rng *rng,
                           sc_buf *out);
sc_err WRAP(sc_tally_part)(const sc_tally *t, size_t position, sc_rng *rng,
                           sc_buf *out)
{
    const size_t from = out->len;
    sc_err err = REAL(sc_tally_part)(t, position, rng, out);

    if (err == SC_OK) {
        spoil(out, from, "part");
    }
    return err;
}
