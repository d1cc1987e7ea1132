/* cli/words.h: a stranger's text for eyes.
 *
 * Adversary: whoever wrote it. What would move the cursor, or turn the direction
 * of writing, prints as '?'; every line but the first is indented, so that no
 * text can pass for a line of the command itself. */
#ifndef SC_CLI_WORDS_H
#define SC_CLI_WORDS_H

#include <stddef.h>
#include <stdio.h>

#define SC_WORDS_WIDTH 79 /* columns of a line that is wrapped */

/* Print UTF-8 text, which stands in column `indent` already, without a last line
 * feed. width 0: not wrapped, lines end where the text's do. */
void sc_words_put(FILE *to, const char *text, size_t indent, size_t width);

#endif
