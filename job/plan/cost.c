/* job/plan/cost.c: the messages themselves, packed with blank fields and measured.
 *
 * Integers of msgpack are as long as their value; a log of up to 65,535
 * entries, times of this century and a policy epoch below 128 are taken, which
 * is off by a few bytes at the most. */
#include "job/plan/cost.h"

#include "base/mem.h"
#include "net/messages.h"

#define TYPICAL_SIZE 1000       /* entries of the log */
#define TYPICAL_TIME 1800000000 /* POSIX seconds */

static const uint8_t zeros[SC_MSG_MAX_HEADS * SC_MSG_HEAD_LEN];

static sc_opt_bytes some32(void)
{
    sc_opt_bytes o = {.is_set = 1};

    return o;
}

typedef sc_err put_words(sc_frame *f, sc_buf *room, const sc_msg_share *m);

/* SHARE or PART, chunk by chunk; the words are not needed to know their length. */
static sc_err words_bytes(uint64_t *out, put_words *put, int is_committed,
                          size_t n)
{
    sc_buf room = {0};
    uint8_t *values = sc_alloc(SC_MSG_MAX_SHARES, SC_MSG_SHARE_WORD);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(values != NULL, SC_E_MEM);
    for (size_t at = 0; at < n; at += SC_MSG_MAX_SHARES) {
        size_t left = n - at;
        sc_msg_share m = {.chunk = at / SC_MSG_MAX_SHARES,
                          .n = left < SC_MSG_MAX_SHARES ? left
                                                        : SC_MSG_MAX_SHARES,
                          .last = left <= SC_MSG_MAX_SHARES,
                          .size = TYPICAL_SIZE};
        sc_frame f;

        m.r32.is_set = is_committed && at == 0;
        m.values = (sc_bytes){values, (size_t)m.n * SC_MSG_SHARE_WORD};
        SC_TRY(put(&f, &room, &m));
        *out += sc_frame_len(&f);
    }
    err = SC_OK;
out:
    sc_buf_clear(&room);
    sc_free(values);
    return err;
}

/* NONCE, CONSENT, COMMIT, SIGN of a party, with rows or without. */
static sc_err agreement_bytes(uint64_t *out, size_t n_parties, int has_rows)
{
    const sc_opt_bytes none = {0};
    sc_msg_nonce nonce = {{0}, {0}};
    sc_msg_consent consent = {.input = has_rows ? some32() : none,
                              .not_after = TYPICAL_TIME};
    sc_msg_commit commit = {.output = has_rows ? some32() : none};
    sc_msg_sign sign = {{0}, {0}};
    sc_buf room = {0};
    sc_frame f;
    sc_err err = SC_E_BUG;

    commit.heads = (sc_bytes){zeros, 2 * (n_parties - 1) * SC_MSG_HEAD_LEN};
    SC_TRY(sc_msg_nonce_put(&f, &room, &nonce));
    *out += sc_frame_len(&f);
    SC_TRY(sc_msg_consent_put(&f, &room, &consent));
    *out += sc_frame_len(&f);
    SC_TRY(sc_msg_commit_put(&f, &room, &commit));
    *out += sc_frame_len(&f);
    SC_TRY(sc_msg_sign_put(&f, &room, &sign));
    *out += sc_frame_len(&f);
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

static sc_err received_bytes(uint64_t *out)
{
    sc_msg_received m = {{0}};
    sc_buf room = {0};
    sc_frame f;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_msg_received_put(&f, &room, &m));
    *out += sc_frame_len(&f);
    err = SC_OK;
out:
    sc_buf_clear(&room);
    return err;
}

sc_err sc_cost_make(sc_plan *p)
{
    size_t n = (size_t)__builtin_popcount(sc_plan_present(p));
    sc_err err = SC_E_BUG;

    p->rounds = p->protocol == SC_PLAN_CIPHERTEXT_SUM ? 2 : 1;
    p->share_bytes = p->part_bytes = p->received_bytes = 0;
    p->owner_bytes = p->other_bytes = 0;
    SC_TRY(words_bytes(&p->share_bytes, sc_msg_share_put, 1,
                       sc_plan_share_words(p)));
    SC_TRY(
        words_bytes(&p->part_bytes, sc_msg_part_put, 0, sc_plan_part_words(p)));
    SC_TRY(received_bytes(&p->received_bytes));
    SC_TRY(agreement_bytes(&p->owner_bytes, n, 1));
    SC_TRY(agreement_bytes(&p->other_bytes, n, 0));
    err = SC_OK;
out:
    return err;
}

uint64_t sc_plan_link_bytes(const sc_plan *p, size_t from, size_t to)
{
    int owns = p->owners >> from & 1, holds = p->holders >> from & 1;
    int gets = p->results >> from & 1, to_result = p->results >> to & 1;
    int to_adder = sc_plan_adders(p) >> to & 1;
    int to_sender = (p->owners | p->holders) >> to & 1;

    if (((p->posting >> from | p->posting >> to) & 1) != 0) {
        return 0;
    }
    return (owns ? p->owner_bytes : p->other_bytes) +
           (owns && to_adder ? p->share_bytes : 0) +
           (holds && to_result ? p->part_bytes : 0) +
           (gets && to_sender ? p->received_bytes : 0);
}
