/* cli/audit.h: the receipts that lie beside a log, against it. */
#ifndef SC_CLI_AUDIT_H
#define SC_CLI_AUDIT_H

#include "ledger/audit.h"

typedef struct {
    size_t n_proved; /* receipts in the log, signed by each of their parties
                      * that was present */
    size_t n_posts;  /* in n_proved: by owners that were not present */
    size_t n_open;   /* signed by all, and not published in the log yet */
    size_t n_twins;  /* of n_proved: the log's copy has other signatures under
                      * the same text (sc_receipt_match) */
} sc_audit_receipts;

/* Check the receipts of all jobs below dir (none: no fault); a living node may be
 * writing there.
 *   Returns: SC_E_CHEAT    a receipt does not hold, or was said to be in the
 *                          log and is not
 *            SC_E_CORRUPT  a record is damaged
 *            In both, why names the record. SC_E_IO */
SC_MUST_USE sc_err sc_audit_receipts_check(sc_audit_receipts *out,
                                           const char *dir,
                                           const sc_audit *chain,
                                           const sc_roster *roster,
                                           sc_fault *why);

#endif
