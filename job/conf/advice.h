/* job/conf/advice.h: what is lawful in a consortium file, and will disappoint.
 *
 * A table that no query can read, a column that nobody can filter by, an
 * address that no peer can reach: each in one sentence, before all have signed.
 */
#ifndef SC_JOB_ADVICE_H
#define SC_JOB_ADVICE_H

#include "job/conf/consortium.h"

/* Called once for each warning, in the file's order. */
typedef void (*sc_advice_say)(void *ctx, const char *text);

/* All that can be said of c. SC_E_MEM. */
SC_MUST_USE sc_err sc_advice_give(const sc_consortium *c, sc_advice_say say,
                                  void *ctx);

#endif
