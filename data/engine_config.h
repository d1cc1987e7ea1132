/* data/engine_config.h: which sources an engine takes.
 *
 * Adversary: none by intent (the owner's own file); but a name that DuckDB reads as
 * a pattern would open other files than the sandbox was told of. */
#ifndef SC_DATA_ENGINE_CONFIG_H
#define SC_DATA_ENGINE_CONFIG_H

#include "data/engine.h"

/* Tables and counts within bounds, each file's path absolute, no pattern, and
 * readable now. SC_E_CONFIG: why names the table or the file. */
SC_MUST_USE sc_err sc_engine_config_check(const sc_engine_config *c,
                                          sc_fault *why);

#endif
