/* job/conf/allow.h: the `allow:` of node.yaml: who may use which of my columns how.
 *
 *     - who: [bob, carol]             or any
 *       until: 2027-06-30             the last day
 *       purpose: "wage report 2026"   for the record
 *       table: salaries
 *       columns: {region: [group, filter], income: [aggregate]}
 *       functions: [count, sum, avg]
 *
 * Adversary: as of job/conf/nodeconf.h. */
#ifndef SC_JOB_ALLOW_H
#define SC_JOB_ALLOW_H

#include "job/conf/conf.h"
#include "job/conf/nodeconf.h"

/* Fill n->allow from the list; NULL: nothing is allowed. Mistakes are noted in
 * c->faults. SC_E_MEM. */
SC_MUST_USE sc_err sc_allow_parse(sc_nodeconf *n, const sc_conf *c,
                                  const sc_yaml_node *list);

#endif
