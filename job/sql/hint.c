/* job/sql/hint.c: see the header. */
#include "job/sql/hint.h"

#include <string.h>
#include <strings.h>

#define OPEN   "/*+"
#define CLOSE  "*/"
#define REMEDY "the one hint there is: SELECT /*+ ciphertext_sum */ ..."

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

/* Is the hint from `at` on this one, with blanks around it? */
static int is_hint(const char *at, const char *end, const char *name)
{
    const size_t len = strlen(name);

    at = skip_blanks(at);
    return (size_t)(end - at) >= len && strncasecmp(at, name, len) == 0 &&
           skip_blanks(at + len) == end;
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
    if (end == NULL || !is_hint(at + strlen(OPEN), end, "ciphertext_sum")) {
        return sc_parse_refuse(p, s->hint_at, "this hint is not known", REMEDY);
    }
    s->hint = SC_HINT_CIPHERTEXT_SUM;
    if (strstr(end, OPEN) != NULL) {
        return sc_parse_refuse(p, (size_t)(strstr(end, OPEN) - p->sql),
                               "there is a second hint", REMEDY);
    }
    return SC_OK;
}
