/* job/node/matter_hear.c: questions of other parties, and their answers. Both come
 * from anybody at any time: what a record does not bear out changes nothing. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "job/node/matter.h"
#include "job/run/disclose.h"
#include "job/run/opened_file.h"
#include "job/run/run.h"

/* ---- answering ---------------------------------------------------------- */

void sc_matter_say_received(const sc_house *h, const sc_dossier *d,
                            size_t party)
{
    sc_msg_received r = {{0}};
    sc_opened_file opened;
    sc_buf room = {0};
    sc_fault why = {0};
    sc_bytes answer;
    sc_frame f;

    if (sc_record_get(d->record, &answer, SC_RECORD_ANSWER) == SC_OK &&
        sc_opened_file_look(&opened, d->record, sc_dossier_n_opened(d), &why) ==
            SC_OK &&
        sc_opened_file_digest(&opened, r.digest, &why) == SC_OK) {
        sc_matter_say(h, party, sc_record_id(d->record),
                      sc_msg_received_put(&f, &room, &r), &f);
    }
    sc_buf_clear(&room);
}

static void answer_receipt(const sc_house *h, const sc_dossier *d, size_t party,
                           const sc_msg_ask *q)
{
    sc_msg_body b = {.kind = q->kind};
    sc_buf room = {0};
    sc_frame f;

    if (sc_record_get(d->record, &b.body, SC_RECORD_RECEIPT) == SC_OK) {
        sc_sha256(b.digest, b.body);
        if (memcmp(b.digest, q->digest, 32) == 0) {
            sc_matter_say(h, party, sc_record_id(d->record),
                          sc_msg_body_put(&f, &room, &b), &f);
        }
    }
    sc_buf_clear(&room);
}

/* To its parties and its auditors, once the log has it. */
static void answer_job(const sc_house *h, const sc_dossier *d, size_t party)
{
    sc_bytes job, receipt;
    uint64_t index;

    if (d->body != NULL && sc_dossier_proved(d, h, &index) == SC_OK &&
        sc_record_get(d->record, &job, SC_RECORD_JOB) == SC_OK &&
        sc_record_get(d->record, &receipt, SC_RECORD_RECEIPT) == SC_OK) {
        sc_disclose_say(h, sc_record_id(d->record), (uint32_t)1 << party, job,
                        receipt);
    }
}

static void say_chunk(const sc_house *h, const sc_dossier *d, size_t party,
                      sc_msg_type type, const sc_opened_share *share,
                      uint64_t chunk)
{
    sc_head head = sc_chain_published(h->chain);
    size_t at = (size_t)chunk * SC_FRAME_MAX_BULK;
    size_t left = share->vector.len - at;
    size_t len = left < SC_FRAME_MAX_BULK ? left : SC_FRAME_MAX_BULK;
    sc_msg_share s = {.chunk = chunk,
                      .n = len / SC_MSG_SHARE_WORD,
                      .last = len == left,
                      .size = head.size,
                      .values = {share->vector.p + at, len}};
    sc_buf room = {0};
    sc_frame f;

    memcpy(s.root, head.root.b, sizeof s.root);
    if (type == SC_MSG_SHARE && chunk == 0) {
        s.r32.is_set = 1;
        memcpy(s.r32.b, share->r32, sizeof share->r32);
    }
    sc_matter_say(h, party, sc_record_id(d->record),
                  type == SC_MSG_SHARE ? sc_msg_share_put(&f, &room, &s)
                                       : sc_msg_part_put(&f, &room, &s),
                  &f);
    sc_buf_clear(&room);
}

/* ABORT of a job that is in the log: in phase `open` that the share which is asked for
 * is not here, in `deliver` that this result party wants none any more. */
static void say_no(const sc_house *h, const sc_dossier *d, size_t party,
                   sc_phase phase, sc_err reason)
{
    sc_msg_abort m = {.reason = (uint64_t)reason,
                      .phase = phase,
                      .blamed = SC_MSG_NOBODY};
    sc_buf room = {0};
    sc_frame f;

    sc_matter_say(h, party, sc_record_id(d->record),
                  sc_msg_abort_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

/* Who waits for it learns that it waits in vain. */
static void say_unable(sc_matter *t, const sc_house *h, const sc_dossier *d,
                       size_t party, const sc_fault *why)
{
    if (t != NULL) {
        sc_matter_warn(t, h, "cannot be delivered", why);
    }
    say_no(h, d, party, SC_PHASE_OPEN, why->code);
}

/* RECEIVED; or, where this result party has given the answer up, that nobody need
 * keep anything for it. */
static void answer_received(const sc_house *h, const sc_dossier *d,
                            size_t party)
{
    sc_bytes answer;

    if (sc_record_state(d->record) == SC_RECORD_DONE &&
        sc_dossier_is(d, d->me, SC_ROLE_RESULT) &&
        sc_record_get(d->record, &answer, SC_RECORD_ANSWER) != SC_OK) {
        say_no(h, d, party, SC_PHASE_DELIVER, SC_E_CANCELLED);
    } else {
        sc_matter_say_received(h, d, party);
    }
}

/* Has the log this job's receipt here, and its copy? Nothing leaves before. */
static int is_released_here(const sc_house *h, const sc_dossier *d)
{
    uint64_t index;

    return sc_record_state(d->record) >= SC_RECORD_PROVED &&
           sc_dossier_proved(d, h, &index) == SC_OK;
}

/* Chunks of all there is of it; none behind the last. */
static int has_chunk(const sc_opened_share *share, uint64_t chunk)
{
    return chunk <
           (share->vector.len + SC_FRAME_MAX_BULK - 1) / SC_FRAME_MAX_BULK;
}

/* To a party of the receipt that adds up. After the delivery the share is
 * erased. */
static void answer_share(sc_matter *t, const sc_house *h, const sc_dossier *d,
                         size_t party, uint64_t chunk)
{
    size_t asker = sc_dossier_position(d, h, party);
    sc_opened_share share = {0};
    sc_fault why = {0};

    if (!sc_dossier_is(d, asker, SC_ROLE_RESULT | SC_ROLE_HOLDER) ||
        !sc_dossier_is(d, d->me, SC_ROLE_COMPUTING) ||
        !is_released_here(h, d)) {
        return;
    }
    if (sc_dossier_share(d, h, &share, &why) != SC_OK) {
        say_unable(t, h, d, party, &why);
    } else if (has_chunk(&share, chunk)) {
        say_chunk(h, d, party, SC_MSG_SHARE, &share, chunk);
    }
    sc_buf_clear(&share.vector);
    sc_wipe(&share, sizeof share);
}

/* To a result party; a part that is not made yet comes when it is asked for
 * again. */
static void answer_part(const sc_house *h, const sc_dossier *d, size_t party,
                        uint64_t chunk)
{
    size_t asker = sc_dossier_position(d, h, party);
    sc_opened_share part = {0};
    sc_fault why = {0};

    if (sc_dossier_is(d, asker, SC_ROLE_RESULT) &&
        sc_dossier_is(d, d->me, SC_ROLE_HOLDER) && is_released_here(h, d) &&
        sc_record_has_part(d->record) &&
        sc_record_open_part(d->record, &part.vector, h->keys->state, &why) ==
            SC_OK &&
        has_chunk(&part, chunk)) {
        say_chunk(h, d, party, SC_MSG_PART, &part, chunk);
    }
    sc_buf_clear(&part.vector);
}

void sc_matter_answer(sc_matter *t, const sc_house *h, size_t party,
                      const uint8_t job[static 16], const sc_frame *f)
{
    sc_dossier d;
    sc_msg_ask q;
    sc_fault why = {0};
    int is_party;

    if (sc_msg_ask_get(&q, f) != SC_OK ||
        sc_dossier_open(&d, h, job, &why) != SC_OK) {
        return;
    }
    is_party = d.body != NULL && sc_dossier_position(&d, h, party) != SIZE_MAX;
    if (q.kind == SC_ASK_JOB) {
        if (is_party || (sc_dossier_auditors(&d, h) >> party & 1) != 0) {
            answer_job(h, &d, party);
        }
    } else if (is_party && d.me != SIZE_MAX) {
        if (q.kind == SC_ASK_RECEIPT) {
            answer_receipt(h, &d, party, &q);
        } else if (q.kind == SC_ASK_SHARE) {
            answer_share(t, h, &d, party, sc_load_le64(q.digest));
        } else if (q.kind == SC_ASK_PART) {
            answer_part(h, &d, party, sc_load_le64(q.digest));
        } else if (q.kind == SC_ASK_RECEIVED) {
            answer_received(h, &d, party);
        }
    }
    sc_dossier_clear(&d);
}

/* ---- taking answers ----------------------------------------------------- */

/* Is it the copy of my receipt that the log names? */
static sc_err check_body(const sc_house *h, const sc_dossier *d, sc_bytes text)
{
    sc_entry e;
    uint64_t index;
    sc_err err = sc_dossier_entry(d, h, &e, &index);

    return err == SC_OK ? sc_dossier_check_copy(h, &e, d->body, text) : err;
}

static int hear_body(sc_matter *t, const sc_house *h, const sc_frame *f)
{
    sc_msg_body b;
    sc_dossier d = {0};
    sc_fault why = {0};
    sc_record_kind state;
    int is_due = 0;

    if (sc_msg_body_get(&b, f) != SC_OK ||
        sc_dossier_resume(&d, h, t->id, &why) != SC_OK) {
        return 0;
    }
    state = sc_record_state(d.record);
    if ((state == SC_RECORD_BODY || state == SC_RECORD_RECEIPT) &&
        check_body(h, &d, b.body) == SC_OK) {
        is_due =
            sc_record_put(d.record, SC_RECORD_RECEIPT, b.body, &why) == SC_OK;
        if (!is_due) {
            sc_log_line(h->log, SC_LOG_WARN, "mend",
                        "a receipt is not recorded: %s", why.text);
        }
    }
    sc_dossier_clear(&d);
    return is_due;
}

static int is_released(const sc_house *h, const sc_dossier *d,
                       const sc_msg_share *s)
{
    sc_node_hash root;
    uint64_t index;

    return sc_dossier_proved(d, h, &index) == SC_OK && s->size > index &&
           s->size <= sc_chain_published(h->chain).size &&
           sc_chain_root(h->chain, &root, s->size) == SC_OK &&
           memcmp(root.b, s->root, sizeof s->root) == 0;
}

/* Bytes that it has in all; 0 of a part while the plan is not known here. */
static size_t whole_len(const sc_matter *t, const sc_dossier *d,
                        sc_msg_type type)
{
    if (type == SC_MSG_SHARE) {
        return (size_t)sc_receipt_share_words(&d->receipt) * SC_MSG_SHARE_WORD;
    }
    return t->sums.plan == NULL
               ? 0
               : sc_plan_part_words(t->sums.plan) * SC_MSG_SHARE_WORD;
}

/* The next chunk of it, of the length that is due? */
static int fits(const sc_matter *t, const sc_dossier *d,
                const sc_opened_share *share, sc_msg_type type,
                const sc_msg_share *s)
{
    size_t all = whole_len(t, d, type), at = share->vector.len, left = all - at;

    return at < all && at % SC_FRAME_MAX_BULK == 0 &&
           s->chunk == at / SC_FRAME_MAX_BULK &&
           s->values.len ==
               (left < SC_FRAME_MAX_BULK ? left : SC_FRAME_MAX_BULK) &&
           (s->last != 0) == (s->values.len == left);
}

/* Where what this party sends belongs; NULL if it has nothing of the kind. */
static sc_opened_share *place_of(const sc_matter *t, const sc_dossier *d,
                                 size_t from, sc_msg_type type)
{
    if (type == SC_MSG_PART) {
        return sc_dossier_is(d, from, SC_ROLE_HOLDER) &&
                       sc_dossier_is(d, d->me, SC_ROLE_RESULT) &&
                       (t->distrusted >> from & 1) == 0
                   ? &t->shares[d->receipt.n_parties + from]
                   : NULL;
    }
    return sc_dossier_is(d, from, SC_ROLE_COMPUTING) &&
                   !d->receipt.parties[from].is_posted
               ? &t->shares[from]
               : NULL;
}

/* A share must be what its party has committed to; a part is checked with the sum
 * (job/node/sums.h). */
static int is_right(const sc_dossier *d, size_t from, sc_msg_type type,
                    const sc_opened_share *share)
{
    const sc_receipt_party *p = &d->receipt.parties[from];

    return type == SC_MSG_PART ||
           sc_opened_share_verify(share,
                                  sc_receipt_share_sid(&d->receipt, from),
                                  p->did, p->output) == SC_OK;
}

static int take_chunk(sc_matter *t, const sc_house *h, const sc_dossier *d,
                      size_t from, sc_msg_type type, const sc_msg_share *s)
{
    sc_opened_share *share = place_of(t, d, from, type);
    size_t party = sc_dossier_party(d, h, from);
    uint8_t next[32] = {0};

    if (share == NULL || share->is_there || !fits(t, d, share, type, s) ||
        !is_released(h, d, s) ||
        sc_buf_reserve(&share->vector,
                       whole_len(t, d, type) - share->vector.len) != SC_OK ||
        sc_buf_put_bytes(&share->vector, s->values) != SC_OK) {
        return 0;
    }
    if (s->r32.is_set) {
        memcpy(share->r32, s->r32.b, sizeof share->r32);
    }
    if (!s->last) {
        sc_store_le64(next, s->chunk + 1);
        sc_matter_ask(h, party, t->id,
                      type == SC_MSG_PART ? SC_ASK_PART : SC_ASK_SHARE, next);
        return 0;
    }
    if (is_right(d, from, type, share)) {
        share->is_there = 1;
        if (type == SC_MSG_SHARE) {
            t->liars &= ~((uint32_t)1 << party);
        }
        t->unable &= ~((uint32_t)1 << party);
        return 1;
    }
    sc_log_line(h->log, SC_LOG_WARN, "mend",
                "the share of %s does not match its commitment",
                sc_mesh_name(h->mesh, party));
    t->liars |= (uint32_t)1 << party;
    sc_buf_reset(&share->vector);
    return 0;
}

static sc_err get_words(sc_msg_share *s, const sc_frame *f)
{
    return f->type == SC_MSG_PART ? sc_msg_part_get(s, f)
                                  : sc_msg_share_get(s, f);
}

static int hear_share(sc_matter *t, const sc_house *h, size_t party,
                      const sc_frame *f)
{
    sc_msg_share s;
    sc_dossier d;
    sc_fault why = {0};
    int is_due = 0;

    if (t->shares == NULL || get_words(&s, f) != SC_OK ||
        sc_dossier_open(&d, h, t->id, &why) != SC_OK) {
        return 0;
    }
    if (d.body != NULL) {
        size_t from = sc_dossier_position(&d, h, party);

        is_due = from != SIZE_MAX &&
                 take_chunk(t, h, &d, from, (sc_msg_type)f->type, &s);
    }
    sc_dossier_clear(&d);
    return is_due;
}

/* A result party that wants nothing is as good as one that has it. */
static int hear_no(sc_matter *t, size_t party, const sc_frame *f)
{
    sc_msg_abort a;

    if (sc_msg_abort_get(&a, f) != SC_OK) {
        return 0;
    }
    if (a.phase == SC_PHASE_DELIVER) {
        t->received |= (uint32_t)1 << party;
        return 1;
    }
    t->unable |= t->shares != NULL ? (uint32_t)1 << party : 0;
    return 0;
}

int sc_matter_hear(sc_matter *t, const sc_house *h, size_t party,
                   const sc_frame *f)
{
    sc_msg_received r;

    switch (f->type) {
    case SC_MSG_BODY:
        return hear_body(t, h, f);
    case SC_MSG_SHARE:
    case SC_MSG_PART:
        return hear_share(t, h, party, f);
    case SC_MSG_RECEIVED:
        if (sc_msg_received_get(&r, f) == SC_OK &&
            (t->received >> party & 1) == 0) {
            t->received |= (uint32_t)1 << party;
            return 1;
        }
        return 0;
    case SC_MSG_ABORT:
        return hear_no(t, party, f);
    default:
        return 0;
    }
}
