/* job/run/post_file.h: posts for a call, as files of a node's store.
 *
 *   STORE/calls/<first 16 bytes of the call's digest>/<name of the owner>.post
 *     "sharechain post/1\n"
 *     input 32, output 32, time u64 le, signature 64   what was signed (ledger/post.h)
 *     r32 32                                           opens the commitment `output`
 *     entry                                            mpc/ctsum.h
 *
 * The owner keeps what it posted; the asker, and all who add up, what they took. A
 * file is written once and never replaced: so there is one post of an owner for a call,
 * and one sum of a call, however often its session is tried.
 *
 * Adversary: an owner, or an asker that passes posts on, whose bytes are none, or other
 * ones than before. */
#ifndef SC_JOB_POST_FILE_H
#define SC_JOB_POST_FILE_H

#include "job/run/house.h"
#include "job/run/outcome.h"

/* The bytes of such a file. SC_E_MEM. */
SC_MUST_USE sc_err sc_post_file_put(sc_buf *out, const sc_job_post *post,
                                    const sc_opened_share *share);
/* Take them apart; either may be NULL. SC_E_WIRE. */
SC_MUST_USE sc_err sc_post_file_take(sc_job_post *post, sc_opened_share *share,
                                     sc_bytes text);
/* So many bytes has a post of this plan. */
size_t sc_post_file_len(const sc_plan *plan);

/* Write it for good, durably. SC_E_CORRUPT: another post of this owner is there. */
SC_MUST_USE sc_err sc_post_file_store(const sc_house *h,
                                      const uint8_t call[static 32],
                                      size_t party, sc_bytes text,
                                      sc_fault *why);
/* SC_E_MEM */
SC_MUST_USE sc_err sc_post_file_is_there(int *is_there, const sc_house *h,
                                         const uint8_t call[static 32],
                                         size_t party);
/* At most max_len of its bytes from an offset on, appended; none behind its end. */
SC_MUST_USE sc_err sc_post_file_read_at(const sc_house *h, sc_buf *text,
                                        const uint8_t call[static 32],
                                        size_t party, uint64_t at,
                                        size_t max_len, sc_fault *why);
/* Read its bytes. SC_E_NOT_FOUND, SC_E_IO. */
SC_MUST_USE sc_err sc_post_file_read(const sc_house *h, sc_buf *text,
                                     const uint8_t call[static 32],
                                     size_t party, sc_fault *why);
/* Read it and take it apart; either may be NULL.
 *   Returns: SC_E_NOT_FOUND  this owner's post is not here
 *            SC_E_CORRUPT */
SC_MUST_USE sc_err sc_post_file_get(sc_job_post *post, sc_opened_share *share,
                                    const sc_house *h,
                                    const uint8_t call[static 32], size_t party,
                                    sc_fault *why);

/* STORE/calls/<16 bytes in hexadecimal>; NULL: out of memory. */
char *sc_post_file_dir(const sc_house *h, const uint8_t call[static 32]);

#endif
