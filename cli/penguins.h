/* cli/penguins.h: the demo's data, in the program itself: examples/penguins.
 *
 * Three CSV files, NUL-terminated. Source and licence (CC0):
 * examples/penguins/README.md. */
#ifndef SC_CLI_PENGUINS_H
#define SC_CLI_PENGUINS_H

extern const char sc_penguins_biscoe[];
extern const char sc_penguins_dream[];
extern const char sc_penguins_torgersen[];

#endif
