/* ledger/audit.h: a log checked from its files alone, by anyone who has them.
 *
 * Reads DIR/chain (or DIR itself, if that is such a folder) and writes nothing,
 * so that a node may run on the same folder and a copy from any web server will
 * do: every entry passes the rules again, in order; the root of what the
 * published checkpoint covers is computed anew and compared; its signatures and
 * the quorum are checked; every tile and entry bundle that lies there holds the
 * bytes that the entries give, and none that the checkpoint needs is missing.
 * The first fault ends the audit and is named with its file.
 *
 * Adversary: whoever gave us the files. That the log was not cut short is seen
 * only by who brings a head from elsewhere: sc_audit_extends. */
#ifndef SC_LEDGER_AUDIT_H
#define SC_LEDGER_AUDIT_H

#include "ledger/entry.h"
#include "ledger/store.h"

typedef struct sc_audit sc_audit;

typedef struct {
    uint64_t n_entries; /* in the bundles; published.at.size of them proved */
    uint64_t n_of_type[SC_ENTRY_N_TYPES];
    sc_roster_head published; /* the checkpoint, and who cosigned it when */
    uint64_t n_files;         /* bundles and tiles compared */
    uint64_t n_beyond;        /* hash tiles wider than the entries here: an
                               * append under way or cut short; not compared */
} sc_audit_report;

/* Audit the log of `roster` (checked) below dir.
 *   Returns: SC_E_CHEAT    an entry breaks a rule, a signature fails, no quorum
 *            SC_E_CORRUPT  a file is missing, malformed or holds other bytes
 *            SC_E_NOT_FOUND  no checkpoint there: nothing can be proved
 *            SC_E_IO
 *   Cost:    reads and hashes all files; 100 bytes of memory an entry, and those
 *            of the rules */
SC_MUST_USE sc_err sc_audit_new(sc_audit **a, const char *dir,
                                const sc_roster *roster, sc_fault *why);
void sc_audit_free(sc_audit **a);
const sc_audit_report *sc_audit_result(const sc_audit *a);

/* Does the published log begin with this head, heard of elsewhere? SC_E_CHEAT:
 * it is shorter, or another history. */
SC_MUST_USE sc_err sc_audit_extends(const sc_audit *a, const sc_head *head,
                                    sc_fault *why);
/* The entry with this i, without its signature (which was checked), and where it
 * is. SC_E_NOT_FOUND: not in the published log. */
SC_MUST_USE sc_err sc_audit_find(const sc_audit *a, sc_entry *e,
                                 uint64_t *index,
                                 const uint8_t i[static SC_HASH_LEN]);

#endif
