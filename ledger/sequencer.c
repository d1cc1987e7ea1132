/* ledger/sequencer.c: see the header. */
#include "ledger/sequencer.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"

#define MAX_WAITING  (SC_MAX_PARTIES * SC_SEQUENCER_PARTY_WAITING)
#define RESEND_MS    1000 /* a head without a quorum is sent again */
#define MAX_SEND_LEN ((size_t)512 << 10)
#define TELL_MS      ((uint64_t)60 * 1000)

typedef struct {
    sc_buf text;
    size_t party;
} waiting;

/* What a party may still submit. */
typedef struct {
    uint64_t tokens;
    uint64_t filled_ms;
} bucket;

struct sc_sequencer {
    sc_chain *chain;
    sc_roster roster;
    sc_sign_key log_key, cosigner_key, identity;
    sc_voice voice;
    const sc_log *log;

    waiting queue[MAX_WAITING];
    size_t n_queue;
    bucket buckets[SC_MAX_PARTIES];
    int has_genesis[SC_MAX_PARTIES];
    uint8_t genesis[SC_MAX_PARTIES][SC_SIG_LEN];

    sc_buf text;     /* of the head that is out; empty: none */
    sc_buf log_line; /* the log's signature line */
    sc_head head;    /* that head */
    int is_published;
    uint64_t sent_ms;
    uint64_t retry_ms;            /* not to publish before, after a failure */
    sc_buf lines[SC_MAX_PARTIES]; /* cosignature lines; empty: not yet */
    uint64_t peer_size[SC_MAX_PARTIES]; /* entries that a party surely has */
    uint64_t told_ms[SC_MAX_PARTIES];   /* of the last line on its replica */
};

sc_err sc_sequencer_new(sc_sequencer **out, sc_chain *chain,
                        const sc_roster *roster, const sc_keys *keys,
                        sc_voice voice, const sc_log *log)
{
    sc_sequencer *s = sc_alloc(1, sizeof *s);

    if (s == NULL) {
        return SC_E_MEM;
    }
    s->chain = chain;
    s->roster = *roster;
    s->log_key = keys->log;
    s->cosigner_key = keys->cosigner;
    s->identity = keys->identity;
    s->voice = voice;
    s->log = log;
    *out = s;
    return SC_OK;
}

void sc_sequencer_free(sc_sequencer **s)
{
    if (*s != NULL) {
        for (size_t i = 0; i < (*s)->n_queue; i++) {
            sc_buf_clear(&(*s)->queue[i].text);
        }
        for (size_t p = 0; p < SC_MAX_PARTIES; p++) {
            sc_buf_clear(&(*s)->lines[p]);
        }
        sc_buf_clear(&(*s)->text);
        sc_buf_clear(&(*s)->log_line);
        sc_wipe(*s, sizeof **s);
        sc_free(*s);
        *s = NULL;
    }
}

static const char *name_of(const sc_sequencer *s, size_t party)
{
    return s->roster.parties[party].name;
}

static void say_fault(const sc_sequencer *s, const char *what, size_t party,
                      const sc_fault *why)
{
    sc_log_line(s->log, SC_LOG_WARN, "ledger", "%s from %s: %s", what,
                name_of(s, party), why->text);
}

/* ---- the head that is out ---------------------------------------------- */

/* The head's text and the log's line. */
static sc_err put_text(const sc_sequencer *s, sc_buf *note)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_bytes(note, sc_buf_bytes(&s->text)));
    SC_TRY(sc_buf_put_str(note, "\n"));
    SC_TRY(sc_buf_put_bytes(note, sc_buf_bytes(&s->log_line)));
    err = SC_OK;
out:
    return err;
}

/* Note so far: these, and cosignature lines in party order. */
static sc_err put_note(const sc_sequencer *s, sc_buf *note)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_text(s, note));
    for (size_t p = 0; p < s->roster.n_parties; p++) {
        SC_TRY(sc_buf_put_bytes(note, sc_buf_bytes(&s->lines[p])));
    }
    err = SC_OK;
out:
    return err;
}

typedef struct {
    sc_buf *out;
    uint64_t n;
} packer;

static sc_err pack_entry(void *ctx, sc_bytes entry)
{
    packer *p = ctx;
    sc_err err;

    if (p->n == SC_MSG_MAX_ENTRIES || p->out->len >= MAX_SEND_LEN) {
        return SC_E_CANCELLED;
    }
    err = sc_msg_entry_put(p->out, entry);
    p->n += err == SC_OK;
    return err;
}

/* The note that goes with the entries up to size: the head that is out, or one
 * that is signed for this message. */
static sc_err note_at(sc_sequencer *s, sc_buf *note, uint64_t size)
{
    return size == s->head.size
               ? put_note(s, note)
               : sc_chain_sign(s->chain, note, size, &s->log_key, NULL);
}

/* The entries that a party lacks, as many as fit, and the head they lead to. */
static sc_err send_head(sc_sequencer *s, size_t party)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0}, entries = {0}, room = {0};
    packer p = {&entries, 0};
    sc_msg_head m = {.from = s->peer_size[party]};
    sc_frame f;

    if (s->text.len == 0 || party == s->roster.sequencer) {
        return SC_OK;
    }
    if (m.from > s->head.size) {
        m.from = s->head.size;
    }
    SC_TRY(sc_chain_read(s->chain, m.from, s->head.size - m.from, pack_entry,
                         &p, NULL));
    SC_TRY(note_at(s, &note, m.from + p.n));
    m.n = p.n;
    m.note = sc_buf_bytes(&note);
    m.entries = sc_buf_bytes(&entries);
    SC_TRY(sc_msg_head_put(&f, &room, &m));
    s->voice.send(s->voice.ctx, party, &f);
    err = SC_OK;
out:
    sc_buf_clear(&note);
    sc_buf_clear(&entries);
    sc_buf_clear(&room);
    return err;
}

static int is_offline(const sc_sequencer *s, size_t party)
{
    return s->roster.parties[party].is_offline;
}

/* To whoever cosigns. One who posts and leaves is mostly away and far behind, and
 * the entries that it lacks would be read and signed for it with each head: it
 * asks when it sees a checkpoint beyond its replica. */
static sc_err send_heads(sc_sequencer *s)
{
    sc_err err = SC_OK;

    for (size_t p = 0; p < s->roster.n_parties && err == SC_OK; p++) {
        err = is_offline(s, p) ? SC_OK : send_head(s, p);
    }
    s->sent_ms = sc_clock_ms();
    return err;
}

/* Sign the chain's head as log and as cosigner, and send it out. */
static sc_err sign_head(sc_sequencer *s, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0};
    sc_note parsed;
    size_t me = s->roster.sequencer;

    sc_buf_reset(&s->text);
    sc_buf_reset(&s->log_line);
    for (size_t p = 0; p < s->roster.n_parties; p++) {
        sc_buf_reset(&s->lines[p]);
    }
    s->head = sc_chain_head(s->chain);
    s->is_published = 0;
    SC_TRY(sc_chain_sign(s->chain, &note, s->head.size, &s->log_key, why));
    SC_TRY(sc_note_take(&parsed, sc_buf_bytes(&note)));
    SC_TRY(sc_buf_put_bytes(&s->text, parsed.text));
    SC_TRY(sc_buf_put(&s->log_line, note.p + parsed.text.len + 1,
                      note.len - parsed.text.len - 1));
    SC_TRY(send_heads(s)); /* the others can begin */
    SC_TRY(sc_chain_cosign(s->chain, &s->lines[me], sc_buf_bytes(&note),
                           &s->cosigner_key, (uint64_t)sc_clock_wall(), why));
    err = SC_OK;
out:
    sc_buf_clear(&note);
    return err;
}

static size_t count_lines(const sc_sequencer *s)
{
    size_t n = 0;

    for (size_t p = 0; p < s->roster.n_parties; p++) {
        n += s->lines[p].len > 0;
    }
    return n;
}

static sc_err send_checkpoint(sc_sequencer *s, size_t party)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0}, room = {0};
    sc_msg_checkpoint m;
    sc_frame f;

    err = sc_chain_checkpoint(s->chain, &note);
    if (err == SC_E_NOT_FOUND || party == s->roster.sequencer) {
        err = SC_OK;
        goto out;
    }
    SC_REQUIRE(err == SC_OK, err);
    m.note = sc_buf_bytes(&note);
    SC_TRY(sc_msg_checkpoint_put(&f, &room, &m));
    s->voice.send(s->voice.ctx, party, &f);
    err = SC_OK;
out:
    sc_buf_clear(&note);
    sc_buf_clear(&room);
    return err;
}

static void publish_if_quorum(sc_sequencer *s)
{
    sc_buf note = {0};
    sc_fault why = {0};

    if (s->is_published || count_lines(s) < s->roster.quorum ||
        sc_clock_ms() < s->retry_ms) {
        return;
    }
    s->retry_ms = sc_clock_ms() + RESEND_MS; /* if this fails */
    if (put_note(s, &note) == SC_OK &&
        sc_chain_publish(s->chain, sc_buf_bytes(&note), &why) == SC_OK) {
        s->is_published = 1;
        s->retry_ms = 0;
        for (size_t p = 0; p < s->roster.n_parties; p++) {
            if (send_checkpoint(s, p) != SC_OK) {
                sc_log_line(s->log, SC_LOG_WARN, "ledger",
                            "cannot send a checkpoint to %s", name_of(s, p));
            }
        }
    } else {
        sc_log_line(s->log, SC_LOG_ERROR, "ledger", "cannot publish: %s",
                    why.text);
    }
    sc_buf_clear(&note);
}

/* ---- messages ---------------------------------------------------------- */

/* Take one token of a party, if it has one. */
static int take_token(sc_sequencer *s, size_t party)
{
    bucket *b = &s->buckets[party];
    uint64_t now = sc_clock_ms();
    uint64_t fresh = (now - b->filled_ms) * SC_SEQUENCER_RATE / 1000;

    if (b->filled_ms == 0 || fresh > SC_SEQUENCER_PARTY_WAITING - b->tokens) {
        b->tokens = SC_SEQUENCER_PARTY_WAITING;
        b->filled_ms = now;
    } else if (fresh > 0) {
        b->tokens += fresh;
        b->filled_ms = now;
    }
    if (b->tokens == 0) {
        return 0;
    }
    b->tokens--;
    return 1;
}

static int waits_already(const sc_sequencer *s, sc_bytes entry)
{
    for (size_t i = 0; i < s->n_queue; i++) {
        if (sc_bytes_equal_vartime(sc_buf_bytes(&s->queue[i].text), entry)) {
            return 1;
        }
    }
    return 0;
}

static void enqueue(sc_sequencer *s, size_t party, sc_bytes entry)
{
    waiting *w = &s->queue[s->n_queue];

    if (s->n_queue == MAX_WAITING || waits_already(s, entry) ||
        (party != s->roster.sequencer && !take_token(s, party))) {
        return; /* the submitter's outbox tries again */
    }
    *w = (waiting){.party = party};
    if (sc_buf_put_bytes(&w->text, entry) == SC_OK) {
        s->n_queue++;
    }
}

/* Once every party has signed leaf 0, it is an entry like any other. */
static void make_genesis(sc_sequencer *s)
{
    sc_entry e = {.type = SC_ENTRY_GENESIS, .n = s->roster.n_parties};
    sc_buf text = {0};

    for (size_t p = 0; p < s->roster.n_parties; p++) {
        if (!s->has_genesis[p]) {
            return;
        }
        memcpy(e.g[p], s->genesis[p], SC_SIG_LEN);
    }
    memcpy(e.consortium, s->roster.digest, SC_HASH_LEN);
    if (sc_entry_make(&text, &e) == SC_OK) {
        enqueue(s, s->roster.sequencer, sc_buf_bytes(&text));
    }
    sc_buf_clear(&text);
}

static void take_genesis(sc_sequencer *s, size_t party,
                         const uint8_t sig[static SC_SIG_LEN])
{
    uint8_t own[SC_SIG_LEN];
    size_t me = s->roster.sequencer;

    if (sc_chain_head(s->chain).size > 0) {
        return;
    }
    if (!s->has_genesis[me] &&
        sc_entry_sign_genesis(own, s->roster.digest, &s->identity) == SC_OK) {
        memcpy(s->genesis[me], own, sizeof own);
        s->has_genesis[me] = 1;
    }
    memcpy(s->genesis[party], sig, SC_SIG_LEN); /* the rules check it */
    s->has_genesis[party] = 1;
    make_genesis(s);
}

void sc_sequencer_submit(sc_sequencer *s, size_t party, sc_bytes entry)
{
    sc_entry e;

    if (entry.len <= SC_ENTRY_MAX && sc_entry_take(&e, entry) == SC_OK &&
        e.type != SC_ENTRY_GENESIS) {
        if (!sc_chain_holds(s->chain, e.i)) {
            enqueue(s, party, entry); /* else a checkpoint tells, or will */
        }
    } else {
        sc_log_line(s->log, SC_LOG_WARN, "ledger",
                    "%s submitted something that is no entry",
                    name_of(s, party));
    }
}

void sc_sequencer_linked(sc_sequencer *s, size_t party)
{
    if (send_head(s, party) != SC_OK || send_checkpoint(s, party) != SC_OK) {
        sc_log_line(s->log, SC_LOG_WARN, "ledger", "cannot send the head to %s",
                    name_of(s, party));
    }
}

/* A replica that does not follow from this one says so with each head: one line
 * a minute. */
static int may_tell(sc_sequencer *s, size_t party)
{
    uint64_t now = sc_clock_ms();

    if (s->told_ms[party] != 0 && now - s->told_ms[party] < TELL_MS) {
        return 0;
    }
    s->told_ms[party] = now;
    return 1;
}

static void tell_ahead(sc_sequencer *s, size_t party, uint64_t size)
{
    if (may_tell(s, party)) {
        sc_log_line(s->log, SC_LOG_ERROR, "ledger",
                    "%s has taken %llu entries of this log, which has %llu: "
                    "was this folder restored from a backup? The log stands "
                    "still until its newest state is put back",
                    name_of(s, party), (unsigned long long)size,
                    (unsigned long long)sc_chain_head(s->chain).size);
    }
}

/* The party holds `from` entries: send it what is next. */
static void take_want(sc_sequencer *s, size_t party, uint64_t from)
{
    if (from > sc_chain_head(s->chain).size) {
        tell_ahead(s, party, from);
        return;
    }
    s->peer_size[party] = from;
    sc_sequencer_linked(s, party);
}

/* The whole line that a cosigner's 72 bytes stand for. */
static sc_err rebuild_line(const sc_sequencer *s, sc_buf *line, size_t party,
                           const uint8_t sig[static 72])
{
    sc_err err = SC_E_BUG;
    sc_note_key keys[SC_ROSTER_MAX_KEYS];
    uint8_t raw[4 + 72];
    size_t n_keys;

    SC_TRY(sc_roster_note_keys(keys, &n_keys, &s->roster));
    memcpy(raw, keys[1 + party].id, 4);
    memcpy(raw + 4, sig, 72);
    SC_TRY(sc_buf_put_str(line, "\xe2\x80\x94 "));
    SC_TRY(sc_buf_put_str(line, keys[1 + party].name));
    SC_TRY(sc_buf_put_str(line, " "));
    SC_TRY(sc_base64_put(line, (sc_bytes){raw, sizeof raw}));
    SC_TRY(sc_buf_put_str(line, "\n"));
    err = SC_OK;
out:
    return err;
}

/* Does a cosigner's line hold? Verified alone: the others did when they came. */
static sc_err check_line(const sc_sequencer *s, const sc_buf *line)
{
    sc_err err = SC_E_BUG;
    sc_buf note = {0};
    sc_roster_head head;

    SC_TRY(put_text(s, &note));
    SC_TRY(sc_buf_put_bytes(&note, sc_buf_bytes(line)));
    SC_TRY(sc_roster_take_head(&head, &s->roster, sc_buf_bytes(&note), 0));
    err = SC_OK;
out:
    sc_buf_clear(&note);
    return err;
}

static void take_cosigned(sc_sequencer *s, size_t party, const sc_msg_cosign *m)
{
    sc_buf *line = &s->lines[party];

    if (is_offline(s, party)) {
        return; /* whatever it signs, it counts for nothing */
    }
    if (m->size > s->peer_size[party] && m->size < s->head.size) {
        take_want(s, party, m->size); /* it is behind: lead it on */
        return;
    }
    if (s->text.len == 0 || m->size != s->head.size || line->len > 0) {
        return; /* of an older head, or a second time */
    }
    s->peer_size[party] = m->size;
    if (rebuild_line(s, line, party, m->signature) != SC_OK ||
        check_line(s, line) != SC_OK) {
        sc_buf_reset(line);
        sc_log_line(s->log, SC_LOG_WARN, "ledger",
                    "the cosignature of %s does not hold", name_of(s, party));
    }
    publish_if_quorum(s);
}

static void take_conflict(sc_sequencer *s, size_t party,
                          const sc_msg_conflict *m)
{
    uint64_t size = sc_chain_head(s->chain).size;
    sc_node_hash root;

    if (m->size > size) {
        tell_ahead(s, party, m->size);
        return;
    }
    if (m->size > 0 && (sc_chain_root(s->chain, &root, m->size) != SC_OK ||
                        memcmp(root.b, m->root, SC_HASH_LEN) != 0)) {
        if (may_tell(s, party)) {
            sc_log_line(s->log, SC_LOG_ERROR, "ledger",
                        "%s holds another history at size %llu",
                        name_of(s, party), (unsigned long long)m->size);
        }
        return;
    }
    take_want(s, party, m->size);
}

void sc_sequencer_take(sc_sequencer *s, size_t party, const sc_frame *f)
{
    union {
        sc_msg_genesis genesis;
        sc_msg_append append;
        sc_msg_cosign cosign;
        sc_msg_conflict conflict;
        sc_msg_want want;
    } m;

    if (f->type == SC_MSG_APPEND && sc_msg_append_get(&m.append, f) == SC_OK) {
        sc_sequencer_submit(s, party, m.append.entry);
    } else if (f->type == SC_MSG_COSIGN &&
               sc_msg_cosign_get(&m.cosign, f) == SC_OK) {
        take_cosigned(s, party, &m.cosign);
    } else if (f->type == SC_MSG_CONFLICT &&
               sc_msg_conflict_get(&m.conflict, f) == SC_OK) {
        take_conflict(s, party, &m.conflict);
    } else if (f->type == SC_MSG_WANT && sc_msg_want_get(&m.want, f) == SC_OK) {
        take_want(s, party, m.want.from);
    } else if (f->type == SC_MSG_GENESIS &&
               sc_msg_genesis_get(&m.genesis, f) == SC_OK) {
        take_genesis(s, party, m.genesis.signature);
    } else {
        sc_log_line(s->log, SC_LOG_WARN, "ledger", "%s sent a malformed %s",
                    name_of(s, party), sc_msg_name(f->type));
    }
}

/* ---- batches ----------------------------------------------------------- */

static void answer(sc_sequencer *s, size_t party, sc_bytes text, sc_err result)
{
    sc_msg_sequenced m = {0};
    sc_buf room = {0};
    sc_entry e;
    sc_frame f;

    if (sc_entry_take(&e, text) == SC_OK && e.type != SC_ENTRY_GENESIS) {
        memcpy(m.id, e.i, SC_HASH_LEN);
        m.refused = result == SC_OK ? 0 : (uint64_t)result;
        if (sc_msg_sequenced_put(&f, &room, &m) == SC_OK) {
            s->voice.send(s->voice.ctx, party, &f);
        }
    }
    sc_buf_clear(&room);
}

static sc_err commit_waiting(sc_sequencer *s, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_bytes *entries = sc_alloc(s->n_queue, sizeof *entries);
    sc_err *results = sc_alloc(s->n_queue, sizeof *results);
    uint64_t size = sc_chain_head(s->chain).size;

    SC_REQUIRE(entries != NULL && results != NULL, SC_E_MEM);
    for (size_t i = 0; i < s->n_queue; i++) {
        entries[i] = sc_buf_bytes(&s->queue[i].text);
    }
    SC_TRY(sc_chain_append(s->chain, results, NULL, entries, s->n_queue, why));
    for (size_t i = 0; i < s->n_queue; i++) {
        if (results[i] != SC_OK && results[i] != SC_E_STATE) {
            say_fault(s, "an entry that the rules refuse", s->queue[i].party,
                      why);
        }
        answer(s, s->queue[i].party, entries[i], results[i]);
        sc_buf_clear(&s->queue[i].text);
    }
    s->n_queue = 0;
    if (sc_chain_head(s->chain).size > size) {
        SC_TRY(sign_head(s, why));
        publish_if_quorum(s);
    }
    err = SC_OK;
out:
    sc_free(entries);
    sc_free(results);
    return sc_fault_from(why, err);
}

size_t sc_sequencer_n_waiting(const sc_sequencer *s)
{
    return s->n_queue;
}

int sc_sequencer_has_work(const sc_sequencer *s)
{
    return s->n_queue > 0 && (s->text.len == 0 || s->is_published);
}

sc_err sc_sequencer_advance(sc_sequencer *s, sc_fault *why)
{
    sc_head head = sc_chain_head(s->chain);

    if (s->text.len == 0 && head.size > 0) { /* after a start */
        return sign_head(s, why);
    }
    if (s->text.len > 0) {
        publish_if_quorum(s);
    }
    if (sc_sequencer_has_work(s)) {
        return commit_waiting(s, why);
    }
    if (s->text.len > 0 && !s->is_published &&
        sc_clock_ms() - s->sent_ms > RESEND_MS) {
        return send_heads(s);
    }
    return SC_OK;
}
