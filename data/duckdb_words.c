/* data/duckdb_words.c: see the header. */
#include "data/duckdb_words.h"

#include <stdio.h>
#include <string.h>

/* What is meant by words that DuckDB has for a file it cannot read. */
static const struct {
    const char *said;
    const char *meant;
} meanings[] = {
    {"Expected Number of Columns",
     "it has another number of fields than the first line"},
    {"Value with unterminated quote", "a quote is opened and not closed"},
    {"Maximum line size", "it is too long"},
    {"Invalid unicode", "it is not UTF-8 text"},
    {"not a GZIP stream", "it is named .gz and is not compressed"},
    {"Malformed JSON", "it is not JSON"},
    {"magic bytes", "it is not a Parquet file"},
    {"too small to be a Parquet file", "it is not a Parquet file"},
    {"Footer length", "it is not a Parquet file"},
};

/* Where DuckDB's words end: before the settings that it appends, before the
 * statement, which is ours, and before the line of data that it quotes, since
 * words may go to a log that is no place for a row. */
static size_t words_len(const char *words)
{
    static const char *const ends[] = {"\nOriginal Line", "\nPossible ",
                                       "\nLINE 1:", "\n  file = "};
    size_t len = strlen(words);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(words, ends[i]);

        if (end != NULL && (size_t)(end - words) < len) {
            len = (size_t)(end - words);
        }
    }
    while (len > 0 && strchr(" \n", words[len - 1]) != NULL) {
        len--;
    }
    return len < 300 ? len : 300;
}

sc_err sc_duck_say(sc_fault *why, sc_err code, const char *words)
{
    static const char on_line[] = "CSV Error on Line: ";
    const char *meant = "", *reason = "", *line, *file;
    char place[32] = "it";

    words = words != NULL ? words : "no reason given";
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const char *found = strstr(words, meanings[i].said);

        if (found != NULL) {
            meant = meanings[i].meant;
            reason = found >= words + words_len(words) ? found : "";
        }
    }
    line = strstr(words, on_line);
    if (line != NULL) {
        line += strlen(on_line);
        (void)snprintf(place, sizeof place, "line %.*s",
                       (int)strspn(line, "0123456789"), line);
    }
    (void)sc_fault_set(why, code,
                       "%s cannot be read%s%s (DuckDB: \"%.*s%s%.*s\")", place,
                       meant[0] != '\0' ? ": " : "", meant,
                       (int)words_len(words), words,
                       reason[0] != '\0' ? ": " : "",
                       (int)strcspn(reason, "\n"), reason);
    file = strstr(words, "\n  file = ");
    if (file != NULL && why != NULL) {
        file += strlen("\n  file = ");
        (void)snprintf(why->file, sizeof why->file, "%.*s",
                       (int)strcspn(file, "\n"), file);
    }
    return code;
}
