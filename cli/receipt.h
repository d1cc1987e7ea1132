/* cli/receipt.h: what the verbs of `sharechain receipt` share. */
#ifndef SC_CLI_RECEIPT_H
#define SC_CLI_RECEIPT_H

#include "ledger/bundle.h"

/* A verb: argv[0] is its name; returns the exit status. */
int sc_receipt_verb_list(int argc, char **argv);
int sc_receipt_verb_show(int argc, char **argv);
int sc_receipt_verb_export(int argc, char **argv);
int sc_receipt_verb_verify(int argc, char **argv);

/* To standard output: all that the receipt says; and the two verdicts apart,
 * what is proved, and what its parties merely assert. */
void sc_receipt_print(const sc_bundle_facts *f);
void sc_receipt_print_verdicts(const sc_bundle_facts *f);

#endif
