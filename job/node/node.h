/* job/node/node.h: a party's node: links, ledger, engine, and its users' requests.
 *
 * Local requests (job/node/control.h), one JSON object each; "id" is 32 hex digits,
 * in a request also the first 4 or more of them.
 * Whoever may open the socket acts as this party.
 *
 *   {"op":"query","sql":S,"to":[NAME...],"auditor":[NAME...]}
 *       "to" optional: result parties; default: me. "auditor" optional: who
 *       gets the job's text and its receipt, and takes no part. Frames
 *       {"progress":{"id":H,"phase":S,"bytes":N,"of":N}} with the job's id, then
 *       {"ok":{"id":H,"answer":A,"index":N,"size":N,"stored":B}} with A as in
 *       job/plan/plan.h (sc_answer_json), absent if this party is no result party;
 *       index and size of the receipt's entry; stored: a repeat's answer
 *       Where owners post and leave: {"ok":{"call":C}}, at once, with C as below;
 *       "days" optional, how long the call lasts
 *   {"op":"calls"}   {"ok":{"calls":[C...],"linked":B}}, linked: with all
 *       parties that are not offline; C = {"id":H,"asker":NAME,"sql":S,
 *       "state":"open"|"done"|"refused"|"over","not_after":N,"mine":B,"owed":B,
 *       "refused":B,"posted":[NAME...],"missing":[NAME...],"party":NAME,
 *       "trouble":S,"job":H}: an owner sees itself alone in the lists, posted once
 *       the asker has its post; owed: this node was called for it; refused: by this
 *       party's own rules; party and trouble: why there is no answer, or no post; job
 *       (absent if there is none): the last that was begun
 *   {"op":"explain","sql":S,"to":[...],"auditor":[...]}   {"ok":{"text":S}}
 *   {"op":"status"}   {"ok":{"me":S,"consortium":S,"digest":H,
 *       "chain":{"size":N,"published":N,"root":H,"owed":N,"ordering":N},
 *       "jobs":N,"open":N,"calls":N,"peers":[{"name":S,"linked":B,"rtt_us":N,"reason":S,"size":N}...],
 *       "questions_per_day":N,"tables":[{"name":S,"state":S,"rows":N,
 *       "outside":N,"checked":N,"version":H,"words":[S...],
 *       "asked":[{"name":S,"n":N}...]}...]}}
 *                                           tables: mine. state: "usable",
 *       "not used", "changed" (to be checked by the next query; rows and so on
 *       are of the version before), "unreadable", "unchecked"; outside: values
 *       outside the schema; checked: when, seconds since 1970-01-01, 0 if never;
 *       version: 12 digits of the digest of the files and the SELECT;
 *       words: what is wrong, for each column where and what; asked: who asked
 *       how often today, my own questions too
 *   {"op":"result","id":H}    {"ok":{"id":H,"state":S,"index":N,"asker":NAME,
 *       "to":[NAME...],"mine":B,"job":J,"answer":A,
 *       "end":{"party":NAME,"phase":S,"text":S}}}; index as below; to: result
 *       parties, mine: this is one; answer absent unless there is one here; end
 *       absent unless it was refused or aborted; party "" if nobody is named.
 *       Of a call's id: the same of its job, and "call":C; without a job
 *       {"ok":{"call":C}} alone
 *   {"op":"receipts"}   {"ok":{"receipts":[{"id":H,"state":S,"time":N,
 *       "asker":NAME,"sql":S,"index":N}...]}}, index -1 if not in the log;
 *       newest first: those in the log by index, the others among them by time
 *   {"op":"receipt","id":H,"with_result":B}  {"ok":{"bundle":S,"first":B}}: the one
 *       line that `receipt export` writes to a file; first: it stands below the
 *       first checkpoint in which this party found it, not only the newest. With
 *       the result of a sum of ciphertexts {"ok":{"id":H,"line":S,"rest":N,
 *       "first":B}}: N bytes follow the line in the file
 *   {"op":"receipt_rest","id":H,"at":N}  {"ok":{"rest":base64}}: of these, from N on
 *       SC_STORED_PAGE bytes, or as many as are left; to who may have the result
 *
 * or {"fault":{...}} (job/node/control.h). */
#ifndef SC_JOB_NODE_H
#define SC_JOB_NODE_H

#include "job/conf/nodeconf.h"

typedef struct sc_node sc_node;

/* Read the configuration, check keys and the accepted digest, open the chain,
 * bind, start every thread.
 *   In:      config   path of node.yaml
 *            program  the sharechain executable, for the engine's child
 *            duckdb   libduckdb.so for it; NULL: SC_DUCKDB, or the system's
 *   In-out:  faults   mistakes of the configuration files
 *   Returns: SC_E_CONFIG  faults or why say what; others: why */
SC_MUST_USE sc_err sc_node_new(sc_node **n, const char *config,
                               const char *program, const char *duckdb,
                               sc_faults *faults, sc_fault *why);
/* Serve until stop_fd is readable. SC_E_IO: a thread gave up. */
SC_MUST_USE sc_err sc_node_run(sc_node *n, int stop_fd, sc_fault *why);
/* Ends jobs, says BYE, joins every thread. */
void sc_node_free(sc_node **n);
/* "tcp://127.0.0.1:7400" and the socket's path, for the start-up line. */
const char *sc_node_address(const sc_node *n);
const char *sc_node_socket(const sc_node *n);

#endif
