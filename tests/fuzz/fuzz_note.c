/* tests/fuzz/fuzz_note.c: notes, checkpoints, verifier keys and proofs: what is
 * taken is made again to the byte; nothing that a stranger writes verifies. */
#include "ledger/tlogproof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(sc_buf *made, sc_err err, sc_bytes in)
{
    SC_ASSERT(err == SC_OK);
    SC_ASSERT(sc_bytes_equal_vartime(sc_buf_bytes(made), in));
    sc_buf_clear(made);
}

static void fuzz_note(sc_bytes in, const sc_note_key keys[2])
{
    sc_note_mark marks[2];
    sc_checkpoint c;
    sc_buf made = {0};
    sc_note n;

    if (sc_note_take(&n, in) == SC_OK) {
        SC_ASSERT(n.n_sigs > 0 && n.text.len < in.len);
        SC_ASSERT(sc_note_verify(marks, &n, keys, 2) == SC_E_CHEAT);
        SC_ASSERT(sc_note_verify_exact(marks, &n, keys, 2) == SC_E_CHEAT);
        in = n.text;
    }
    if (sc_checkpoint_take(&c, in) == SC_OK) {
        again(&made, sc_checkpoint_put(&made, &c), in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_bytes in = {data, size};
    sc_note_key keys[2], key;
    sc_sign_key sk;
    sc_tlogproof p;
    sc_buf made = {0};

    sc_sign_key_init(&sk, (const uint8_t[SC_KEY_LEN]){1});
    SC_ASSERT(sc_note_key_init(&keys[0], "log.example/1", SC_NOTE_ED25519,
                               sk.pk) == SC_OK);
    SC_ASSERT(sc_note_key_init(&keys[1], "alice", SC_NOTE_COSIGNATURE, sk.pk) ==
              SC_OK);
    fuzz_note(in, keys);
    if (sc_note_key_take(&key, in) == SC_OK) {
        again(&made, sc_note_key_put(&made, &key), in);
    }
    if (sc_tlogproof_take(&p, in) == SC_OK) {
        fuzz_note(p.checkpoint, keys);
        again(&made, sc_tlogproof_make(&made, &p), in);
    }
    return 0;
}
