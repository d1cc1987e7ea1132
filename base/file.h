/* base/file.h: files that survive a crash.
 *
 * Paths are relative to the process or absolute; faults name the file. A crash
 * during a write leaves the old file whole, and perhaps a file NAME.tmp-<16 hex
 * digits> beside it, which sc_dir_list passes over and sc_dir_sweep removes.
 *
 * Adversary: a crash at any instruction; who puts a FIFO, a folder or an endless
 * file in a file's place: it is refused. Links are followed, but by sc_dir_sweep and
 * sc_file_read_private: folders that others may write to are not for us. */
#ifndef SC_BASE_FILE_H
#define SC_BASE_FILE_H

#include "base/bytes.h"
#include "base/fault.h"

/* Append the whole regular file to out; SC_E_NOT_FOUND if absent, SC_E_IO,
 * SC_E_ARG if longer than max_len. On failure out is as it was. */
SC_MUST_USE sc_err sc_file_read(sc_buf *out, const char *path, size_t max_len,
                                sc_fault *why);
/* Append at most max_len bytes from offset `at` on; none behind its end. */
SC_MUST_USE sc_err sc_file_read_at(sc_buf *out, const char *path, uint64_t at,
                                   size_t max_len, sc_fault *why);
/* The same as sc_file_read of what must be its owner's alone, a key: SC_E_CONFIG if it is a link or no
 * regular file, another user's, or one that group or others may touch. Looked at
 * and read by one descriptor: what is put in its place meanwhile is not read. */
SC_MUST_USE sc_err sc_file_read_private(sc_buf *out, const char *path,
                                        size_t max_len, sc_fault *why);
/* Write by temporary file, fsync, rename, fsync of the folder. mode e.g. 0600,
 * less the umask. SC_E_IO: path holds its old bytes, or, where only the last
 * fsync failed, the new ones. */
SC_MUST_USE sc_err sc_file_replace(const char *path, sc_bytes data,
                                   unsigned mode, sc_fault *why);
/* The same without the syncs: whole for every reader while the machine runs;
 * after it fell perhaps the old bytes, or no byte. For what can be found out
 * again. */
SC_MUST_USE sc_err sc_file_replace_later(const char *path, sc_bytes data,
                                         unsigned mode, sc_fault *why);
/* As sc_file_replace and sc_file_replace_later, but an existing file with other
 * bytes is SC_E_CORRUPT and with the same bytes is left alone. */
SC_MUST_USE sc_err sc_file_put_immutable(const char *path, sc_bytes data,
                                         unsigned mode, sc_fault *why);
SC_MUST_USE sc_err sc_file_put_immutable_later(const char *path, sc_bytes data,
                                               unsigned mode, sc_fault *why);
/* mkdir -p, mode for what is made; fsyncs the parents it changes. _later: not, and
 * the machine's fall may take the folder with all that is in it. */
SC_MUST_USE sc_err sc_dir_make(const char *path, unsigned mode, sc_fault *why);
SC_MUST_USE sc_err sc_dir_make_later(const char *path, unsigned mode,
                                     sc_fault *why);
SC_MUST_USE sc_err sc_dir_sync(const char *path, sc_fault *why);
/* Names in a folder, sorted by bytes, without ".", ".." and leftovers; *names
 * ends with NULL and is one block, release with sc_free. Missing folder:
 * SC_E_NOT_FOUND. */
SC_MUST_USE sc_err sc_dir_list(char ***names, size_t *n_names, const char *path,
                               sc_fault *why);
/* Remove what crashes during writes left in this folder and, if is_deep, below; how
 * many. Touches nothing but regular files of this user with such a name that nobody
 * has written to for SC_SWEEP_AGE_S, so that a write under way goes on; follows no
 * symbolic link, enters no folder of another user or file system; what cannot be
 * removed stays. */
#define SC_SWEEP_AGE_S 600
size_t sc_dir_sweep(const char *path, int is_deep);
/* A single writer per folder: fcntl lock on path (made if absent). The process
 * keeps *fd open as long as it holds the lock, and opens path nowhere else, for
 * any close of it would drop the lock. SC_E_STATE if another process holds it;
 * a process does not exclude itself. */
SC_MUST_USE sc_err sc_file_lock(int *fd, const char *path, sc_fault *why);
/* dir + "/" + name into a heap string (sc_free); NULL if out of memory. */
char *sc_path_join(const char *dir, const char *name) SC_MUST_USE;

#endif
