/* job/conf/ownsql.c: a scanner for the words of SQL, and where a file name stands.
 *
 * It knows comments, strings and quoted names, so that a FROM inside one of
 * them is none. It does not parse: a name stands for a table behind FROM or
 * JOIN, or within the parentheses of a function called read_* . */
#include "job/conf/ownsql.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"

#define DECLARE                                                                \
    "write data: {<table>: {files: [a.csv], sql: \"SELECT ... FROM "           \
    "'a.csv'\"}}"

typedef enum { T_END, T_WORD, T_STRING, T_OTHER, T_BAD } token_kind;

typedef struct {
    token_kind kind;
    const char *start;
    size_t len;
} token;

/* What came before, as far as it tells that a table stands next. */
typedef struct {
    const char *folder;
    const char *const *declared;
    size_t n_declared;
    sc_ownsql_files *files;
    int is_behind_from; /* the last word was FROM or JOIN */
    int is_behind_read; /* the last word was read_csv or the like */
    size_t depth;       /* open parentheses */
    size_t read_depth;  /* their number within read_*( ; 0: not within */
} scanner;

/* ---- words ------------------------------------------------------------ */

static int is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind blanks and comments; NULL if a comment does not end, or holds the
 * start of another (dialects differ on what that means). */
static const char *skip_blanks(const char *at)
{
    for (;;) {
        if (is_blank(*at)) {
            at++;
        } else if (strncmp(at, "--", 2) == 0) {
            at += strcspn(at, "\n");
        } else if (strncmp(at, "/*", 2) == 0) {
            const char *end = strstr(at + 2, "*/");
            const char *inner = strstr(at + 2, "/*");

            if (end == NULL || (inner != NULL && inner < end)) {
                return NULL;
            }
            at = end + 2;
        } else {
            return at;
        }
    }
}

/* From a quote to behind its partner; NULL if there is none. */
static const char *skip_quoted(const char *at)
{
    char quote = *at++;

    for (; *at != '\0'; at++) {
        if (*at == quote && at[1] == quote) {
            at++;
        } else if (*at == quote) {
            return at + 1;
        }
    }
    return NULL;
}

static token next_token(const char *at)
{
    const char *end = NULL;
    token t = {T_BAD, at, 0};

    t.start = skip_blanks(at);
    if (t.start == NULL || *t.start == '$') { /* $$ quotes; no parameters */
        return t;
    }
    if (*t.start == '\0') {
        t.kind = T_END;
    } else if (is_word_byte(*t.start)) {
        t.kind = T_WORD;
        while (is_word_byte(t.start[t.len])) {
            t.len++;
        }
        /* e'...' has escapes of its own */
        if (t.start[t.len] == '\'') {
            t.kind = T_BAD;
        }
    } else if (*t.start == '\'' || *t.start == '"') {
        end = skip_quoted(t.start);
        t.kind = end == NULL ? T_BAD : *t.start == '\'' ? T_STRING : T_OTHER;
        t.len = end == NULL ? 0 : (size_t)(end - t.start);
    } else {
        t.kind = T_OTHER;
        t.len = 1;
    }
    return t;
}

static int is_word(const token *t, const char *word)
{
    return t->kind == T_WORD && t->len == strlen(word) &&
           strncasecmp(t->start, word, t->len) == 0;
}

int sc_ownsql_is_select(const char *text)
{
    token t = next_token(text);
    int is_first =
        is_word(&t, "select") || is_word(&t, "with") || is_word(&t, "from");

    /* not the file select.csv */
    return is_first && is_blank(t.start[t.len]);
}

/* ---- names ------------------------------------------------------------ */

void sc_ownsql_files_clear(sc_ownsql_files *f)
{
    for (size_t i = 0; i < f->n_names; i++) {
        sc_free(f->names[i]);
    }
    *f = (sc_ownsql_files){0};
}

/* The text of a string token; sc_free. */
static char *unquote(const token *t)
{
    char *name = sc_alloc(t->len, 1);
    size_t n = 0;

    if (name == NULL) {
        return NULL;
    }
    for (size_t i = 1; i + 1 < t->len; i++) {
        name[n++] = t->start[i];
        i += t->start[i] == '\'';
    }
    return name;
}

static int has_data_ending(const char *name)
{
    static const char *const endings[] = {".csv", ".parquet", ".json"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);

        if (len > n && strcasecmp(name + len - n, endings[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_declared(const scanner *s, const char *name)
{
    for (size_t i = 0; i < s->n_declared; i++) {
        if (strcmp(s->declared[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

static sc_err not_understood(sc_fault *why, const char *text)
{
    (void)sc_fault_set(why, SC_E_CONFIG, "%s", text);
    sc_fault_remedy(why, "%s", DECLARE);
    return SC_E_CONFIG;
}

/* Take the name into the list, unless it is there. */
static sc_err note_file(scanner *s, char *take_name, sc_fault *why)
{
    sc_ownsql_files *f = s->files;

    for (size_t i = 0; i < f->n_names; i++) {
        if (strcmp(f->names[i], take_name) == 0) {
            sc_free(take_name);
            return SC_OK;
        }
    }
    if (f->n_names == SC_OWNSQL_MAX_FILES) {
        sc_free(take_name);
        return sc_fault_set(why, SC_E_CONFIG,
                            "the SELECT reads more than %d files",
                            SC_OWNSQL_MAX_FILES);
    }
    f->names[f->n_names++] = take_name;
    return SC_OK;
}

/* 'name' as a quoted absolute path. */
static sc_err put_path(sc_buf *out, const char *folder, const char *name)
{
    char *path = name[0] == '/' ? sc_strdup(name) : sc_path_join(folder, name);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(path != NULL, SC_E_MEM);
    SC_TRY(sc_buf_put_u8(out, '\''));
    for (const char *c = path; *c != '\0'; c++) {
        SC_TRY(sc_buf_put(out, "''", *c == '\'' ? 2 : 0));
        SC_TRY(sc_buf_put(out, c, *c == '\'' ? 0 : 1));
    }
    SC_TRY(sc_buf_put_u8(out, '\''));
    err = SC_OK;
out:
    sc_free(path);
    return err;
}

/* ---- strings: is it a file, and may it be read? ----------------------- */

static sc_err check_name(const scanner *s, const char *name, int is_table,
                         sc_fault *why)
{
    if (s->declared != NULL) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "the SELECT reads a file that `files:` does not "
                            "list");
    }
    if (!is_table) {
        return not_understood(why, "the SELECT names a data file, but not "
                                   "behind FROM or JOIN");
    }
    if (!has_data_ending(name)) {
        return not_understood(why, "the SELECT reads something that does not "
                                   "end in .csv, .parquet or .json");
    }
    if (strpbrk(name, "*?[]{}:") != NULL) {
        return not_understood(why, "the SELECT reads a pattern, not one file");
    }
    return SC_OK;
}

static sc_err take_string(scanner *s, sc_buf *out, const token *t,
                          sc_fault *why)
{
    int is_table = s->is_behind_from, is_place = is_table || s->read_depth > 0;
    char *name = unquote(t);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(name != NULL, SC_E_MEM);
    if (is_place && is_declared(s, name)) {
        SC_TRY(put_path(out, s->folder, name));
    } else if (is_table || (s->declared == NULL && has_data_ending(name))) {
        SC_TRY(check_name(s, name, is_table, why));
        SC_TRY(put_path(out, s->folder, name));
    } else {
        SC_TRY(sc_buf_put(out, t->start, t->len));
        is_place = 0;
    }
    if (is_place) {
        char *noted = name;

        name = NULL;
        SC_TRY(note_file(s, noted, why));
    }
    err = SC_OK;
out:
    sc_free(name);
    return err;
}

/* ---- the walk --------------------------------------------------------- */

static int is_reader(const token *t)
{
    return t->kind == T_WORD && t->len > 5 &&
           strncasecmp(t->start, "read_", 5) == 0;
}

/* Behind FROM only '(' or a string is certain to be understood. */
static sc_err check_behind_from(const scanner *s, const token *t, sc_fault *why)
{
    int is_known =
        t->kind == T_STRING || (t->kind == T_OTHER && *t->start == '(');

    if (s->declared != NULL || !s->is_behind_from || is_known) {
        return SC_OK;
    }
    return not_understood(why, "behind FROM or JOIN stands something else than "
                               "the quoted name of a file");
}

static void follow(scanner *s, const token *t)
{
    char c = t->kind == T_OTHER ? *t->start : '\0';

    if (c == '(') {
        s->depth++;
        if (s->is_behind_read && s->read_depth == 0) {
            s->read_depth = s->depth;
        }
    } else if (c == ')' && s->depth > 0) {
        if (s->read_depth == s->depth) {
            s->read_depth = 0;
        }
        s->depth--;
    }
    s->is_behind_from = is_word(t, "from") || is_word(t, "join");
    s->is_behind_read = is_reader(t);
}

static sc_err walk(scanner *s, sc_buf *out, const char *sql, sc_fault *why)
{
    const char *at = sql;
    sc_err err = SC_E_BUG;

    for (token t = next_token(at); t.kind != T_END; t = next_token(at)) {
        if (t.kind == T_BAD) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "the SELECT has a quote or comment that does "
                                "not end, or one of the forms $$...$$, e'...' "
                                "and /* /* */ */");
        }
        SC_TRY(check_behind_from(s, &t, why));
        SC_TRY(sc_buf_put(out, at, (size_t)(t.start - at)));
        if (t.kind == T_STRING) {
            SC_TRY(take_string(s, out, &t, why));
        } else {
            SC_TRY(sc_buf_put(out, t.start, t.len));
        }
        follow(s, &t);
        at = t.start + t.len;
    }
    err = SC_OK;
out:
    return err;
}

static sc_err check_all_read(const scanner *s, sc_fault *why)
{
    for (size_t i = 0; i < s->n_declared; i++) {
        int is_read = 0;

        for (size_t k = 0; k < s->files->n_names; k++) {
            is_read |= strcmp(s->files->names[k], s->declared[i]) == 0;
        }
        if (!is_read) {
            (void)sc_fault_set(why, SC_E_CONFIG,
                               "file number %zu of `files:` does not stand in "
                               "the SELECT behind FROM, JOIN or in read_*()",
                               i + 1);
            sc_fault_remedy(why, "write the same name in both places");
            return SC_E_CONFIG;
        }
    }
    if (s->files->n_names == 0) {
        return not_understood(why, "the SELECT reads no file");
    }
    return SC_OK;
}

sc_err sc_ownsql_resolve(sc_buf *out, sc_ownsql_files *files, const char *sql,
                         const char *folder, const char *const *declared,
                         size_t n_declared, sc_fault *why)
{
    scanner s = {.folder = folder,
                 .declared = declared,
                 .n_declared = n_declared,
                 .files = files};
    sc_err err = SC_E_BUG;

    SC_TRY(walk(&s, out, sql, why));
    SC_TRY(check_all_read(&s, why));
    SC_TRY(sc_buf_terminate(out));
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}
