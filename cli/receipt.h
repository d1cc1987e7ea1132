/* cli/receipt.h: what `receipt show` and `receipt verify` share. */
#ifndef SC_CLI_RECEIPT_H
#define SC_CLI_RECEIPT_H

#include "job/plan/plan.h"
#include "ledger/bundle.h"

/* Check an exported file and print its page, and with `is_verdict` what is proved
 * and what asserted. consortium, config: as the options say; may be NULL. Returns
 * the exit status. */
int sc_receipt_check_file(const char *path, const char *consortium,
                          const char *config, int is_verdict);

/* ---- on standard output -------------------------------------------------- */

/* A checked receipt, and what its readable page is made from. */
typedef struct {
    const sc_bundle_facts *facts;
    sc_consortium *consortium; /* of the bundle's file */
    sc_job *job;   /* whose digest the receipt has; NULL: not at hand */
    sc_plan *plan; /* of that job; NULL: as above, or planned otherwise here */
    const json_t *answer; /* proved by the bundle; NULL: not at hand */
} sc_receipt_page;

/* From a bundle that was verified, and a job found elsewhere (or NULL), which is
 * not believed but compared with the receipt's digest. Borrows from both.
 *   Returns: SC_E_CHEAT  it is another job; SC_E_MEM */
SC_MUST_USE sc_err sc_receipt_page_make(sc_receipt_page *p,
                                        const sc_bundle_facts *f,
                                        const sc_bundle *b, const json_t *job,
                                        sc_fault *why);
void sc_receipt_page_clear(sc_receipt_page *p);
/* Who asked what of whom by what right, and what came out: in words. */
void sc_receipt_page_print(const sc_receipt_page *p);

/* The name behind a party of the receipt. */
const char *sc_receipt_name(const sc_bundle_facts *f, size_t party);
/* Who signed a receipt, and who posted for it and was not there. */
enum { SC_RECEIPT_SIGNED = 1, SC_RECEIPT_POSTED = 2 };
/* The names, with commas, of all such parties with one of these roles
 * (SC_ROLE_...). */
void sc_receipt_print_names(const sc_bundle_facts *f, unsigned who,
                            unsigned roles);
/* "posted <when>, not present", of a party that posted. */
void sc_receipt_print_post(const sc_receipt_party *p);
/* Has any party of the receipt one of these roles? */
int sc_receipt_has_role(const sc_bundle_facts *f, unsigned roles);
/* Digests, commitments and channels. */
void sc_receipt_print_digests(const sc_bundle_facts *f);
/* What is proved, what holds if one party was honest, what is asserted. */
void sc_receipt_print_verdicts(const sc_bundle_facts *f);
/* Whether somebody here vouches for the consortium; through: by what, in words. */
void sc_receipt_print_anchor(const sc_bundle_facts *f, const char *through);

#endif
