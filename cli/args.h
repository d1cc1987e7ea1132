/* cli/args.h: options and words of a command line.
 *
 * --name VALUE, --name=VALUE, --flag; "--" ends the options. Options may stand
 * before, between and behind the words. Each may be given once. */
#ifndef SC_CLI_ARGS_H
#define SC_CLI_ARGS_H

#include <stdint.h>

#include "base/fault.h"

typedef struct {
    const char *name;   /* without the dashes */
    const char **value; /* takes a value; NULL: a flag */
    int *flag;          /* set to 1; NULL where it takes a value */
    int is_required;
} sc_option;

/* Sort argv[1..] into options and words (borrowed from argv).
 *
 *   Out:     n_words      up to max_words, at least min_words
 *   In-out:  words        in: what each is called, for the fault about a missing
 *                         one, such as "FILE" or "ID: `receipt list` has them";
 *                         NULL: nothing. Out: the words; NULL beyond n_words
 *   Returns: SC_E_CONFIG  why says which word is wrong, and the nearest known
 *                         option; words are then undefined */
SC_MUST_USE sc_err sc_args_parse(const char **words, size_t *n_words, int argc,
                                 char **argv, const sc_option *options,
                                 size_t n_options, size_t min_words,
                                 size_t max_words, sc_fault *why);
/* A whole number within [least, most] that an option was given.
 * SC_E_CONFIG: why names the option and what it takes. */
SC_MUST_USE sc_err sc_args_number(int64_t *out, const char *option,
                                  const char *text, int64_t least, int64_t most,
                                  sc_fault *why);
/* Does --help or -h stand among the options? */
int sc_args_wants_help(int argc, char **argv);

/* The word of the list (NULL-ended) that `text` is a likely slip of; NULL if
 * none is near. */
const char *sc_args_nearest(const char *text, const char *const *list);

#endif
