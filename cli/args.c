/* cli/args.c: one pass over the words. */
#include "cli/args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"

#define MAX_WORD    32 /* longer ones are not compared with known ones */
#define MAX_OPTIONS 32

/* ---- slips ------------------------------------------------------------ */

const char *sc_args_nearest(const char *text, const char *const *list)
{
    sc_near near = sc_near_to(text);

    for (size_t i = 0; list[i] != NULL; i++) {
        sc_near_try(&near, list[i]);
    }
    return near.nearest;
}

/* ---- options ---------------------------------------------------------- */

static int is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* The option that the word (behind its dashes, up to '=') names. */
static size_t find_option(const char *name, size_t len,
                          const sc_option *options, size_t n_options)
{
    for (size_t i = 0; i < n_options; i++) {
        if (strlen(options[i].name) == len &&
            memcmp(options[i].name, name, len) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static sc_err unknown_option(const char *word, const sc_option *options,
                             size_t n_options, sc_fault *why)
{
    const char *names[MAX_OPTIONS + 1] = {0}, *nearest;
    char name[MAX_WORD + 1];

    for (size_t i = 0; i < n_options && i < MAX_OPTIONS; i++) {
        names[i] = options[i].name;
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    nearest = sc_args_nearest(name + strspn(name, "-"), names);
    (void)sc_fault_set(why, SC_E_CONFIG, "unknown option %.60s", word);
    if (nearest != NULL) {
        sc_fault_remedy(why, "did you mean --%s?", nearest);
    }
    return SC_E_CONFIG;
}

/* Take argv[*i], and the word behind it if that is its value. */
static sc_err take_option(int *i, uint32_t *seen, int argc, char **argv,
                          const sc_option *options, size_t n_options,
                          sc_fault *why)
{
    const char *word = argv[*i], *name = word + 2;
    size_t len = strcspn(name, "=");
    size_t k = strncmp(word, "--", 2) == 0
                   ? find_option(name, len, options, n_options)
                   : SIZE_MAX;

    if (k == SIZE_MAX) {
        return unknown_option(word, options, n_options, why);
    }
    if ((*seen >> k & 1) != 0) {
        return sc_fault_set(why, SC_E_CONFIG, "--%s is given twice",
                            options[k].name);
    }
    *seen |= (uint32_t)1 << k;
    if (options[k].value == NULL) {
        if (name[len] == '=') {
            return sc_fault_set(why, SC_E_CONFIG, "--%s takes no value",
                                options[k].name);
        }
        *options[k].flag = 1;
        return SC_OK;
    }
    if (name[len] != '=' && *i + 1 >= argc) {
        return sc_fault_set(why, SC_E_CONFIG, "--%s needs a value",
                            options[k].name);
    }
    *options[k].value = name[len] == '=' ? name + len + 1 : argv[++*i];
    return SC_OK;
}

/* ---- words ------------------------------------------------------------ */

/* "SQL: one text" is called SQL; the rest says what it is. */
static int name_len(const char *called)
{
    return (int)strcspn(called, ":");
}

static sc_err missing_word(const char *called, sc_fault *why)
{
    int len;

    if (called == NULL) {
        return sc_fault_set(why, SC_E_CONFIG, "an argument is missing");
    }
    len = name_len(called);
    (void)sc_fault_set(why, SC_E_CONFIG, "%.*s is missing", len, called);
    if (called[len] == ':') {
        sc_fault_remedy(why, "%s", called + len + strspn(called + len, ": "));
    }
    return SC_E_CONFIG;
}

/* A text that was not quoted falls into many words. */
static sc_err extra_word(const char *word, const char *called, sc_fault *why)
{
    (void)sc_fault_set(why, SC_E_CONFIG, "one argument too many: %.60s", word);
    if (called != NULL) {
        sc_fault_remedy(why, "quote the %.*s if it has blanks",
                        name_len(called), called);
    }
    return SC_E_CONFIG;
}

static sc_err check_all(uint32_t seen, size_t n_words, const char *const *words,
                        const sc_option *options, size_t n_options,
                        size_t min_words, sc_fault *why)
{
    if (n_words < min_words) {
        return missing_word(words[n_words], why);
    }
    for (size_t k = 0; k < n_options; k++) {
        if (options[k].is_required && (seen >> k & 1) == 0) {
            return sc_fault_set(why, SC_E_CONFIG, "--%s is missing",
                                options[k].name);
        }
    }
    return SC_OK;
}

sc_err sc_args_parse(const char **words, size_t *n_words, int argc, char **argv,
                     const sc_option *options, size_t n_options,
                     size_t min_words, size_t max_words, sc_fault *why)
{
    const char *last = max_words > 0 ? words[max_words - 1] : NULL;
    uint32_t seen = 0;
    int is_ended = 0;
    sc_err err;

    SC_ASSERT(n_options <= MAX_OPTIONS);
    *n_words = 0;
    for (int i = 1; i < argc; i++) {
        if (!is_ended && strcmp(argv[i], "--") == 0) {
            is_ended = 1;
        } else if (!is_ended && is_option(argv[i])) {
            err = take_option(&i, &seen, argc, argv, options, n_options, why);
            if (err != SC_OK) {
                return err;
            }
        } else if (*n_words == max_words) {
            return extra_word(argv[i], last, why);
        } else {
            words[(*n_words)++] = argv[i];
        }
    }
    err = check_all(seen, *n_words, words, options, n_options, min_words, why);
    for (size_t i = *n_words; err == SC_OK && i < max_words; i++) {
        words[i] = NULL;
    }
    return err;
}

sc_err sc_args_number(int64_t *out, const char *option, const char *text,
                      int64_t least, int64_t most, sc_fault *why)
{
    char *end = NULL;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < least || n > most) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "--%s takes a whole number from %lld to %lld: "
                            "'%.40s'",
                            option, (long long)least, (long long)most, text);
    }
    *out = n;
    return SC_OK;
}

int sc_args_wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return 1;
        }
    }
    return 0;
}
