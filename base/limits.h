/* base/limits.h: sizes that several rooms must agree on. */
#ifndef SC_BASE_LIMITS_H
#define SC_BASE_LIMITS_H

#define SC_MAX_PARTIES    16
#define SC_NAME_MAX       63 /* bytes of a party, table or column name */
#define SC_MAX_COLUMNS    64 /* of one table; column sets are uint64_t masks */
#define SC_MAX_CATEGORIES 4096  /* values of one category column */
#define SC_MAX_CELLS      65536 /* groups of one query */
#define SC_MAX_KEYS       3     /* GROUP BY expressions */
#define SC_MAX_SQL_LEN    65536
#define SC_MAX_SQL_DEPTH  200

#endif
