/* net/frame.h: one message between two parties, and its form on the wire.
 *
 * A frame is a small head (a msgpack map, see net/messages.h) and, where there
 * is bulk, a raw payload. On a link both travel behind a fixed envelope as one
 * ZeroMQ part: a frame goes to its reader whole or not at all, and there is no
 * multi-part message that a peer could leave unfinished.
 *
 * Adversary: the bytes of an envelope come from an admitted but hostile peer.
 * Nothing in a frame says who sent it; the link's key does. */
#ifndef SC_NET_FRAME_H
#define SC_NET_FRAME_H

#include "base/bytes.h"

#define SC_FRAME_MAX_HEAD ((size_t)4096)
#define SC_FRAME_MAX_BULK ((size_t)1 << 20)
/* A frame whose bulk is longer than this is a chunk: it needs credit. */
#define SC_FRAME_SMALL   ((size_t)4096)
#define SC_FRAME_JOB_LEN 16
#define SC_FRAME_VERSION 1

typedef struct {
    uint16_t type; /* sc_msg_type */
    uint32_t op;   /* the plan's operator; 0 for the agreement's messages */
    sc_bytes head; /* msgpack map, <= SC_FRAME_MAX_HEAD */
    sc_bytes bulk; /* raw payload, <= SC_FRAME_MAX_BULK; often empty */
} sc_frame;

/* SC_E_ARG unless head and bulk are within their limits. */
SC_MUST_USE sc_err sc_frame_check(const sc_frame *f);
/* What a transcript covers, the payload: le64 type || le64 head.len || head ||
 * bulk. Its length is what is counted as a frame's bytes (16 + head + bulk). */
uint64_t sc_frame_len(const sc_frame *f);
/* SHA-256 of that payload; SC_E_MEM. Cost: one pass over head and bulk. */
SC_MUST_USE sc_err sc_frame_digest(uint8_t out[static 32], const sc_frame *f);

/* ---- the envelope, 40 bytes, little-endian ------------------------------
 *   0  u8   SC_FRAME_VERSION      8  16 bytes  job id; zero: no job
 *   1  u8   1 if numbered, else 0 24  u64  number in its channel, 0 if none
 *   2  u16  type                  32  u32  length of the head
 *   4  u32  op                    36  u32  length of the bulk           */
#define SC_ENVELOPE_LEN ((size_t)40)
#define SC_FRAME_MAX_WIRE                                                      \
    (SC_ENVELOPE_LEN + SC_FRAME_MAX_HEAD + SC_FRAME_MAX_BULK)

typedef struct {
    uint8_t job[SC_FRAME_JOB_LEN];
    uint64_t number;
    int is_numbered; /* belongs to a session's channel */
} sc_envelope;

/* Length of envelope and frame together. */
size_t sc_frame_wire_len(const sc_frame *f);
/* Write envelope and frame to out, which has room for sc_frame_wire_len(f)
 * bytes; f passed sc_frame_check. */
void sc_frame_put(uint8_t *out, const sc_envelope *e, const sc_frame *f);
/* Read both; f borrows from wire.
 *   Returns: SC_E_WIRE  other version, a length beyond its limit, or a total
 *                       that is not exactly wire.len */
SC_MUST_USE sc_err sc_frame_get(sc_envelope *e, sc_frame *f, sc_bytes wire);

#endif
