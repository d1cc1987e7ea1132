/* he/lines.h: the text of this room's files, line by line. For its files alone.
 *
 * A reader takes each line by its length, decodes, makes the value and writes it
 * again: one value, one file. Adversary: whoever wrote the file. Bytes read and
 * numbers written may be secret: nobody's time but the owner's depends on them. */
#ifndef SC_HE_LINES_H
#define SC_HE_LINES_H

#include "base/bytes.h"
#include "he/public.h"

#define SC_LINE_MAX_NUMBER (16 * SC_HE_MAX_LIMBS) /* bytes: up to n^2 */

/* "<name><hexadecimal>\n"; nothing is taken back on failure. */
SC_MUST_USE sc_err sc_line_put_hex(sc_buf *out, const char *name, sc_bytes x);
/* n_words <= 2 * SC_HE_MAX_LIMBS, big-endian. Secret: x */
SC_MUST_USE sc_err sc_line_put_number(sc_buf *out, const char *name,
                                      const uint64_t *x, size_t n_words);

int sc_line_begins(sc_bytes in, const char *start);
/* Cut the next line off, which begins with `start`; *rest is what follows that,
 * without the newline. SC_E_WIRE here and below: it is none. */
SC_MUST_USE sc_err sc_line_next(sc_bytes *in, sc_bytes *rest,
                                const char *start);
/* "id <id>\n", visible ASCII. */
SC_MUST_USE sc_err sc_line_get_id(sc_bytes *in,
                                  char id[static SC_HE_ID_MAX + 1]);
/* Exactly len bytes. */
SC_MUST_USE sc_err sc_line_get_hex(sc_bytes *in, const char *start,
                                   uint8_t *bytes, size_t len);
/* A whole number of words, at most max bytes. */
SC_MUST_USE sc_err sc_line_get_number(sc_bytes *in, const char *start,
                                      uint8_t *bytes, size_t *len, size_t max);
/* Decimal digits, 0 .. max. */
SC_MUST_USE sc_err sc_line_get_count(sc_bytes *in, const char *start,
                                     uint64_t *x, uint64_t max);

#endif
