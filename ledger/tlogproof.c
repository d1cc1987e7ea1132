/* ledger/tlogproof.c: one text, written and read line by line. */
#include "ledger/tlogproof.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "ledger/line.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1\n"
#define INDEX      "index "

sc_err sc_tlogproof_make(sc_buf *out, const sc_tlogproof *p)
{
    size_t start = out->len;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(p->path.n <= SC_MERKLE_MAX_PATH && p->index < SC_MERKLE_MAX_SIZE,
               SC_E_ARG);
    SC_TRY(sc_buf_printf(out, FIRST_LINE INDEX "%" PRIu64 "\n", p->index));
    for (size_t j = 0; j < p->path.n; j++) {
        SC_TRY(sc_base64_put(out, (sc_bytes){p->path.hash[j].b, SC_HASH_LEN}));
        SC_TRY(sc_buf_put_u8(out, '\n'));
    }
    SC_TRY(sc_buf_put_u8(out, '\n'));
    SC_TRY(sc_buf_put_bytes(out, p->checkpoint));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_tlogproof_take(sc_tlogproof *p, sc_bytes text)
{
    sc_tlogproof got = {0};
    sc_bytes line;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(text.len <= SC_TLOGPROOF_MAX, SC_E_WIRE);
    SC_TRY(sc_line_skip(&text, FIRST_LINE INDEX));
    SC_TRY(sc_line_cut(&line, &text));
    SC_TRY(sc_line_u63(&got.index, line));
    SC_TRY(sc_line_cut(&line, &text));
    while (line.len > 0) {
        SC_REQUIRE(got.path.n < SC_MERKLE_MAX_PATH, SC_E_WIRE);
        SC_TRY(sc_line_hash(got.path.hash[got.path.n].b, line));
        got.path.n++;
        SC_TRY(sc_line_cut(&line, &text));
    }
    got.checkpoint = text;
    *p = got;
    err = SC_OK;
out:
    return err;
}

sc_err sc_tlogproof_verify(sc_roster_head *head, const sc_tlogproof *p,
                           const sc_roster *r, sc_bytes entry, int is_exact)
{
    sc_roster_head got;
    sc_node_hash leaf, root;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_roster_take_head(&got, r, p->checkpoint, is_exact));
    SC_REQUIRE(got.n_cosigners >= r->quorum, SC_E_CHEAT);
    sc_merkle_leaf(&leaf, entry);
    memcpy(root.b, got.at.root, SC_HASH_LEN);
    SC_TRY(sc_merkle_verify_inclusion(&p->path, &leaf, p->index, got.at.size,
                                      &root));
    *head = got;
    err = SC_OK;
out:
    return err;
}
