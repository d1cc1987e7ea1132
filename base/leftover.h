/* base/leftover.h: names of files that base/file.c has begun and not yet put in
 * their place: <name>.tmp-<16 hex digits>. For base/ alone.
 *
 * Adversary: whoever names files in our folders: no more than such a name is told. */
#ifndef SC_BASE_LEFTOVER_H
#define SC_BASE_LEFTOVER_H

#define SC_LEFTOVER_MARK   ".tmp-"
#define SC_LEFTOVER_RANDOM 8 /* bytes, printed as hex behind the mark */

int sc_is_leftover(const char *name);

#endif
