/* data/wire.c: each put above its get. Every number is 8 bytes; a list is its
 * count, then its items; a text is its length, then its bytes. */
#include "data/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/cursor.h"

/* ---- the table of a source ------------------------------------------ */

static sc_err put_column(sc_buf *out, const sc_column *c)
{
    size_t n = c->type == SC_T_CATEGORY ? c->n_categories : 0;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_text(out, c->name));
    SC_TRY(sc_put_u64(out, c->type));
    SC_TRY(sc_put_u64(out, c->scale));
    SC_TRY(sc_put_u64(out, (uint64_t)c->min));
    SC_TRY(sc_put_u64(out, (uint64_t)c->max));
    SC_TRY(sc_put_u64(out, c->is_required != 0));
    SC_TRY(sc_put_u64(out, n));
    for (size_t i = 0; i < n; i++) {
        SC_TRY(sc_put_text(out, c->categories[i]));
    }
    err = SC_OK;
out:
    return err;
}

static void get_name(sc_cursor *in, char name[static SC_NAME_MAX + 1])
{
    char *text = sc_cursor_text(in, SC_NAME_MAX);

    if (text != NULL) {
        memcpy(name, text, strlen(text) + 1);
    }
    sc_free(text);
}

static void get_column(sc_cursor *in, sc_column *c)
{
    size_t n;

    get_name(in, c->name);
    c->type = (sc_type)sc_cursor_u64(in, SC_T_TIMESTAMP);
    c->scale = (unsigned)sc_cursor_u64(in, 18);
    c->min = sc_cursor_i64(in);
    c->max = sc_cursor_i64(in);
    c->is_required = (int)sc_cursor_u64(in, 1);
    n = sc_cursor_count(in, SC_MAX_CATEGORIES, 8);
    c->categories = sc_cursor_alloc(in, n, sizeof *c->categories);
    if (c->categories == NULL) {
        return;
    }
    c->n_categories = n;
    for (size_t i = 0; i < n; i++) {
        c->categories[i] = sc_cursor_text(in, SC_ENGINE_MAX_TEXT);
    }
    if (c->min > c->max || (c->type == SC_T_CATEGORY) != (n > 0)) {
        sc_cursor_break(in, SC_E_WIRE);
    }
}

static sc_err put_table(sc_buf *out, const sc_table *t)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_text(out, t->name));
    SC_TRY(sc_put_u64(out, t->n_columns));
    for (size_t i = 0; i < t->n_columns; i++) {
        SC_TRY(put_column(out, &t->columns[i]));
    }
    err = SC_OK;
out:
    return err;
}

static sc_table *get_table(sc_cursor *in)
{
    sc_table *t = sc_cursor_alloc(in, 1, sizeof *t);
    size_t n;

    if (t == NULL) {
        return NULL;
    }
    get_name(in, t->name);
    n = sc_cursor_count(in, SC_MAX_COLUMNS, 56);
    t->columns = sc_cursor_alloc(in, n, sizeof *t->columns);
    if (t->columns == NULL) {
        return t;
    }
    t->n_columns = n;
    for (size_t i = 0; i < n; i++) {
        get_column(in, &t->columns[i]);
    }
    if (n == 0) {
        sc_cursor_break(in, SC_E_WIRE);
    }
    return t;
}

/* ---- SETUP ---------------------------------------------------------- */

static sc_err put_texts(sc_buf *out, const char *const *texts, size_t n_texts)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, n_texts));
    for (size_t i = 0; i < n_texts; i++) {
        SC_TRY(sc_put_text(out, texts[i]));
    }
    err = SC_OK;
out:
    return err;
}

static const char **get_texts(sc_cursor *in, size_t *n_texts, size_t max)
{
    size_t n = sc_cursor_count(in, max, 8);
    const char **texts = sc_cursor_alloc(in, n, sizeof *texts);

    for (size_t i = 0; texts != NULL && i < n; i++) {
        texts[i] = sc_cursor_text(in, SC_ENGINE_MAX_TEXT);
    }
    *n_texts = texts != NULL ? n : 0;
    return texts;
}

static sc_err put_source(sc_buf *out, const sc_source *s)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_table(out, s->table));
    SC_TRY(sc_put_text(out, s->sql != NULL ? s->sql : ""));
    SC_TRY(put_texts(out, s->files, s->n_files));
    SC_TRY(put_texts(out, s->nulls, s->n_nulls));
    SC_TRY(sc_put_u64(out, s->bad_values));
    err = SC_OK;
out:
    return err;
}

static void get_source(sc_cursor *in, sc_source *s)
{
    s->table = get_table(in);
    s->sql = sc_cursor_text(in, SC_ENGINE_MAX_TEXT);
    s->files = get_texts(in, &s->n_files, SC_ENGINE_MAX_FILES);
    s->nulls = get_texts(in, &s->n_nulls, SC_ENGINE_MAX_NULLS);
    s->bad_values = (sc_bad_values)sc_cursor_u64(in, SC_BAD_CLAMP);
    if (s->n_files == 0) {
        sc_cursor_break(in, SC_E_WIRE);
    }
}

sc_err sc_engine_put_setup(sc_buf *out, const sc_engine_config *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, c->memory_mb));
    SC_TRY(sc_put_u64(out, c->threads));
    SC_TRY(sc_put_u64(out, c->n_sources));
    for (size_t i = 0; i < c->n_sources; i++) {
        SC_TRY(put_source(out, &c->sources[i]));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_get_setup(sc_engine_setup *s, sc_bytes bytes)
{
    sc_cursor in = sc_cursor_make(bytes);
    sc_err err;
    size_t n;

    *s = (sc_engine_setup){0};
    s->memory_mb = sc_cursor_u64(&in, (uint64_t)1 << 32);
    s->threads = (unsigned)sc_cursor_u64(&in, 4096);
    n = sc_cursor_count(&in, SC_ENGINE_MAX_SOURCE, 48);
    s->sources = sc_cursor_alloc(&in, n, sizeof *s->sources);
    s->n_sources = s->sources != NULL ? n : 0;
    for (size_t i = 0; i < s->n_sources; i++) {
        get_source(&in, &s->sources[i]);
    }
    err = sc_cursor_end(&in);
    if (err != SC_OK) {
        sc_engine_setup_clear(s);
    }
    return err;
}

/* The structs borrow in the node and own in the child, where everything came
 * from sc_cursor; so the const may go here. */
static void free_const(const void *p)
{
    void *plain;

    memcpy(&plain, &p, sizeof plain);
    sc_free(plain);
}

static void free_texts(const char *const *texts, size_t n_texts)
{
    for (size_t i = 0; texts != NULL && i < n_texts; i++) {
        free_const(texts[i]);
    }
    free_const(texts);
}

void sc_engine_setup_clear(sc_engine_setup *s)
{
    for (size_t i = 0; i < s->n_sources; i++) {
        sc_source *source = &s->sources[i];
        sc_table *t;

        memcpy(&t, &source->table, sizeof t);
        if (t != NULL) {
            sc_table_clear(t);
            sc_free(t);
        }
        free_const(source->sql);
        free_texts(source->files, source->n_files);
        free_texts(source->nulls, source->n_nulls);
    }
    sc_free(s->sources);
    *s = (sc_engine_setup){0};
}

/* ---- CHECK and REPORT ------------------------------------------------ */

sc_err sc_engine_put_check(sc_buf *out, size_t source)
{
    return sc_put_u64(out, source);
}

sc_err sc_engine_get_check(size_t *source, sc_bytes bytes, size_t n_sources)
{
    sc_cursor in = sc_cursor_make(bytes);

    if (n_sources == 0) {
        return SC_E_WIRE;
    }
    *source = (size_t)sc_cursor_u64(&in, n_sources - 1);
    return sc_cursor_end(&in);
}

static sc_err put_place(sc_buf *out, const sc_bad_place *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, p->row));
    SC_TRY(sc_put_u64(out, p->line));
    SC_TRY(sc_put_u64(out, p->file));
    SC_TRY(sc_put_u64(out, p->state));
    SC_TRY(sc_put_u64(out, p->n_value));
    SC_TRY(sc_buf_put(out, p->value, p->n_value));
    err = SC_OK;
out:
    return err;
}

static void get_place(sc_cursor *in, sc_bad_place *p, uint64_t n_rows)
{
    const uint8_t *value;

    p->row = sc_cursor_u64(in, n_rows);
    p->line = sc_cursor_u64(in, UINT64_MAX);
    p->file = (size_t)sc_cursor_u64(in, SC_ENGINE_MAX_FILES - 1);
    p->state = (sc_cell_state)sc_cursor_u64(in, SC_N_CELL_STATES - 1);
    p->n_value = (size_t)sc_cursor_u64(in, SC_BAD_VALUE_LEN);
    value = sc_cursor_bytes(in, p->n_value);
    if (value != NULL) {
        memcpy(p->value, value, p->n_value);
    }
}

sc_err sc_engine_put_report(sc_buf *out, const sc_asset_report *r,
                            size_t n_columns)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_put_u64(out, r->n_rows));
    for (size_t i = 0; i < n_columns; i++) {
        SC_TRY(sc_put_u64(out, r->n_nulls[i]));
        SC_TRY(sc_put_u64(out, r->n_unreadable[i]));
        SC_TRY(sc_put_u64(out, r->n_range[i]));
        SC_TRY(sc_put_u64(out, r->n_digits[i]));
        SC_TRY(sc_put_u64(out, r->n_category[i]));
        SC_TRY(sc_put_u64(out, r->n_missing[i]));
        if (sc_asset_n_bad(r, i) > 0) {
            SC_TRY(put_place(out, &r->first[i]));
        }
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_get_report(sc_asset_report *r, sc_bytes bytes,
                            size_t n_columns)
{
    sc_cursor in = sc_cursor_make(bytes);
    /* small enough that no sum of counts below can wrap */
    uint64_t max = (uint64_t)1 << 48;

    *r = (sc_asset_report){0};
    r->n_rows = max = sc_cursor_u64(&in, max);
    for (size_t i = 0; i < n_columns; i++) {
        uint64_t bad;

        r->n_nulls[i] = sc_cursor_u64(&in, max);
        r->n_unreadable[i] = sc_cursor_u64(&in, max);
        r->n_range[i] = sc_cursor_u64(&in, max);
        r->n_digits[i] = sc_cursor_u64(&in, max);
        r->n_category[i] = sc_cursor_u64(&in, max);
        r->n_missing[i] = sc_cursor_u64(&in, r->n_nulls[i]);
        bad = r->n_unreadable[i] + r->n_range[i] + r->n_digits[i] +
              r->n_category[i];
        if (bad + r->n_nulls[i] > max) { /* a value has one fault */
            sc_cursor_break(&in, SC_E_WIRE);
        }
        r->n_violations += bad + r->n_missing[i];
        if (bad + r->n_missing[i] > 0) {
            get_place(&in, &r->first[i], r->n_rows);
        }
    }
    return sc_cursor_end(&in);
}

/* ---- READY ----------------------------------------------------------- */

sc_err sc_engine_put_ready(sc_buf *out, int has_landlock, const char *version)
{
    sc_err err = SC_E_BUG;
    uint8_t flag = has_landlock != 0;

    SC_REQUIRE(strlen(version) <= SC_ENGINE_MAX_VERSION, SC_E_ARG);
    SC_TRY(sc_buf_put(out, &flag, 1));
    SC_TRY(sc_buf_put_str(out, version));
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_get_ready(int *has_landlock,
                           char version[static SC_ENGINE_MAX_VERSION + 1],
                           sc_bytes in)
{
    if (in.len < 1 || in.len > 1 + SC_ENGINE_MAX_VERSION || in.p[0] > 1) {
        return SC_E_WIRE;
    }
    *has_landlock = in.p[0];
    sc_engine_get_words(version, SC_ENGINE_MAX_VERSION + 1,
                        (sc_bytes){in.p + 1, in.len - 1});
    return SC_OK;
}

/* ---- SUMS and words -------------------------------------------------- */

sc_err sc_engine_put_sums(sc_buf *out, const sc_i128 *sums, size_t n_sums)
{
    sc_err err = SC_E_BUG;

    SC_REQUIRE(n_sums <= SIZE_MAX / 16, SC_E_ARG);
    SC_TRY(sc_buf_reserve(out, 16 * n_sums));
    for (size_t i = 0; i < n_sums; i++) {
        SC_TRY(sc_put_u64(out, (uint64_t)(sc_u128)sums[i]));
        SC_TRY(sc_put_u64(out, (uint64_t)((sc_u128)sums[i] >> 64)));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_engine_get_sums(sc_i128 *sums, size_t n_sums, sc_bytes in)
{
    if (n_sums > SIZE_MAX / 16 || in.len != 16 * n_sums) {
        return SC_E_WIRE;
    }
    for (size_t i = 0; i < n_sums; i++) {
        sc_u128 v = (sc_u128)sc_load_le64(in.p + 16 * i + 8) << 64 |
                    sc_load_le64(in.p + 16 * i);

        memcpy(&sums[i], &v, sizeof v);
    }
    return SC_OK;
}

void sc_engine_get_words(char *out, size_t len, sc_bytes in)
{
    size_t at = 0;

    for (size_t i = 0; i < in.len && at + 1 < len; i++) {
        int is_blank = in.p[i] == '\n' || in.p[i] == '\t';
        int is_plain = in.p[i] >= 0x20 && in.p[i] < 0x7f;

        out[at++] = is_plain ? (char)in.p[i] : is_blank ? ' ' : '?';
    }
    out[at] = '\0';
}

/* ---- the child's end of the socket ---------------------------------- */

static sc_err send_all(int fd, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return SC_E_IO;
        }
        p += n;
        len -= (size_t)n;
    }
    return SC_OK;
}

sc_err sc_engine_send(int fd, sc_engine_kind kind, sc_bytes body)
{
    uint8_t head[SC_ENGINE_HEAD_LEN];
    sc_err err;

    if (body.len > UINT32_MAX) {
        return SC_E_ARG;
    }
    sc_store_le64(head, (uint64_t)body.len << 32 | (uint64_t)kind);
    err = send_all(fd, head, sizeof head);
    return err == SC_OK ? send_all(fd, body.p, body.len) : err;
}

static sc_err take_all(int fd, uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, p, len, 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return SC_E_IO;
        }
        p += n;
        len -= (size_t)n;
    }
    return SC_OK;
}

sc_err sc_engine_take(int fd, sc_engine_kind *kind, sc_buf *body, size_t max)
{
    uint8_t head[SC_ENGINE_HEAD_LEN];
    uint64_t both;
    sc_err err = SC_E_BUG;

    sc_buf_reset(body);
    SC_TRY(take_all(fd, head, sizeof head));
    both = sc_load_le64(head);
    SC_REQUIRE(both >> 32 <= max, SC_E_WIRE);
    SC_TRY(sc_buf_reserve(body, (size_t)(both >> 32)));
    SC_TRY(take_all(fd, body->p, (size_t)(both >> 32)));
    body->len = (size_t)(both >> 32);
    *kind = (sc_engine_kind)(both & UINT32_MAX);
    err = SC_OK;
out:
    return err;
}
