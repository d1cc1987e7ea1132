/* base/fault.c: filling and printing faults.
 *
 * Texts are formatted beside the fault and then copied, so that a fault's own
 * fields may be among the arguments. */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sc_fault_cut(char *text)
{
    size_t len = strlen(text), n_more = 0, n_needed;
    unsigned char first;

    while (n_more < len && n_more < 3 &&
           ((unsigned char)text[len - 1 - n_more] & 0xc0u) == 0x80u) {
        n_more++;
    }
    if (n_more == len) {
        return;
    }
    first = (unsigned char)text[len - 1 - n_more];
    n_needed = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (n_more < n_needed) {
        text[len - 1 - n_more] = '\0';
    }
}

/* dst is an array; what does not fit is cut. */
static void copy_text(char *dst, size_t size, const char *src)
{
    size_t len = strnlen(src, size - 1);

    memmove(dst, src, len);
    memset(dst + len, 0, size - len);
    sc_fault_cut(dst);
}

sc_err sc_fault_set(sc_fault *why, sc_err code, const char *format, ...)
{
    char text[sizeof why->text];
    va_list args;

    if (why == NULL) {
        return code;
    }
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0) {
        copy_text(text, sizeof text, sc_err_text(code));
    }
    va_end(args);
    memset(why, 0, sizeof *why);
    why->code = code;
    copy_text(why->text, sizeof why->text, text);
    return code;
}

void sc_fault_party(sc_fault *why, const char *party)
{
    if (why != NULL) {
        copy_text(why->party, sizeof why->party, party);
    }
}

void sc_fault_phase(sc_fault *why, const char *phase)
{
    if (why != NULL) {
        copy_text(why->phase, sizeof why->phase, phase);
    }
}

void sc_fault_at(sc_fault *why, const char *file, unsigned line,
                 unsigned column)
{
    if (why != NULL) {
        copy_text(why->file, sizeof why->file, file);
        why->line = line;
        why->column = column;
    }
}

void sc_fault_remedy(sc_fault *why, const char *format, ...)
{
    char text[sizeof why->remedy];
    va_list args;

    if (why == NULL) {
        return;
    }
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0) {
        text[0] = '\0';
    }
    va_end(args);
    copy_text(why->remedy, sizeof why->remedy, text);
}

sc_err sc_fault_from(sc_fault *why, sc_err code)
{
    if (why != NULL && why->code == SC_OK) {
        sc_fault_set(why, code, "%s", sc_err_text(code));
    }
    return code;
}

/* Append to the string out of capacity len; *at is its length so far. */
__attribute__((format(printf, 4, 5))) static void
append(char *out, size_t len, size_t *at, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(out + *at, len - *at, format, args);
    va_end(args);
    if (n > 0) {
        *at = (size_t)n < len - *at ? *at + (size_t)n : len - 1;
    }
}

void sc_fault_print(char *out, size_t len, const sc_fault *why)
{
    int has_who = why->party[0] != '\0' || why->phase[0] != '\0';
    int has_both = why->party[0] != '\0' && why->phase[0] != '\0';
    int has_file = why->file[0] != '\0';
    size_t at = 0;

    if (len == 0) {
        return;
    }
    out[0] = '\0';
    if (has_who) {
        append(out, len, &at, "%s%s%s: ", why->party, has_both ? ", " : "",
               why->phase);
    }
    if (has_file) {
        append(out, len, &at, "%s:", why->file);
    }
    if (has_file && why->line != 0) {
        append(out, len, &at, "%u:", why->line);
    }
    if (has_file && why->line != 0 && why->column != 0) {
        append(out, len, &at, "%u:", why->column);
    }
    append(out, len, &at, "%s%s", has_file ? " " : "",
           why->text[0] != '\0' ? why->text : sc_err_text(why->code));
    if (why->remedy[0] != '\0') {
        append(out, len, &at, has_file ? "; %s" : " (%s)", why->remedy);
    }
    sc_fault_cut(out);
}
