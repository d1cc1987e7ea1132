/* job/run/opened_file.h: shares.opened of a job's record (job/run/record.h), written
 * and read without a copy of it in memory: of a sum of ciphertexts it has up to 2 GiB.
 *
 *   for each position (sc_outcome_count of them):
 *     length u64 le; 0: none, and nothing follows
 *     r32 32, vector
 *
 * Adversary: a disk that flips bits of what is stored: what does not fit is
 * SC_E_CORRUPT. */
#ifndef SC_JOB_OPENED_FILE_H
#define SC_JOB_OPENED_FILE_H

#include "job/run/outcome.h"
#include "job/run/record.h"

/* Where its vectors are. A plain value: nothing is held open. */
typedef struct {
    const sc_record *record; /* borrowed */
    size_t n_shares;
    struct {
        uint64_t at, len; /* of the vector; len 0: none */
        uint8_t r32[32];
    } shares[SC_OUTCOME_MAX];
} sc_opened_file;

/* Write it, durably. A vector of no bytes counts as none. */
SC_MUST_USE sc_err sc_opened_file_put(sc_record *r,
                                      const sc_opened_share *shares,
                                      size_t n_shares, sc_fault *why);
/* Find them. SC_E_NOT_FOUND: there is no such file; SC_E_CORRUPT: it is no list of so
 * many shares. */
SC_MUST_USE sc_err sc_opened_file_look(sc_opened_file *f, const sc_record *r,
                                       size_t n_shares, sc_fault *why);
/* Append len bytes of a vector, from `at` on, which it has. SC_E_CORRUPT: the file was
 * cut. */
SC_MUST_USE sc_err sc_opened_file_read(const sc_opened_file *f, sc_buf *out,
                                       size_t i, uint64_t at, size_t len,
                                       sc_fault *why);
/* SC_E_CHEAT unless it is the share committed to in the receipt. */
SC_MUST_USE sc_err sc_opened_file_verify(const sc_opened_file *f, size_t i,
                                         const uint8_t sid[static 32],
                                         const char *did,
                                         const uint8_t commitment[static 32],
                                         sc_fault *why);
/* sc_outcome_digest of all of them. */
SC_MUST_USE sc_err sc_opened_file_digest(const sc_opened_file *f,
                                         uint8_t digest[static 32],
                                         sc_fault *why);

#endif
