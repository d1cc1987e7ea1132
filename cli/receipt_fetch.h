/* cli/receipt_fetch.h: a job's receipt as a file (ledger/bundle.h), from the node: its
 * line in one answer, and what follows it page by page, so that neither side holds a
 * file of 2 GiB in memory.
 *
 * Adversary: another user's socket in the node's place: what comes is of the lengths
 * that were said, or it is an error. */
#ifndef SC_CLI_RECEIPT_FETCH_H
#define SC_CLI_RECEIPT_FETCH_H

#include "cli/ask.h"

typedef struct {
    json_t *answer; /* owned */
    sc_bytes line;  /* in it, with its line feed */
    uint64_t rest;  /* bytes that follow the line */
    int is_first;   /* job/node/export.h */
    char id[33];    /* of the job, if something follows */
} sc_receipt_file;

/* Ask for it. Faults are printed; returns the exit status. Clear f in any case. */
int sc_receipt_ask(sc_receipt_file *f, const sc_ask_where *where,
                   const char *id, int with_result);
void sc_receipt_file_clear(sc_receipt_file *f);

/* Where the file's bytes go, in order. */
typedef sc_err (*sc_receipt_sink)(void *ctx, sc_bytes piece, sc_fault *why);

/* Hand line and rest to the sink, and show progress on standard error. Meanwhile
 * signals that would end us wait, and are an error, so that the sink can clean up.
 * Faults are printed; returns the exit status. */
int sc_receipt_fetch(const sc_receipt_file *f, const sc_ask_where *where,
                     sc_receipt_sink sink, void *ctx);

#endif
