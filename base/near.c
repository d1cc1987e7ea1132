/* base/near.c: Damerau's distance, by its table. */
#include "base/near.h"

#include <stdint.h>
#include <string.h>

#define MAX_WORD 64 /* longer ones are near to none */

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b);
    size_t d[MAX_WORD + 1][MAX_WORD + 1];

    if (n_a > MAX_WORD || n_b > MAX_WORD) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i <= n_a; i++) {
        for (size_t j = 0; j <= n_b; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = min(d[i][j], min(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[n_a][n_b];
}

sc_near sc_near_to(const char *text)
{
    return (sc_near){text, NULL, 1 + strlen(text) / 4};
}

void sc_near_try(sc_near *near, const char *word)
{
    size_t d = distance(near->text, word);

    if (d <= near->least && (near->nearest == NULL || d < near->least)) {
        near->nearest = word;
        near->least = d;
    }
}
