/* job/conf/ownsql.h: which files an owner's own SELECT reads.
 *
 * The SELECT in node.yaml is trusted, but the engine may read exactly the files
 * that are declared, by absolute path. So file names are found where SQL has a
 * table, and made absolute:
 *
 *     FROM 'x.csv'     JOIN 'y.parquet'     read_csv('x.csv', ...)
 *     read_parquet(['a.parquet', 'b.parquet'])
 *
 * Where no files are declared, only the first form is understood, with a name
 * that ends in .csv, .parquet or .json, and everything else is refused: what
 * cannot be read with certainty must be said under `files:`. A file that is
 * overlooked here cannot be read: the engine refuses it. */
#ifndef SC_JOB_OWNSQL_H
#define SC_JOB_OWNSQL_H

#include "base/bytes.h"
#include "base/fault.h"

#define SC_OWNSQL_MAX_FILES 64

/* Is the text a SELECT (or WITH ...), rather than the name of a file? */
int sc_ownsql_is_select(const char *text);

typedef struct {
    char *names[SC_OWNSQL_MAX_FILES]; /* distinct, as written */
    size_t n_names;
} sc_ownsql_files;

void sc_ownsql_files_clear(sc_ownsql_files *f);

/* Append sql to out with each file name made absolute below folder.
 *
 *   In:      declared   names under `files:`, as written; NULL: none are, and
 *                       they are taken from the text
 *   Out:     files      the names that were found; clear it in any case
 *   Returns: SC_E_CONFIG  not understood, a file that is not declared, or one
 *                         that is declared and not read: why says how to mend
 *                         it */
SC_MUST_USE sc_err sc_ownsql_resolve(sc_buf *out, sc_ownsql_files *files,
                                     const char *sql, const char *folder,
                                     const char *const *declared,
                                     size_t n_declared, sc_fault *why);

#endif
