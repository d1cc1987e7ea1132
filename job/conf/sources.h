/* job/conf/sources.h: the `data:` of node.yaml: where my rows of each table are.
 *
 * Adversary: as of job/conf/nodeconf.h. */
#ifndef SC_JOB_SOURCES_H
#define SC_JOB_SOURCES_H

#include "job/conf/conf.h"
#include "job/conf/nodeconf.h"

/* Fill n->sources; map is NULL if there is no `data:`. Every table of the
 * consortium that I own must have a source, and no other. Mistakes are noted in
 * c->faults. SC_E_MEM. */
SC_MUST_USE sc_err sc_sources_parse(sc_nodeconf *n, const sc_conf *c,
                                    const sc_yaml_node *map,
                                    const sc_yaml_node *root);

#endif
