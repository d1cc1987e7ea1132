/* data/sql.c: quoting. */
#include "data/sql.h"

#include <inttypes.h>

static sc_err quoted(sc_buf *sql, const char *text, char quote)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_u8(sql, (uint8_t)quote));
    for (; *text != '\0'; text++) {
        if (*text == quote) {
            SC_TRY(sc_buf_put_u8(sql, (uint8_t)quote));
        }
        SC_TRY(sc_buf_put_u8(sql, (uint8_t)*text));
    }
    SC_TRY(sc_buf_put_u8(sql, (uint8_t)quote));
    err = SC_OK;
out:
    return err;
}

sc_err sc_sql_name(sc_buf *sql, const char *name)
{
    return quoted(sql, name, '"');
}

sc_err sc_sql_text(sc_buf *sql, const char *text)
{
    return quoted(sql, text, '\'');
}

sc_err sc_sql_integer(sc_buf *sql, int64_t v)
{
    if (v == INT64_MIN) {
        return sc_buf_put_str(sql, "CAST('-9223372036854775808' AS BIGINT)");
    }
    return sc_buf_printf(sql, "%" PRId64, v);
}
