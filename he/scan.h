/* he/scan.h: one of many by reading all.
 *
 * Adversary: one who shares the machine's caches; time and addresses depend on
 * the counts alone. */
#ifndef SC_HE_SCAN_H
#define SC_HE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#define SC_SCAN_MAX_ENTRIES 256

/* out = entry number `which` of n_entries <= SC_SCAN_MAX_ENTRIES, of size words
 * each, that lie step words apart. */
void sc_scan(uint64_t *out, const uint64_t *table, size_t size, size_t step,
             size_t n_entries, uint64_t which);

#endif
