/* job/sql/hint.c: see the header. */
#include "job/sql/hint.h"

#include <string.h>
#include <strings.h>

#define OPEN  "/*+"
#define CLOSE "*/"
#define REMEDY                                                                 \
    "the hints there are: SELECT /*+ ciphertext_sum */ ... and SELECT "        \
    "/*+ ciphertext_sum(bits) */ ..."

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n\f\v");
}

/* Behind the word, in either case, and the blanks after it; NULL if the text does
 * not begin with it. */
static const char *skip_word(const char *at, const char *word)
{
    const size_t len = strlen(word);

    return strncasecmp(at, word, len) == 0 ? skip_blanks(at + len) : NULL;
}

/* Where a hint may stand; NULL if the text does not begin with [EXPLAIN] SELECT. */
static const char *place_of(const char *sql)
{
    const char *at = skip_blanks(sql);
    const char *behind = skip_word(at, "explain");

    return skip_word(behind != NULL ? behind : at, "select");
}

/* The hint from `at` on, blanks around it; SC_HINT_NONE if it is none. */
static sc_hint hint_of(const char *at, const char *end)
{
    static const char *const bits[] = {"(", "bits", ")"};
    sc_hint hint = SC_HINT_CIPHERTEXT_SUM;

    at = skip_word(skip_blanks(at), "ciphertext_sum");
    if (at != NULL && *at == '(') {
        hint = SC_HINT_CIPHERTEXT_BITS;
        for (size_t i = 0; at != NULL && i < 3; i++) {
            at = skip_word(at, bits[i]);
        }
    }
    return at == end ? hint : SC_HINT_NONE;
}

sc_err sc_hint_take(sc_parser *p, sc_select *s)
{
    const char *at = strstr(p->sql, OPEN), *end;

    s->hint = SC_HINT_NONE;
    if (at == NULL) {
        return SC_OK;
    }
    s->hint_at = (size_t)(at - p->sql);
    end = strstr(at, CLOSE);
    if (at != place_of(p->sql)) {
        return sc_parse_refuse(p, s->hint_at, "a hint stands behind SELECT",
                               REMEDY);
    }
    s->hint = end == NULL ? SC_HINT_NONE : hint_of(at + strlen(OPEN), end);
    if (s->hint == SC_HINT_NONE) {
        return sc_parse_refuse(p, s->hint_at, "this hint is not known", REMEDY);
    }
    if (strstr(end, OPEN) != NULL) {
        return sc_parse_refuse(p, (size_t)(strstr(end, OPEN) - p->sql),
                               "there is a second hint", REMEDY);
    }
    return SC_OK;
}
