/* net/replay.h: one party alone, its peer played from a recording.
 *
 * Set chan->record to a buffer before the first frame, and what passes is
 * appended. A replay channel gives the recorded incoming frames in their order
 * and compares every frame sent with the recorded one, so that a party's role
 * can be run again, by itself, and must say the same bytes.
 *
 * A recording may come from a file: it is parsed as hostile. */
#ifndef SC_NET_REPLAY_H
#define SC_NET_REPLAY_H

#include "net/chan.h"

/* Append one frame to a recording. */
SC_MUST_USE sc_err sc_replay_put(sc_buf *record, sc_direction d,
                                 const sc_frame *f);
/* A channel that plays a recording, which is borrowed until the free.
 *   Its send: SC_E_CHEAT  the frame differs from the recorded one
 *             SC_E_STATE  the recording has a frame to take first, or ended
 *   Its take: SC_E_STATE  the recording has a frame to send first, or ended
 *             SC_E_WIRE   the recording is malformed here */
SC_MUST_USE sc_err sc_replay_new(sc_chan **c, sc_bytes record);
/* 1 if every recorded frame was played. */
int sc_replay_is_done(const sc_chan *c);

#endif
