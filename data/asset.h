/* data/asset.h: which version of its files a source is, and what it is worth.
 */
#ifndef SC_DATA_ASSET_H
#define SC_DATA_ASSET_H

#include "data/engine.h"

/* A file's version, as far as the file system can tell. The time of the last
 * change of the inode is in it, since the other one can be set by hand. */
typedef struct {
    uint64_t device, inode, size;
    int64_t written_ns, changed_ns;
} sc_file_id;

/* ids: one a file. SC_E_CORRUPT if one is missing or no regular file. */
SC_MUST_USE sc_err sc_asset_identify(sc_file_id *ids, const sc_source *s,
                                     sc_fault *why);
int sc_asset_is_same(const sc_file_id *a, const sc_file_id *b, size_t n);

/* Hash the bytes of all files, and the SELECT:
 *   SHA-256("sharechain/asset/1" ; SELECT, SHA-256(file 1), ...)
 * by sc_hash_tagged; ids are those of the files while they were read.
 *   Returns: SC_E_STATE    a file kept changing
 *            SC_E_TIMEOUT  deadline_ms passed
 *            SC_E_CORRUPT  unreadable
 *   Cost:    one read of all files */
SC_MUST_USE sc_err sc_asset_hash(uint8_t digest[static 32], sc_file_id *ids,
                                 const sc_source *s, uint64_t deadline_ms,
                                 sc_fault *why);

/* Do the rule and max_rows allow an asset with that report? */
int sc_asset_is_usable(const sc_source *s, const sc_asset_report *r);

#endif
