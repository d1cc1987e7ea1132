/* net/messages.h: every message of the product, in one place.
 *
 * A message is a struct; put makes a frame of it, get reads one. The head is a
 * msgpack map of the fields named here, in this order; `payload` is the bulk.
 * "u64" and the like are unsigned integers with the range behind; "b32" is 32
 * raw bytes; "b32?" may be absent (nil). All integers in payloads are
 * little-endian.
 *
 * Lanes. LINK: the mesh's own, never seen above. NODE: node to node, best
 * effort, no order promised across a lost link; the job it belongs to is in the
 * envelope (sc_mesh_send, sc_mesh_event). SESSION: numbered, in the session's
 * transcript. BOTH: a session's message that may also come by NODE when a
 * restart has taken the session (same bytes, same checks).
 *
 * Codes of reason, phase and kind belong to job/ and ledger/; here they are
 * bounded only. A change of any message bumps SC_MSG_PROTOCOL and adds a golden
 * vector.
 *
 * Adversary: every get takes bytes of a hostile peer. An unknown, missing or
 * repeated field, another order, type or encoding, a value out of range, a
 * payload of another length: SC_E_WIRE, and *m is all zero. */
#ifndef SC_NET_MESSAGES_H
#define SC_NET_MESSAGES_H

#include "base/limits.h"
#include "net/pack.h"
#include "net/transcript.h"

#define SC_MSG_PROTOCOL    5
#define SC_MSG_MAX_JOB     ((size_t)80 << 10)
#define SC_MSG_MAX_ENTRY   ((size_t)64 << 10)
#define SC_MSG_MAX_NOTE    ((size_t)16 << 10)
#define SC_MSG_MAX_BODY    SC_FRAME_MAX_BULK
#define SC_MSG_MAX_ENTRIES 4096 /* in one HEAD */
#define SC_MSG_HEAD_LEN    48   /* one transcript head in COMMIT */
#define SC_MSG_MAX_HEADS   (2 * (SC_MAX_PARTIES - 1))
#define SC_MSG_SHARE_WORD  16
#define SC_MSG_MAX_SHARES  (SC_FRAME_MAX_BULK / SC_MSG_SHARE_WORD)
#define SC_MSG_MAX_INT     (((uint64_t)1 << 53) - 1) /* fits JCS */

/* X(number, CONSTANT, function, lane) */
#define SC_MESSAGES(X)                                                         \
    X(1, HELLO, hello, LINK)                                                   \
    X(2, BYE, bye, LINK)                                                       \
    X(3, PING, ping, LINK)                                                     \
    X(4, PONG, pong, LINK)                                                     \
    X(5, CREDIT, credit, LINK)                                                 \
    X(16, PROPOSE, propose, NODE)                                              \
    X(17, REFUSE, refuse, NODE)                                                \
    X(18, PROGRESS, progress, NODE)                                            \
    X(19, CANCEL, cancel, NODE)                                                \
    X(20, ABORT, abort, NODE)                                                  \
    X(21, CALL, call, NODE)                                                    \
    X(22, POST, post, NODE)                                                    \
    X(23, POSTED, posted, NODE)                                                \
    X(32, NONCE, nonce, SESSION)                                               \
    X(33, CONSENT, consent, SESSION)                                           \
    X(35, COMMIT, commit, SESSION)                                             \
    X(36, SIGN, sign, SESSION)                                                 \
    X(37, SHARE, share, BOTH)                                                  \
    X(38, RECEIVED, received, BOTH)                                            \
    X(39, PART, part, BOTH)                                                    \
    X(48, GENESIS, genesis, NODE)                                              \
    X(49, APPEND, append, NODE)                                                \
    X(50, SEQUENCED, sequenced, NODE)                                          \
    X(51, HEAD, head, NODE)                                                    \
    X(52, COSIGN, cosign, NODE)                                                \
    X(53, CONFLICT, conflict, NODE)                                            \
    X(54, CHECKPOINT, checkpoint, NODE)                                        \
    X(55, WANT, want, NODE)                                                    \
    X(57, ASK, ask, NODE)                                                      \
    X(58, BODY, body, NODE)

#define X(number, NAME, name, lane) SC_MSG_##NAME = number,
typedef enum { SC_MESSAGES(X) } sc_msg_type;
#undef X

typedef enum {
    SC_LANE_NONE, /* no such message */
    SC_LANE_LINK,
    SC_LANE_NODE,
    SC_LANE_SESSION,
    SC_LANE_BOTH
} sc_msg_lane;

sc_msg_lane sc_msg_lane_of(uint16_t type);
/* "HELLO"; "unknown message" for a number outside the list. */
const char *sc_msg_name(uint16_t type);

/* ---- link --------------------------------------------------------------- */

/* HELLO, both, first on each new connection and again while refused
 *     protocol  1 .. 65535   first in every protocol, whatever follows
 *     network   b32   digest of the consortium file
 *     boot      b16   fresh at each start of the node
 *     time      u53   POSIX seconds */
typedef struct {
    uint64_t protocol;
    uint8_t consortium[32];
    uint8_t boot[16];
    uint64_t time;
} sc_msg_hello;

/* BYE, either, last before a node leaves or refuses
 *     reason  0 .. 255   SC_BYE_* */
typedef enum {
    SC_BYE_LEAVING,
    SC_BYE_PROTOCOL,
    SC_BYE_CONSORTIUM,
    SC_BYE_CLOCK
} sc_bye;
typedef struct {
    uint64_t reason;
} sc_msg_bye;

/* PING, both, every ping_ms: time u64, ns of the sender's clock, meaningless
 * to others. PONG, answer: echo u64, the time of the PING; size u53, entries of
 * the newest checkpoint held. */
typedef struct {
    uint64_t time;
} sc_msg_ping;
typedef struct {
    uint64_t echo;
    uint64_t size;
} sc_msg_pong;

/* CREDIT, receiver of a channel to its sender, tagged with the job; outside
 * the numbered sequence, since its moment depends on timing. All counts are
 * since the session began, so a lost or repeated one does no harm.
 *     taken    u64   frames taken
 *     granted  u64   bytes of chunks' bulk that may have been sent by now
 *     closed   0, 1  the session is closed here: nothing more will be taken */
typedef struct {
    uint64_t taken;
    uint64_t granted;
    uint64_t closed;
} sc_msg_credit;

/* ---- job control: NODE, tagged with the job ----------------------------- */

/* PROPOSE, asker's node -> every party of the job
 *     plan     b32   digest of the plan
 *     payload  1 .. SC_MSG_MAX_JOB bytes: the job, JCS */
typedef struct {
    uint8_t plan[32];
    sc_bytes job;
} sc_msg_propose;

/* REFUSE, a party of the job -> all others, instead of NONCE; to the asker alone
 * from who is busy or cannot plan the job: the asker's ABORT tells the others
 *     reason  1 .. 255   kind only: never the rule, never of rows
 *     sig     b64        identity key, over the refusal statement */
typedef struct {
    uint64_t reason;
    uint8_t signature[64];
} sc_msg_refuse;

/* PROGRESS, each party of a job -> the asker's node, every 2 s while it loads
 * or computes: phase 0 .. 255, done u53, total u53 (0: unknown) */
typedef struct {
    uint64_t phase;
    uint64_t done;
    uint64_t total;
} sc_msg_progress;

/* CANCEL, asker's node -> all parties: reason 0 .. 255 */
typedef struct {
    uint64_t reason;
} sc_msg_cancel;

/* ABORT, a party that gives up -> all others, before anyone signed; later, one
 * that cannot deliver its share -> a result party that asks for it (phase `open`); and
 * a result party that has given up -> who asks whether it has the answer (`deliver`)
 *     reason  1 .. 255
 *     phase   0 .. 255
 *     blamed  0 .. SC_MAX_PARTIES - 1, or SC_MSG_NOBODY: index in the
 *             consortium; asserted by the sender, no more */
#define SC_MSG_NOBODY 255
typedef struct {
    uint64_t reason;
    uint64_t phase;
    uint64_t blamed; /* get: < SC_MAX_PARTIES or SC_MSG_NOBODY */
} sc_msg_abort;

/* ---- posts of owners who leave: NODE, tagged with the call --------------- */

/* CALL, asker's node -> owners who post and leave, and all who add up: as PROPOSE, of a
 * call. An owner answers POST, or REFUSE as to a proposal. */
typedef sc_msg_propose sc_msg_call;

/* POST, an owner -> the asker, and the asker -> who adds up: a post's file
 * (job/run/post_file.h), piece by piece
 *     party    0 .. SC_MAX_PARTIES - 1   whose
 *     at       u53                       offset of this piece in the file
 *     last     0, 1
 *     payload  1 .. SC_FRAME_MAX_BULK bytes */
typedef struct {
    uint64_t party;
    uint64_t at;
    uint64_t last;
    sc_bytes piece;
} sc_msg_post;

/* POSTED, answer to POST
 *     party   0 .. SC_MAX_PARTIES - 1
 *     at      u53   offset of the piece that is wanted next
 *     stored  0, 1  all of it is safe here: nothing is wanted */
typedef struct {
    uint64_t party;
    uint64_t at;
    uint64_t stored;
} sc_msg_posted;

/* ---- session: numbered, in the transcript, each to each ----------------- */

/* NONCE, first: nonce b32 (enters the sid), key b32 (ephemeral X25519) */
typedef struct {
    uint8_t nonce[32];
    uint8_t key[32];
} sc_msg_nonce;

/* CONSENT, once all nonces are there
 *     sid, job, plan  b32   as this party computed them
 *     input    b32?   commitment to its input; absent: it owns no data here
 *     epoch    u53    of the policy
 *     until    u53    not_after, POSIX seconds
 *     sig      b64    identity key, over the consent statement
 *     key_sig  b64    identity key, over (sid, both parties, session key) */
typedef struct {
    uint8_t sid[32];
    uint8_t job[32];
    uint8_t plan[32];
    sc_opt_bytes input;
    uint64_t epoch;
    uint64_t not_after;
    uint8_t signature[64];
    uint8_t key_signature[64];
} sc_msg_consent;

/* COMMIT, nothing of the protocol is left to send before the receipt
 *     output   b32?   commitment to this party's output share
 *     sig      b64    identity key, over the heads statement
 *     payload  SC_MSG_HEAD_LEN bytes for each head, at most SC_MSG_MAX_HEADS:
 *              hash 32, count u64, bytes u64; for each peer in the job's order
 *              the head out, then the head in, at the cut before COMMIT */
typedef struct {
    sc_opt_bytes output;
    uint8_t signature[64];
    sc_bytes heads;
} sc_msg_commit;

/* SIGN: receipt b32 (digest of the body signed), proof b64 (proof value) */
typedef struct {
    uint8_t receipt[32];
    uint8_t proof[64];
} sc_msg_sign;

/* SHARE, computing party -> who adds up, once inclusion is proved
 *     chunk    u32    0, 1, ...
 *     n        1 .. SC_MSG_MAX_SHARES   words in this chunk
 *     last     0, 1
 *     salt     b32?   r32: opens the commitment; present in chunk 0, only there
 *     size     u53    of the checkpoint the share is released under
 *     root     b32    and its root
 *     payload  16*n bytes: ring elements mod 2^128, or what mpc/ctsum.h makes */
typedef struct {
    uint64_t chunk;
    uint64_t n;
    uint64_t last;
    sc_opt_bytes r32;
    uint64_t size;
    uint8_t root[32];
    sc_bytes values;
} sc_msg_share;

/* PART, holder of a key -> result party: as SHARE, of its part of a sum of ciphertexts,
 * which was never committed to: no salt, r32 is not set. */
typedef sc_msg_share sc_msg_part;

/* RECEIVED, result party -> computing parties, holders: digest b32 of what the answer
 * was made from; shares may be erased */
typedef struct {
    uint8_t digest[32];
} sc_msg_received;

/* ---- ledger: NODE ------------------------------------------------------- */

/* GENESIS, each party -> sequencer: sig b64, identity key, over leaf 0 */
typedef struct {
    uint8_t signature[64];
} sc_msg_genesis;

/* APPEND, any party -> sequencer
 *     kind     0 .. 255
 *     payload  1 .. SC_MSG_MAX_ENTRY bytes: the entry, and what proves its
 *              right to stand, as ledger/ defines */
typedef struct {
    uint64_t kind;
    sc_bytes entry;
} sc_msg_append;

/* SEQUENCED, answer to APPEND: id b32 (the entry's key), index u53,
 * refused 0 .. 255 (0: in the log at index, else why not) */
typedef struct {
    uint8_t id[32];
    uint64_t index;
    uint64_t refused;
} sc_msg_sequenced;

/* HEAD, sequencer -> cosigner: a new checkpoint to cosign
 *     from     u53   index of the first entry behind
 *     n        0 .. SC_MSG_MAX_ENTRIES   entries
 *     note     1 .. SC_MSG_MAX_NOTE      bytes of the note
 *     payload  the note, then n entries, each u32 length and its bytes */
typedef struct {
    uint64_t from;
    uint64_t n;
    sc_bytes note;
    sc_bytes entries; /* read with sc_msg_entry_next */
} sc_msg_head;

/* COSIGN, cosigner -> sequencer: size u53, sig b72 (timestamp 8, signature 64:
 * the cosignature/1 line without key name and id) */
typedef struct {
    uint64_t size;
    uint8_t signature[72];
} sc_msg_cosign;

/* CONFLICT, cosigner -> sequencer, when HEAD does not follow: size u53 and root
 * b32 it holds */
typedef struct {
    uint64_t size;
    uint8_t root[32];
} sc_msg_conflict;

/* CHECKPOINT, sequencer -> all: payload 1 .. SC_MSG_MAX_NOTE bytes, the note
 * with its cosignatures */
typedef struct {
    sc_bytes note;
} sc_msg_checkpoint;

/* WANT, cosigner -> sequencer: from u53, the first entry wanted; HEAD answers */
typedef struct {
    uint64_t from;
} sc_msg_want;
/* ASK, a party that lacks a body -> one that has it: kind 0 .. 255, digest b32.
 * BODY, answer or unasked: the same, payload 0 .. SC_MSG_MAX_BODY bytes (none:
 * I do not have it, or you have no right to it) */
typedef struct {
    uint64_t kind;
    uint8_t digest[32];
} sc_msg_ask;
typedef struct {
    uint64_t kind;
    uint8_t digest[32];
    sc_bytes body;
} sc_msg_body;

/* ---- put and get -------------------------------------------------------- */

/* For each message:
 *   sc_msg_NAME_put  fills f: head borrowed from room (which is reset), bulk
 *                    borrowed from m; op is 0, to be set by the caller.
 *                    SC_E_ARG: a value outside its range.
 *   sc_msg_NAME_get  m borrows its payload from f. SC_E_STATE: f is of another
 *                    type; SC_E_WIRE. */
#define X(number, NAME, name, lane)                                            \
    SC_MUST_USE sc_err sc_msg_##name##_put(sc_frame *f, sc_buf *room,          \
                                           const sc_msg_##name *m);            \
    SC_MUST_USE sc_err sc_msg_##name##_get(sc_msg_##name *m, const sc_frame *f);
SC_MESSAGES(X)
#undef X

/* The protocol that a HELLO names, though its other fields may be unknown.
 * SC_E_WIRE: it names none. */
SC_MUST_USE sc_err sc_msg_hello_protocol(uint64_t *protocol, const sc_frame *f);

/* The t-th head (from 0) of a COMMIT's payload. SC_E_ARG: no such head. */
SC_MUST_USE sc_err sc_msg_commit_head(sc_transcript_head *out, sc_bytes heads,
                                      size_t t);
SC_MUST_USE sc_err sc_msg_commit_head_put(sc_buf *heads,
                                          const sc_transcript_head *h);

/* Entries with their lengths in front. next cuts the first one off rest:
 * SC_E_WIRE if it is malformed or empty; SC_E_NOT_FOUND at the end. */
SC_MUST_USE sc_err sc_msg_entry_put(sc_buf *entries, sc_bytes entry);
SC_MUST_USE sc_err sc_msg_entry_next(sc_bytes *entry, sc_bytes *rest);

#endif
