/* job/conf/conf.h: what the readers of consortium.yaml and node.yaml share.
 *
 * Adversary: whoever wrote the file. Its texts are checked before they are
 * copied, and printed only through sc_conf_quote. Each reader notes a fault and
 * goes on, so that one run finds every mistake. */
#ifndef SC_JOB_CONF_H
#define SC_JOB_CONF_H

#include "base/limits.h"
#include "base/yaml.h"

#define SC_CONF_QUOTE_LEN   68
#define SC_CONF_ADDRESS_MAX 255
#define SC_CONF_ORIGIN_MAX  127

/* The file being read. */
typedef struct {
    sc_faults *faults;
    const char *file;
} sc_conf;

/* Copies text, cut to fit; what is not printable ASCII becomes '?'. Returns
 * out. */
const char *sc_conf_quote(char out[static SC_CONF_QUOTE_LEN], const char *text);

/* The text of a scalar that is not empty and has no control characters; else
 * NULL and a fault that names `what`. Faults are kept up to a limit: ask the
 * result, not the list, whether something was wrong. */
const char *sc_conf_text(const sc_conf *c, const sc_yaml_node *node,
                         const char *what);

/* Copy a name (sc_conf_is_name) to out. Returns out, or NULL where node is NULL
 * or, with a fault, not such a name. */
const char *sc_conf_name(char out[static SC_NAME_MAX + 1], const sc_conf *c,
                         const sc_yaml_node *node, const char *what);

/* A name of a consortium or party: a-z, 0-9, '_', '-'. */
int sc_conf_is_name(const char *text);
/* A name of a table or column, as SQL folds it: a letter or '_' first, then
 * a-z, 0-9, '_'. */
int sc_conf_is_identifier(const char *text);
/* An origin of a log: a URL without its schema, at most SC_CONF_ORIGIN_MAX
 * letters, digits and "-._~:/". */
int sc_conf_is_origin(const char *text);
/* tcp://host:port with a host name, an IPv4 address or [an IPv6 address]; with
 * is_listen also '*' for every interface. Port 1..65535. */
int sc_conf_is_address(const char *text, int is_listen);

#endif
