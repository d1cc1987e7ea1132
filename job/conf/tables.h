/* job/conf/tables.h: the `tables:` of consortium.yaml.
 *
 * Adversary: as of job/conf/consortium.h. Bounds are what rules out overflow later,
 * so every column has them, within +-SC_TABLES_MAX_VALUE in encoded units. */
#ifndef SC_JOB_TABLES_H
#define SC_JOB_TABLES_H

#include "job/conf/conf.h"
#include "job/conf/consortium.h"

#define SC_TABLES_MAX          256
#define SC_TABLES_MAX_VALUE    ((int64_t)1000000000000000000) /* 10^18 */
#define SC_TABLES_MAX_CUTS     4096
#define SC_TABLES_MAX_CATEGORY 255 /* bytes of a category's value */
#define SC_TABLES_MAX_ROWS     ((int64_t)1 << 40)
#define SC_TABLES_DEFAULT_ROWS ((int64_t)1 << 32)

/* Fill cons->tables from the map; owners are looked up in cons->parties.
 * Mistakes are noted in c->faults; what was filled by then belongs to cons all
 * the same. SC_E_MEM. */
SC_MUST_USE sc_err sc_tables_parse(sc_consortium *cons, const sc_conf *c,
                                   const sc_yaml_node *map);

#endif
