/* cli/words.c: see the header. */
#include "cli/words.h"

#include <string.h>

/* Bytes of the character at p, at least 1 and never beyond the end. */
static size_t character_len(const unsigned char *p)
{
    size_t want = *p < 0xC0 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4, n = 1;

    while (n < want && (p[n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

/* Controls, C1 too; marks, separators, embeddings and isolates of direction. */
static int is_unfit(const unsigned char *p, size_t len)
{
    if (len == 1) {
        return *p < 0x20 || *p == 0x7F;
    }
    if (len == 2) {
        return (p[0] == 0xC2 && p[1] < 0xA0) || (p[0] == 0xD8 && p[1] == 0x9C);
    }
    return len == 3 && p[0] == 0xE2 &&
           ((p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F ||
                              (p[2] >= 0xA8 && p[2] <= 0xAE))) ||
            (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9));
}

/* Characters up to the next blank or line feed. */
static size_t word_width(const char *text)
{
    size_t n = 0, len = strcspn(text, " \n");

    for (size_t i = 0; i < len; i++) {
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return n;
}

static void new_line(FILE *to, size_t indent, size_t *column)
{
    (void)fprintf(to, "\n%*s", (int)indent, "");
    *column = indent;
}

void sc_words_put(FILE *to, const char *text, size_t indent, size_t width)
{
    size_t column = indent;

    while (*text != '\0') {
        size_t len = character_len((const unsigned char *)text);

        if (*text == '\n') {
            new_line(to, indent, &column);
        } else if (*text == ' ' && width > 0 && column > indent &&
                   column + 1 + word_width(text + 1) > width) {
            new_line(to, indent, &column);
        } else if (is_unfit((const unsigned char *)text, len)) {
            (void)fputc(*text == '\t' ? ' ' : '?', to);
            column++;
        } else {
            (void)fwrite(text, 1, len, to);
            column++;
        }
        text += len;
    }
}
