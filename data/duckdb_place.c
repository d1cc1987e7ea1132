/* data/duckdb_place.c: a second look at data that broke the schema, for where.
 *
 * The check counts in one pass on all threads. Only if it counted anything, each
 * such column is read once more, from the first file on, up to its first bad
 * value. */
#include "data/csv.h"
#include "data/duckdb.h"
#include "data/duckdb_source.h"

static sc_err take_place(sc_bad_place *place, sc_duck_rows *rows)
{
    sc_i128 row, state;
    sc_bytes value;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_duck_integer(rows, &row, 0));
    SC_TRY(sc_duck_integer(rows, &state, 1));
    value = sc_duck_text(rows, 2);
    place->row = (uint64_t)row;
    place->state = (sc_cell_state)state;
    place->n_value =
        value.len < SC_BAD_VALUE_LEN ? value.len : SC_BAD_VALUE_LEN;
    if (value.len > 0) {
        memcpy(place->value, value.p, place->n_value);
    }
    err = SC_OK;
out:
    return err;
}

/* In one file or SELECT; place->row stays 0 if nothing is wrong there. */
static sc_err find(sc_duck *d, sc_bad_place *place, const sc_source *s,
                   const sc_raw *raw, size_t column, sc_fault *why)
{
    sc_duck_rows rows = {0};
    sc_buf sql = {0};
    sc_err err = SC_E_BUG;

    SC_TRY(sc_reader_find(&sql, s, raw, column));
    SC_TRY(sc_buf_terminate(&sql));
    SC_TRY(sc_duck_select(d, &rows, (const char *)sql.p, why));
    if (sc_duck_next(&rows)) {
        SC_TRY(take_place(place, &rows));
    }
    err = SC_OK;
out:
    sc_duck_rows_clear(&rows);
    sc_buf_clear(&sql);
    return err;
}

sc_err sc_duck_find_place(sc_duck *d, sc_bad_place *place, const sc_source *s,
                          const sc_raw *raws, size_t n_raws, size_t column,
                          sc_fault *why)
{
    sc_err err = SC_E_BUG;

    *place = (sc_bad_place){0};
    for (size_t i = 0; i < n_raws && place->row == 0; i++) {
        place->file = i;
        SC_TRY(find(d, place, s, &raws[i], column, why));
        if (place->row > 0 && raws[i].delimiter != 0) {
            place->line = sc_csv_line(s->files[i], &raws[i], place->row);
        }
    }
    err = SC_OK;
out:
    return err;
}
