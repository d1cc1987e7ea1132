/* tests/unit/test_tlogproof.c: the fixed proof of note.kat over the tree of
 * merkle.kat; then mutations. */
#include "ledger/tlogproof.h"
#include "tests/unit/ledger_fixture.h"

/* Leaf hashes of the eight reference leaves. */
static void reference_leaves(sc_node_hash leaf[8])
{
    static const char *const text[8] = {"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};

    for (size_t i = 0; i < 8; i++) {
        uint8_t data[16];
        size_t len = strlen(text[i]) / 2;

        CHECK_OK(sc_hex_get(data, len, sc_bytes_of(text[i])));
        sc_merkle_leaf(&leaf[i], (sc_bytes){data, len});
    }
}

static void fixed_note(sc_buf *note, sc_kat *t)
{
    sc_checkpoint c = {.size = sc_kat_u64(t, "size")};

    strcpy(c.origin, sc_kat_str(t, "log_name"));
    memcpy(c.root, sc_kat_bytes(t, "root").p, SC_HASH_LEN);
    CHECK_OK(sc_checkpoint_put(note, &c));
    CHECK_OK(sc_buf_printf(note, "\n%s\n%s\n", sc_kat_str(t, "log_line"),
                           sc_kat_str(t, "wit_line")));
}

static void test_fixed(void **state)
{
    sc_node_hash leaf[8];
    sc_merkle_leaves leaves = {leaf, 8};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);
    sc_tlogproof p, back;
    sc_buf note = {0}, text = {0};
    uint8_t h[SC_HASH_LEN];
    sc_kat t;

    (void)state;
    reference_leaves(leaf);
    for (sc_kat_open(&t, "note.kat"); sc_kat_next(&t);) {
        if (strcmp(sc_kat_str(&t, "kind"), "fixed") != 0) {
            continue;
        }
        fixed_note(&note, &t);
        p.index = sc_kat_u64(&t, "proof_index");
        p.checkpoint = sc_buf_bytes(&note);
        CHECK_OK(sc_merkle_prove_inclusion(&p.path, &tree, p.index, 8));
        CHECK_OK(sc_tlogproof_make(&text, &p));
        CHECK_U64(text.len, sc_kat_size(&t, "proof_len"));
        sc_sha256(h, sc_buf_bytes(&text));
        CHECK_BYTES(h, sc_kat_bytes(&t, "proof_sha256").p, SC_HASH_LEN);
        CHECK_OK(sc_tlogproof_take(&back, sc_buf_bytes(&text)));
        CHECK_U64(back.index, 5);
        CHECK_U64(back.path.n, 3);
        CHECK_U64(back.checkpoint.len, note.len);
    }
    sc_buf_clear(&note);
    sc_buf_clear(&text);
}

/* ---- a log of three entries, four parties ------------------------------- */

typedef struct {
    sc_roster r;
    sc_keys keys[4];
    sc_buf note, text;
    sc_tlogproof proof;
} world;

static const char *const entries[3] = {"one", "two", "three"};

static void make_world(world *w, unsigned cosigners)
{
    sc_node_hash leaf[3], root;
    sc_merkle_leaves leaves = {leaf, 3};
    sc_merkle_reader tree = sc_merkle_leaves_reader(&leaves);
    sc_merkle_range range;

    memset(w, 0, sizeof *w);
    fixture_roster(&w->r, w->keys, 4, 3);
    for (size_t i = 0; i < 3; i++) {
        sc_merkle_leaf(&leaf[i], sc_bytes_of(entries[i]));
    }
    CHECK_OK(sc_merkle_range_read(&range, &tree, 3));
    sc_merkle_root(&root, &range);
    fixture_note(&w->note, &w->r, w->keys, 3, root.b, cosigners);
    w->proof.index = 1;
    w->proof.checkpoint = sc_buf_bytes(&w->note);
    CHECK_OK(sc_merkle_prove_inclusion(&w->proof.path, &tree, 1, 3));
    CHECK_OK(sc_tlogproof_make(&w->text, &w->proof));
}

static void clear_world(world *w)
{
    sc_buf_clear(&w->note);
    sc_buf_clear(&w->text);
}

static void test_verify(void **state)
{
    sc_roster_head head;
    world w;

    (void)state;
    for (unsigned mask = 0; mask < 16; mask++) {
        make_world(&w, mask);
        CHECK_ERR(__builtin_popcount(mask) >= 3 ? SC_OK : SC_E_CHEAT,
                  sc_tlogproof_verify(&head, &w.proof, &w.r, sc_bytes_of("two"),
                                      1));
        clear_world(&w);
    }
    for (unsigned mask = 7; mask < 16; mask += 4) { /* carol is offline */
        make_world(&w, mask);
        w.r.parties[2].is_offline = 1;
        CHECK_ERR(mask == 11 ? SC_OK : SC_E_CHEAT,
                  sc_tlogproof_verify(&head, &w.proof, &w.r, sc_bytes_of("two"),
                                      1));
        CHECK_ERR(mask != 7 ? SC_OK : SC_E_CHEAT,
                  sc_tlogproof_verify(&head, &w.proof, &w.r, sc_bytes_of("two"),
                                      0));
        clear_world(&w);
    }
    make_world(&w, 7);
    CHECK_OK(sc_tlogproof_verify(&head, &w.proof, &w.r, sc_bytes_of("two"), 0));
    CHECK_U64(head.at.size, 3);
    CHECK_ERR(SC_E_CHEAT, sc_tlogproof_verify(&head, &w.proof, &w.r,
                                              sc_bytes_of("one"), 0));
    w.proof.index = 0; /* a path of the same length, another place */
    CHECK_ERR(SC_E_CHEAT, sc_tlogproof_verify(&head, &w.proof, &w.r,
                                              sc_bytes_of("two"), 0));
    clear_world(&w);
}

static sc_err take_and_verify(const world *w, sc_bytes text)
{
    sc_roster_head head;
    sc_tlogproof p;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_tlogproof_take(&p, text));
    SC_TRY(sc_tlogproof_verify(&head, &p, &w->r, sc_bytes_of("two"), 1));
    err = SC_OK;
out:
    return err;
}

static void test_mutations(void **state)
{
    world w;

    (void)state;
    make_world(&w, 7);
    CHECK_OK(take_and_verify(&w, sc_buf_bytes(&w.text)));
    for (size_t bit = 0; bit < 8 * w.text.len; bit++) {
        sc_err err;

        w.text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        err = take_and_verify(&w, sc_buf_bytes(&w.text));
        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT);
        w.text.p[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (size_t len = 0; len < w.text.len; len++) {
        sc_err err = take_and_verify(&w, (sc_bytes){w.text.p, len});

        CHECK(err == SC_E_WIRE || err == SC_E_CHEAT);
    }
    clear_world(&w);
}

static void test_rejects(void **state)
{
#define FIRST "c2sp.org/tlog-proof@v1\n"
#define HASH  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    static const char *const bad[] = {
        "",
        FIRST,
        FIRST "index 0\n",
        FIRST "index 0\n" HASH,
        FIRST "index 00\n\nnote",
        FIRST "index \n\nnote",
        FIRST "index 9223372036854775808\n\nnote",
        FIRST "extra AAAA\nindex 0\n\nnote",
        FIRST "index 0\n" HASH "AAAA\n\nnote",
        FIRST "index 0\n " HASH "\nnote",
    };
    sc_tlogproof p = {.index = 9}, same = p;
    sc_buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(SC_E_WIRE, sc_tlogproof_take(&p, sc_bytes_of(bad[i])));
    }
    CHECK_BYTES(&p, &same, sizeof p);
    CHECK_OK(sc_buf_put_str(&b, FIRST "index 0\n"));
    for (size_t i = 0; i <= SC_MERKLE_MAX_PATH; i++) {
        CHECK_OK(sc_buf_put_str(&b, HASH));
    }
    CHECK_OK(sc_buf_put_str(&b, "\n"));
    CHECK_ERR(SC_E_WIRE, sc_tlogproof_take(&p, sc_buf_bytes(&b)));
    sc_buf_reset(&b);
    p.path.n = SC_MERKLE_MAX_PATH + 1;
    CHECK_ERR(SC_E_ARG, sc_tlogproof_make(&b, &p));
    p.path.n = 0;
    p.index = SC_MERKLE_MAX_SIZE;
    CHECK_ERR(SC_E_ARG, sc_tlogproof_make(&b, &p));
    CHECK_U64(b.len, 0);
    sc_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_rejects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
