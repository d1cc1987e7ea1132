/* base/journal.h: an append-only file of checked records, safe in a crash.
 *
 * A record is "SCJ1", or "SCJ2" if its append did not wait for the disk, its
 * length (u32 little-endian), its bytes, and the SHA-256 of all of these.
 * Appending is a commit: the call returns after fdatasync. A crash can leave a
 * torn tail (a record that is cut short, or that has its beginning, a sector or
 * its end still zero, and no proof behind it that it was on the disk once);
 * opening cuts it. Anything else
 * that does not check is corruption, named with its offset, and the file is not
 * opened. One writer at a time, also within a process; readers do not disturb
 * it.
 *
 * What was cut may have been a record whose length was damaged: whoever opens a
 * journal compares with what he knows from elsewhere that it must hold.
 *
 * Adversary: a crash at any instruction, a disk that flips bits. Not somebody who
 * can write the file: the hashes have no key. */
#ifndef SC_BASE_JOURNAL_H
#define SC_BASE_JOURNAL_H

#include "base/bytes.h"
#include "base/fault.h"

#define SC_JOURNAL_MAX_RECORD ((size_t)16 << 20)

typedef struct sc_journal sc_journal;

/* Sees each record in order; an error ends the opening with that error. */
typedef sc_err (*sc_journal_visit)(void *ctx, uint64_t offset, sc_bytes record,
                                   sc_fault *why);

/* Open for writing (made with mode 0600 if absent; there for good with the first
 * sync), visit every record, cut a torn tail.
 *   Returns: SC_E_STATE    it is open for writing already
 *            SC_E_CORRUPT  a bad record before the end: why has file, offset
 *            SC_E_IO       cannot be read or made */
SC_MUST_USE sc_err sc_journal_open(sc_journal **j, const char *path,
                                   sc_journal_visit visit, void *ctx,
                                   sc_fault *why);
void sc_journal_free(sc_journal **j);
/* Visit every record and change nothing; a writer may be at work, so a last
 * record that is not whole yet is passed over.
 *   Returns: SC_E_NOT_FOUND, SC_E_CORRUPT, SC_E_IO */
SC_MUST_USE sc_err sc_journal_read(const char *path, sc_journal_visit visit,
                                   void *ctx, sc_fault *why);
/* Durable when it returns SC_OK. After a failure the journal takes no more
 * (SC_E_IO): the state of its pages is unknown until it is opened again. */
SC_MUST_USE sc_err sc_journal_append(sc_journal *j, sc_bytes record,
                                     sc_fault *why);
/* The same without the sync: durable with the next sc_journal_append or
 * sc_journal_sync, lost before it if the machine falls. For what a restart
 * finds out again. */
SC_MUST_USE sc_err sc_journal_append_later(sc_journal *j, sc_bytes record,
                                           sc_fault *why);
/* What was appended so far is durable when it returns SC_OK; after a failure as
 * above. */
SC_MUST_USE sc_err sc_journal_sync(sc_journal *j, sc_fault *why);
/* Bytes in the file. */
uint64_t sc_journal_len(const sc_journal *j);
/* Bytes of a torn tail that opening cut; 0 if none. */
uint64_t sc_journal_cut(const sc_journal *j);

#endif
