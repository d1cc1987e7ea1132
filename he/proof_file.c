/* he/proof_file.c: see the header. */
#include "he/proof_file.h"

#include <string.h>

#include "he/lines.h"

#define FIRST_LINE "sharechain-paillier-proof/1\n"

static const char *const names[SC_PROOF_N_KINDS] = {
    [SC_PROOF_MODULUS] = "modulus", [SC_PROOF_PLAINTEXTS] = "plaintexts",
    [SC_PROOF_BITS] = "bits",       [SC_PROOF_OPENING] = "opening",
    [SC_PROOF_PART] = "part",
};

const char *sc_proof_kind_name(sc_proof_kind kind)
{
    return kind < SC_PROOF_N_KINDS ? names[kind] : "";
}

static sc_err put_head(sc_buf *out, const sc_proof *proof)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, FIRST_LINE "proves %s\nid %s\n",
                         sc_proof_kind_name(proof->kind), proof->id));
    SC_TRY(sc_line_put_hex(out, "key ",
                           (sc_bytes){proof->key, sizeof proof->key}));
    if (proof->kind != SC_PROOF_MODULUS) {
        SC_TRY(sc_line_put_hex(out, "ciphertexts ",
                               (sc_bytes){proof->ciphertexts,
                                          sizeof proof->ciphertexts}));
    }
    if (proof->kind == SC_PROOF_PART) {
        SC_TRY(sc_buf_printf(out, "party %zu\n", (size_t)proof->party));
    }
    SC_TRY(sc_buf_put_str(out, "\n"));
    err = SC_OK;
out:
    return err;
}

sc_err sc_proof_put(sc_buf *out, const sc_proof *proof)
{
    const size_t was = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(put_head(out, proof));
    SC_TRY(sc_buf_put_bytes(out, proof->body));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

static sc_err get_kind(sc_proof_kind *kind, sc_bytes *in)
{
    sc_bytes text;
    sc_err err = sc_line_next(in, &text, "proves ");

    for (int i = 0; err == SC_OK && i < SC_PROOF_N_KINDS; i++) {
        if (sc_bytes_equal_vartime(text, sc_bytes_of(names[i]))) {
            *kind = (sc_proof_kind)i;
            return SC_OK;
        }
    }
    return SC_E_WIRE;
}

static sc_err get_lines(sc_proof *proof, sc_bytes *in)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_REQUIRE(sc_line_begins(*in, FIRST_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(in, &text, ""));
    SC_TRY(get_kind(&proof->kind, in));
    SC_TRY(sc_line_get_id(in, proof->id));
    SC_TRY(sc_line_get_hex(in, "key ", proof->key, sizeof proof->key));
    if (proof->kind != SC_PROOF_MODULUS) {
        SC_TRY(sc_line_get_hex(in, "ciphertexts ", proof->ciphertexts,
                               sizeof proof->ciphertexts));
    }
    if (proof->kind == SC_PROOF_PART) {
        SC_TRY(
            sc_line_get_count(in, "party ", &proof->party, SC_THRESHOLD_MAX));
        SC_REQUIRE(proof->party >= 1, SC_E_WIRE);
    }
    SC_TRY(sc_line_next(in, &text, ""));
    SC_REQUIRE(text.len == 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

sc_err sc_proof_get(sc_proof *proof, sc_bytes in)
{
    const uint8_t *start = in.p;
    sc_err err = SC_E_BUG;
    sc_buf again = {0};

    memset(proof, 0, sizeof *proof);
    SC_TRY(get_lines(proof, &in));
    SC_TRY(put_head(&again, proof));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again),
                                      (sc_bytes){start,
                                                 (size_t)(in.p - start)}),
               SC_E_WIRE);
    proof->body = in;
    err = SC_OK;
out:
    sc_buf_clear(&again);
    if (err != SC_OK) {
        memset(proof, 0, sizeof *proof);
    }
    return err;
}

sc_err sc_proof_context(uint8_t out[static SC_HASH_LEN], sc_bytes context,
                        const sc_cipher_head *head)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_bytes parts[2];

    SC_TRY(sc_cipher_head_put(&text, head));
    parts[0] = context;
    parts[1] = sc_buf_bytes(&text);
    sc_hash_tagged(out, "sharechain/he/file/1", parts, 2);
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err;
}
