/* tests/e2e/liar.c: a node that lies inside a job, for the scripts beside it.
 *
 * The product has no switch for this. build/tests/e2e/liar is the same command,
 * linked so that the calls below come here first (ld's --wrap; the Makefile
 * lists them); without SC_LIE_AT it is honest. One word says which lie:
 *
 *   consent    a consent whose signature does not hold
 *   heads      COMMIT over other transcripts than the ones that it saw
 *   sign       SIGN over another receipt
 *   signature  SIGN with a signature that does not hold
 *   entry      a receipt/1 with the true i, and a d of which no fully signed
 *              receipt exists, brought to the log before its SIGN leaves
 *   share      an output share that is not the one committed to
 *   root       a share released under a root that no replica has
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/run/statement.h"
#include "ledger/keeper.h"
#include "ledger/receipt.h"

#define ENTRY_MS   600 /* until the log has the false entry */

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

sc_err REAL(sc_msg_commit_head_put)(sc_buf *heads, const sc_transcript_head *h);
sc_err WRAP(sc_msg_commit_head_put)(sc_buf *heads, const sc_transcript_head *h);
sc_err WRAP(sc_msg_commit_head_put)(sc_buf *heads, const sc_transcript_head *h)
{
    sc_transcript_head said = *h;

    said.hash[7] = (uint8_t)(said.hash[7] ^ lies("heads"));
    return REAL(sc_msg_commit_head_put)(heads, &said);
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
    sc_entry e;

    SC_REQUIRE(json_object_set_new(bare, "proof", json_array()) == 0, SC_E_MEM);
    SC_TRY(sc_receipt_entry(&e, bare, did, identity));
    SC_TRY(sc_entry_make(&text, &e));
    SC_TRY(sc_keeper_submit(my_keeper, sc_buf_bytes(&text), NULL));
    sc_clock_sleep_ms(ENTRY_MS);
    err = SC_OK;
out:
    json_decref(bare);
    sc_buf_clear(&text);
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
    sc_err err = REAL(sc_receipt_sign)(sig, body, did, created, identity);

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
