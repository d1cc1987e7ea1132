/* net/transcript.h: what passed over one directed channel, as one hash.
 *
 *     h_0 = SHA-256("chan/1" || sid || le64 i || le64 j || K_ij)
 *     h_t = SHA-256(h_{t-1} || le64 t || le64 operator || le64 len || p_t)
 *
 * for the t-th frame (t from 1) from party i to party j, p_t = SHA-256(payload)
 * and len the payload's bytes (sc_frame_digest, sc_frame_len). K_ij is the
 * pair's transcript key: without it nobody can guess the hash of short
 * messages. It exists only once the session keys have been exchanged, so the
 * first frames are kept as (operator, len, p_t) and folded in by
 * sc_transcript_key.
 *
 * Both ends compute the same head, or one of the two lies; nobody else can
 * tell which (docs/formats.md 9). Not thread-safe.
 *
 * Adversary: the other end, which may state any head: that shows, and names the
 * pair; and who sees a head without K_ij, which tells him nothing of the frames. */
#ifndef SC_NET_TRANSCRIPT_H
#define SC_NET_TRANSCRIPT_H

#include "net/frame.h"

#define SC_TRANSCRIPT_MAX_EARLY 16 /* frames before the key */
#define SC_TRANSCRIPT_KEY_LEN   32

/* A head: the hash, how many frames, how many payload bytes. Public. */
typedef struct {
    uint8_t hash[32];
    uint64_t count;
    uint64_t bytes;
} sc_transcript_head;

typedef struct {
    uint64_t op;
    uint64_t len;
    uint8_t digest[32];
} sc_transcript_record;

/* {0} is an empty transcript without a key. */
typedef struct {
    sc_transcript_head head; /* hash is zero until the key is set */
    int is_keyed;
    sc_transcript_record early[SC_TRANSCRIPT_MAX_EARLY];
} sc_transcript;

/* Add one frame, by its parts.
 *   Returns: SC_E_STATE  more than SC_TRANSCRIPT_MAX_EARLY before the key */
SC_MUST_USE sc_err sc_transcript_add(sc_transcript *t, uint64_t op,
                                     uint64_t len,
                                     const uint8_t digest[static 32]);
/* Set the key, once, and fold in what came before. from and to are the
 * parties' numbers in the job's order.
 *   Returns: SC_E_STATE  it has a key already
 *   Secret:  key */
SC_MUST_USE sc_err
sc_transcript_key(sc_transcript *t, const uint8_t sid[static 32], uint64_t from,
                  uint64_t to, const uint8_t key[static SC_TRANSCRIPT_KEY_LEN]);
/* A snapshot. SC_E_STATE without a key; out then zero. */
SC_MUST_USE sc_err sc_transcript_snapshot(const sc_transcript *t,
                                          sc_transcript_head *out);
/* Wipe. */
void sc_transcript_clear(sc_transcript *t);

#endif
