/* job/conf/columns.h: one column of a table in consortium.yaml: its type, bounds,
 * values and cuts.
 *
 * Adversary: as of job/conf/consortium.h. */
#ifndef SC_JOB_COLUMNS_H
#define SC_JOB_COLUMNS_H

#include "data/schema.h"
#include "job/conf/conf.h"

#define SC_COLUMNS_NAME_REMEDY                                                 \
    "use a-z, 0-9 and _, a letter first, at most 63 characters"

/* Fill *col (which is zero) from its entry. Mistakes are noted in c->faults;
 * what was filled is released by sc_table_clear all the same. SC_E_MEM. */
SC_MUST_USE sc_err sc_columns_parse(sc_column *col, const sc_conf *c,
                                    const sc_yaml_entry *entry);

#endif
