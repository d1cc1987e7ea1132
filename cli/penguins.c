/* cli/penguins.c: the assembler takes the files in as they are, so that an
 * installed program has them too. Paths start at the source tree's root, where
 * the compiler runs. */
#include "cli/penguins.h"

#define EMBED(name, file)                                                      \
    __asm__(".pushsection .rodata\n"                                           \
            ".global " #name "\n"                                              \
            ".type " #name ", %object\n" #name ":\n"                           \
            ".incbin \"" file "\"\n"                                           \
            ".byte 0\n"                                                        \
            ".size " #name ", . - " #name "\n"                                 \
            ".popsection\n")

EMBED(sc_penguins_biscoe, "examples/penguins/data/biscoe.csv");
EMBED(sc_penguins_dream, "examples/penguins/data/dream.csv");
EMBED(sc_penguins_torgersen, "examples/penguins/data/torgersen.csv");
