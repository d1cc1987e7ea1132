/* job/conf/parties.h: the `parties:` of consortium.yaml.
 *
 * Adversary: as of job/conf/consortium.h; and a party that enters another's key as
 * its own. */
#ifndef SC_JOB_PARTIES_H
#define SC_JOB_PARTIES_H

#include "job/conf/conf.h"
#include "job/conf/consortium.h"

/* Fill cons->parties from the list; cons->name and cons->roster.origin are ""
 * where they could not be read, and else stand at these nodes: where every block
 * contradicts one of them, it is blamed once and not each party. Mistakes are
 * noted in c->faults; what was filled by then belongs to cons all the same.
 * SC_E_MEM. */
SC_MUST_USE sc_err sc_parties_parse(sc_consortium *cons, const sc_conf *c,
                                    const sc_yaml_node *list,
                                    const sc_yaml_node *name_at,
                                    const sc_yaml_node *origin_at);

#endif
