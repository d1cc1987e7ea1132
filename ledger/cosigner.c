/* ledger/cosigner.c: see the header. */
#include "ledger/cosigner.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_EVIDENCE 16 /* notes kept */

struct sc_cosigner {
    sc_chain *chain;
    sc_roster roster;
    sc_sign_key key, identity;
    sc_voice voice;
    const sc_log *log;
    char *dir;
    size_t n_evidence;
    int is_offline; /* signs nothing */
};

sc_err sc_cosigner_new(sc_cosigner **out, sc_chain *chain,
                       const sc_roster *roster, size_t me, const char *dir,
                       const sc_keys *keys, sc_voice voice, const sc_log *log)
{
    sc_cosigner *c = sc_alloc(1, sizeof *c);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(c != NULL, SC_E_MEM);
    c->dir = sc_strdup(dir);
    SC_REQUIRE(c->dir != NULL, SC_E_MEM);
    c->chain = chain;
    c->roster = *roster;
    c->is_offline = roster->parties[me].is_offline;
    c->key = keys->cosigner;
    c->identity = keys->identity;
    c->voice = voice;
    c->log = log;
    *out = c;
    c = NULL;
    err = SC_OK;
out:
    sc_cosigner_free(&c);
    return err;
}

void sc_cosigner_free(sc_cosigner **c)
{
    if (*c != NULL) {
        sc_free((*c)->dir);
        sc_wipe(*c, sizeof **c);
        sc_free(*c);
        *c = NULL;
    }
}

/* ---- what it says ------------------------------------------------------ */

static void say_frame(sc_cosigner *c, sc_err made, const sc_frame *f)
{
    if (made == SC_OK) {
        c->voice.send(c->voice.ctx, c->roster.sequencer, f);
    }
}

void sc_cosigner_linked(sc_cosigner *c)
{
    sc_msg_want m = {sc_chain_head(c->chain).size};
    sc_buf room = {0};
    sc_frame f;

    say_frame(c, sc_msg_want_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

static void say_conflict(sc_cosigner *c)
{
    sc_head head = sc_chain_head(c->chain);
    sc_msg_conflict m = {.size = head.size};
    sc_buf room = {0};
    sc_frame f;

    memcpy(m.root, head.root.b, SC_HASH_LEN);
    say_frame(c, sc_msg_conflict_put(&f, &room, &m), &f);
    sc_buf_clear(&room);
}

void sc_cosigner_offer_genesis(sc_cosigner *c)
{
    sc_msg_genesis m;
    sc_buf room = {0};
    sc_frame f;

    if (sc_chain_head(c->chain).size == 0 &&
        sc_entry_sign_genesis(m.signature, c->roster.digest, &c->identity) ==
            SC_OK) {
        say_frame(c, sc_msg_genesis_put(&f, &room, &m), &f);
    }
    sc_buf_clear(&room);
}

/* ---- entries and heads -------------------------------------------------- */

/* Entries from index `from` on: skip those that are here, commit the rest. */
static sc_err take_entries(sc_cosigner *c, uint64_t from, uint64_t n,
                           sc_bytes packed, const sc_head *expect,
                           sc_fault *why)
{
    sc_err err = SC_E_BUG;
    uint64_t size = sc_chain_head(c->chain).size;
    sc_bytes *entries = sc_alloc((size_t)n, sizeof *entries);
    size_t n_new = 0;

    SC_REQUIRE(entries != NULL, SC_E_MEM);
    SC_REQUIRE(from <= size, SC_E_STATE);
    for (uint64_t i = 0; i < n; i++) {
        sc_bytes entry;

        SC_TRY(sc_msg_entry_next(&entry, &packed));
        if (from + i >= size) {
            entries[n_new++] = entry;
        }
    }
    if (n_new > 0) {
        SC_TRY(sc_chain_append(c->chain, NULL, expect, entries, n_new, why));
    }
    err = SC_OK;
out:
    sc_free(entries);
    return sc_fault_from(why, err);
}

static void keep_note(sc_cosigner *c, const char *kind, uint64_t size,
                      sc_bytes note)
{
    sc_buf path = {0};
    sc_fault why = {0};

    if (sc_buf_printf(&path, "%s/chain-private/evidence-%llu-%s.note", c->dir,
                      (unsigned long long)size, kind) != SC_OK ||
        sc_buf_terminate(&path) != SC_OK ||
        sc_file_put_immutable((char *)path.p, note, 0600, &why) != SC_OK) {
        sc_log_line(c->log, SC_LOG_ERROR, "ledger",
                    "cannot keep the evidence: %s", why.text);
    }
    sc_buf_clear(&path);
}

/* The notes that convict a sequencer of two histories: the one it shows now,
 * and the one of its history that is here. */
static void keep_evidence(sc_cosigner *c, const sc_checkpoint *at,
                          sc_bytes note)
{
    sc_buf mine = {0};

    if (c->n_evidence++ < MAX_EVIDENCE) {
        keep_note(c, "shown", at->size, note);
        if (sc_chain_checkpoint(c->chain, &mine) == SC_OK) {
            keep_note(c, "held", at->size, sc_buf_bytes(&mine));
        }
    }
    sc_buf_clear(&mine);
}

static void cosign(sc_cosigner *c, const sc_msg_head *m,
                   const sc_checkpoint *at)
{
    sc_fault why = {0};
    sc_buf line = {0}, room = {0}, note = {0};
    sc_note parsed;
    sc_msg_cosign answer = {.size = at->size};
    sc_frame f;
    sc_err err = sc_chain_cosign(c->chain, &line, m->note, &c->key,
                                 (uint64_t)sc_clock_wall(), &why);

    if (err == SC_OK && sc_buf_put_str(&note, "x\n\n") == SC_OK &&
        sc_buf_put_bytes(&note, sc_buf_bytes(&line)) == SC_OK &&
        sc_note_take(&parsed, sc_buf_bytes(&note)) == SC_OK) {
        memcpy(answer.signature, parsed.sigs[0].sig, sizeof answer.signature);
        say_frame(c, sc_msg_cosign_put(&f, &room, &answer), &f);
    } else {
        sc_log_line(c->log, SC_LOG_ERROR, "ledger",
                    "not cosigning size %llu: %s", (unsigned long long)at->size,
                    why.text);
        if (err == SC_E_CHEAT) {
            keep_evidence(c, at, m->note);
        }
    }
    sc_buf_clear(&line);
    sc_buf_clear(&note);
    sc_buf_clear(&room);
}

static void take_head(sc_cosigner *c, const sc_msg_head *m)
{
    sc_fault why = {0};
    sc_roster_head head;
    sc_head expect;
    uint64_t size = sc_chain_head(c->chain).size;
    sc_err err;

    if (sc_roster_take_head(&head, &c->roster, m->note, 0) != SC_OK ||
        m->from > head.at.size || m->n > head.at.size - m->from) {
        sc_log_line(c->log, SC_LOG_WARN, "ledger",
                    "the sequencer sent a head that does not hold");
        return;
    }
    if (m->from > size || head.at.size < size ||
        (head.at.size > size && m->from + m->n != head.at.size)) {
        say_conflict(c);
        return;
    }
    expect.size = head.at.size;
    memcpy(expect.root.b, head.at.root, SC_HASH_LEN);
    err = head.at.size > size
              ? take_entries(c, m->from, m->n, m->entries, &expect, &why)
              : SC_OK;
    if (err != SC_OK) {
        sc_log_line(c->log, SC_LOG_ERROR, "ledger",
                    "not taking entries %llu to %llu: %s",
                    (unsigned long long)m->from,
                    (unsigned long long)head.at.size, why.text);
        if (err == SC_E_CHEAT) {
            keep_evidence(c, &head.at, m->note);
        }
        return;
    }
    if (!c->is_offline) {
        cosign(c, m, &head.at);
    }
}

/* A checkpoint that does not count here yet: are entries missing? */
static void say_want_if_behind(sc_cosigner *c, sc_bytes note)
{
    sc_roster_head head;

    if (sc_roster_take_head(&head, &c->roster, note, 1) == SC_OK &&
        head.at.size > sc_chain_head(c->chain).size) {
        sc_cosigner_linked(c);
    }
}

static void take_checkpoint(sc_cosigner *c, const sc_msg_checkpoint *m)
{
    sc_fault why = {0};
    sc_err err = sc_chain_publish(c->chain, m->note, &why);

    if (err == SC_E_STATE) {
        say_want_if_behind(c, m->note);
    } else if (err != SC_OK) {
        sc_log_line(c->log, SC_LOG_ERROR, "ledger",
                    "not taking a checkpoint: %s", why.text);
    }
}

void sc_cosigner_take(sc_cosigner *c, const sc_frame *f)
{
    union {
        sc_msg_head head;
        sc_msg_checkpoint checkpoint;
    } m;

    if (f->type == SC_MSG_HEAD && sc_msg_head_get(&m.head, f) == SC_OK) {
        take_head(c, &m.head);
    } else if (f->type == SC_MSG_CHECKPOINT &&
               sc_msg_checkpoint_get(&m.checkpoint, f) == SC_OK) {
        take_checkpoint(c, &m.checkpoint);
    } else {
        sc_log_line(c->log, SC_LOG_WARN, "ledger",
                    "the sequencer sent a malformed %s", sc_msg_name(f->type));
    }
}
