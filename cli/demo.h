/* cli/demo.h: the demo's four parties in one folder.
 *
 *     FOLDER/consortium.yaml
 *     FOLDER/biscoe/{node.yaml,penguins.csv,keys/,log,chain/,...}
 *     FOLDER/{dream,torgersen,auditor}/...        an auditor has no data */
#ifndef SC_CLI_DEMO_H
#define SC_CLI_DEMO_H

#include "base/bytes.h"
#include "cli/crew.h"

#define SC_DEMO_PARTIES 4
#define SC_DEMO_ORIGIN  "penguins.example/chain/1"

typedef struct {
    const char *name;
    const char *csv; /* NULL: owns no data */
} sc_demo_party;

extern const sc_demo_party sc_demo_parties[SC_DEMO_PARTIES];

typedef struct {
    sc_crew crew;
    char folder[256];
    char address[SC_DEMO_PARTIES][32]; /* tcp://127.0.0.1:port */
    size_t node[SC_DEMO_PARTIES];      /* members of the crew */
} sc_demo;

/* Make the folder: `dir` (it may not exist yet), or a new one below TMPDIR for
 * NULL; and choose a free port for each party. */
SC_MUST_USE sc_err sc_demo_make_folder(sc_demo *d, const char *dir,
                                       sc_fault *why);
/* Before `init`: the parties' folders and data. After it: the consortium's file
 * of their blocks, and each party's node.yaml. */
SC_MUST_USE sc_err sc_demo_write_data(const sc_demo *d, sc_fault *why);
SC_MUST_USE sc_err sc_demo_write_config(const sc_demo *d, sc_fault *why);
/* Append a file of the folder. */
SC_MUST_USE sc_err sc_demo_read(sc_buf *out, const sc_demo *d, const char *name,
                                sc_fault *why);
SC_MUST_USE sc_err sc_demo_write(const sc_demo *d, const char *name,
                                 sc_bytes text, sc_fault *why);
/* Remove it with all that is in it. */
void sc_demo_remove_folder(const sc_demo *d);

#endif
