/* ledger/note.c: notes are split from behind (text | signature lines), then
 * each line is taken apart; nothing is trusted until a known key has signed. */
#include "ledger/note.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "ledger/line.h"

#define DASH     "\xe2\x80\x94 " /* U+2014 SP */
#define ID_LEN   4
#define TIME_LEN 8
#define MAX_TIME ((uint64_t)INT64_MAX)
#define MAX_SIZE ((uint64_t)INT64_MAX)

static_assert(TIME_LEN + SC_SIG_LEN <= sizeof((sc_note_sig){0}.sig),
              "a cosignature must fit");

/* ---- characters -------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at the front of t (Unicode table
 * 3-7), or 0. */
static size_t utf8_step(sc_bytes t)
{
    uint8_t c = t.p[0];
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint8_t low = 0x80, high = 0xbf; /* of the second byte */

    if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || t.len < len) {
        return 0;
    }
    if (c == 0xe0) {
        low = 0xa0; /* no overlong form */
    } else if (c == 0xed) {
        high = 0x9f; /* no surrogate */
    } else if (c == 0xf0) {
        low = 0x90;
    } else if (c == 0xf4) {
        high = 0x8f; /* not beyond U+10FFFF */
    }
    for (size_t i = 1; i < len; i++) {
        if (t.p[i] < low || t.p[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return len;
}

/* UTF-8 without control characters other than LF, ending in LF. */
static int is_note_text(sc_bytes t)
{
    if (t.len == 0 || t.p[t.len - 1] != '\n') {
        return 0;
    }
    for (size_t at = 0, step; at < t.len; at += step) {
        step = utf8_step((sc_bytes){t.p + at, t.len - at});
        if (step == 0 || (t.p[at] < 0x20 && t.p[at] != '\n')) {
            return 0;
        }
    }
    return 1;
}

/* Fit for a key of ours, or an origin. */
static int is_key_name(sc_bytes name)
{
    if (name.len == 0 || name.len > SC_NOTE_NAME_MAX) {
        return 0;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == '+') {
            return 0;
        }
    }
    return 1;
}

/* ---- verifier keys ----------------------------------------------------- */

/* First bytes of SHA-256(name || LF || type || key). */
static void make_id(uint8_t id[static ID_LEN], sc_bytes name, uint8_t type,
                    const uint8_t pk[static SC_KEY_LEN])
{
    uint8_t b[SC_NOTE_NAME_MAX + 2 + SC_KEY_LEN], h[SC_HASH_LEN];

    memcpy(b, name.p, name.len);
    b[name.len] = '\n';
    b[name.len + 1] = type;
    memcpy(b + name.len + 2, pk, SC_KEY_LEN);
    sc_sha256(h, (sc_bytes){b, name.len + 2 + SC_KEY_LEN});
    memcpy(id, h, ID_LEN);
}

sc_err sc_note_key_init(sc_note_key *key, const char *name, sc_note_type type,
                        const uint8_t pk[static SC_KEY_LEN])
{
    sc_bytes n = sc_bytes_of(name);
    sc_err err = SC_E_BUG;

    SC_REQUIRE(is_key_name(n), SC_E_ARG);
    SC_REQUIRE(type == SC_NOTE_ED25519 || type == SC_NOTE_COSIGNATURE,
               SC_E_ARG);
    memset(key, 0, sizeof *key);
    memcpy(key->name, name, n.len);
    key->type = (uint8_t)type;
    memcpy(key->pk, pk, SC_KEY_LEN);
    make_id(key->id, n, key->type, pk);
    err = SC_OK;
out:
    return err;
}

sc_err sc_note_key_put(sc_buf *out, const sc_note_key *key)
{
    uint8_t typed[1 + SC_KEY_LEN];
    size_t start = out->len;
    sc_err err = SC_E_BUG;

    typed[0] = key->type;
    memcpy(typed + 1, key->pk, SC_KEY_LEN);
    SC_TRY(sc_buf_put_str(out, key->name));
    SC_TRY(sc_buf_put_u8(out, '+'));
    SC_TRY(sc_hex_put(out, (sc_bytes){key->id, ID_LEN}));
    SC_TRY(sc_buf_put_u8(out, '+'));
    SC_TRY(sc_base64_put(out, (sc_bytes){typed, sizeof typed}));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_note_key_take(sc_note_key *key, sc_bytes vkey)
{
    const uint8_t *plus = vkey.len > 0 ? memchr(vkey.p, '+', vkey.len) : NULL;
    size_t name_len = plus == NULL ? 0 : (size_t)(plus - vkey.p);
    size_t head_len = name_len + 1 + 2 * ID_LEN + 1;
    char name[SC_NOTE_NAME_MAX + 1] = {0};
    uint8_t id[ID_LEN];
    sc_buf typed = {0};
    sc_note_key k;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(name_len > 0 && name_len <= SC_NOTE_NAME_MAX, SC_E_WIRE);
    SC_REQUIRE(vkey.len > head_len && vkey.p[head_len - 1] == '+', SC_E_WIRE);
    SC_REQUIRE(memchr(vkey.p, '\0', name_len) == NULL, SC_E_WIRE);
    memcpy(name, vkey.p, name_len);
    SC_TRY(sc_hex_get(id, ID_LEN, (sc_bytes){plus + 1, 2 * ID_LEN}));
    SC_TRY(sc_base64_get(&typed,
                         (sc_bytes){vkey.p + head_len, vkey.len - head_len},
                         1 + SC_KEY_LEN));
    SC_REQUIRE(typed.len == 1 + SC_KEY_LEN, SC_E_WIRE);
    SC_TRY(sc_key_check_ed25519(typed.p + 1));
    err = sc_note_key_init(&k, name, (sc_note_type)typed.p[0], typed.p + 1);
    SC_REQUIRE(err == SC_OK && memcmp(id, k.id, ID_LEN) == 0, SC_E_WIRE);
    *key = k;
    err = SC_OK;
out:
    sc_buf_clear(&typed);
    return err;
}

/* ---- parsing ----------------------------------------------------------- */

/* "U+2014 SP name SP base64", the LF already cut. */
static sc_err take_sig(sc_note_sig *sig, sc_bytes line)
{
    sc_buf raw = {0};
    const uint8_t *space;
    sc_err err = SC_E_BUG;

    memset(sig, 0, sizeof *sig);
    SC_TRY(sc_line_skip(&line, DASH));
    space = line.len > 0 ? memchr(line.p, ' ', line.len) : NULL;
    SC_REQUIRE(space != NULL && space != line.p, SC_E_WIRE);
    sig->name = (sc_bytes){line.p, (size_t)(space - line.p)};
    SC_REQUIRE(memchr(sig->name.p, '+', sig->name.len) == NULL, SC_E_WIRE);
    line.p += sig->name.len + 1;
    line.len -= sig->name.len + 1;
    SC_TRY(sc_base64_get(&raw, line, SC_NOTE_MAX));
    SC_REQUIRE(raw.len > ID_LEN, SC_E_WIRE);
    memcpy(sig->id, raw.p, ID_LEN);
    sig->len = raw.len - ID_LEN;
    if (sig->len <= sizeof sig->sig) {
        memcpy(sig->sig, raw.p + ID_LEN, sig->len);
    }
    err = SC_OK;
out:
    sc_buf_clear(&raw);
    return err;
}

/* Length of the text: the last empty line's LF comes directly behind it. */
static size_t find_split(sc_bytes b)
{
    for (size_t i = b.len; i-- > 1;) {
        if (b.p[i] == '\n' && b.p[i - 1] == '\n') {
            return i;
        }
    }
    return 0;
}

sc_err sc_note_take(sc_note *note, sc_bytes bytes)
{
    size_t split;
    sc_bytes rest, line;
    sc_err err = SC_E_BUG;

    memset(note, 0, sizeof *note);
    SC_REQUIRE(bytes.len <= SC_NOTE_MAX && is_note_text(bytes), SC_E_WIRE);
    split = find_split(bytes);
    SC_REQUIRE(split > 0, SC_E_WIRE);
    note->text = (sc_bytes){bytes.p, split};
    rest = (sc_bytes){bytes.p + split + 1, bytes.len - split - 1};
    SC_REQUIRE(rest.len > 0, SC_E_WIRE);
    while (rest.len > 0) {
        SC_REQUIRE(note->n_sigs < SC_NOTE_MAX_SIGS, SC_E_WIRE);
        SC_TRY(sc_line_cut(&line, &rest));
        SC_TRY(take_sig(&note->sigs[note->n_sigs], line));
        note->n_sigs++;
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(note, 0, sizeof *note);
    }
    return err;
}

/* ---- signing and verifying --------------------------------------------- */

/* What a cosigner signs. */
static sc_err put_cosigned(sc_buf *out, sc_bytes text, uint64_t time)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time));
    SC_TRY(sc_buf_put_bytes(out, text));
    err = SC_OK;
out:
    return err;
}

static sc_err verify_cosignature(uint64_t *time, const sc_note_sig *sig,
                                 const sc_note_key *key, sc_bytes text)
{
    uint64_t at = sc_load_be64(sig->sig);
    sc_buf signed_text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(sig->len == TIME_LEN + SC_SIG_LEN && at >= 1 && at <= MAX_TIME,
               SC_E_CHEAT);
    SC_TRY(put_cosigned(&signed_text, text, at));
    SC_TRY(sc_sign_verify(key->pk, sc_buf_bytes(&signed_text),
                          sig->sig + TIME_LEN));
    *time = at;
    err = SC_OK;
out:
    sc_buf_clear(&signed_text);
    return err;
}

/* One line against its key. SC_E_CHEAT. */
static sc_err verify_sig(sc_note_mark *mark, const sc_note_sig *sig,
                         const sc_note_key *key, sc_bytes text)
{
    uint64_t time = 0;
    sc_err err = SC_E_BUG;

    if (key->type == SC_NOTE_COSIGNATURE) {
        SC_TRY(verify_cosignature(&time, sig, key, text));
    } else {
        SC_REQUIRE(sig->len == SC_SIG_LEN, SC_E_CHEAT);
        SC_TRY(sc_sign_verify(key->pk, text, sig->sig));
    }
    mark->is_signed = 1;
    mark->time = time > mark->time ? time : mark->time;
    err = SC_OK;
out:
    return err;
}

/* Index of the key of this line, or n_keys. */
static size_t find_key(const sc_note_sig *sig, const sc_note_key *keys,
                       size_t n_keys)
{
    size_t i = 0;

    while (i < n_keys &&
           (memcmp(sig->id, keys[i].id, ID_LEN) != 0 ||
            !sc_bytes_equal_vartime(sig->name, sc_bytes_of(keys[i].name)))) {
        i++;
    }
    return i;
}

static sc_err verify(sc_note_mark *marks, const sc_note *note,
                     const sc_note_key *keys, size_t n_keys, int is_exact)
{
    size_t next = 0, n_known = 0; /* next: the first key that may come */
    sc_err err = SC_E_BUG;

    memset(marks, 0, n_keys * sizeof *marks);
    for (size_t i = 0; i < note->n_sigs; i++) {
        size_t k = find_key(&note->sigs[i], keys, n_keys);

        if (is_exact) {
            SC_REQUIRE(k < n_keys && k >= next, SC_E_CHEAT);
            next = k + 1;
        } else if (k == n_keys) {
            continue;
        }
        SC_TRY(verify_sig(&marks[k], &note->sigs[i], &keys[k], note->text));
        n_known++;
    }
    SC_REQUIRE(n_known > 0, SC_E_CHEAT);
    err = SC_OK;
out:
    if (err != SC_OK) {
        memset(marks, 0, n_keys * sizeof *marks);
    }
    return err;
}

sc_err sc_note_verify(sc_note_mark *marks, const sc_note *note,
                      const sc_note_key *keys, size_t n_keys)
{
    return verify(marks, note, keys, n_keys, 0);
}

sc_err sc_note_verify_exact(sc_note_mark *marks, const sc_note *note,
                            const sc_note_key *keys, size_t n_keys)
{
    return verify(marks, note, keys, n_keys, 1);
}

/* Append the line of a payload (what follows the key id). */
static sc_err put_line(sc_buf *line, const char *name, sc_note_type type,
                       const sc_sign_key *key, sc_bytes payload)
{
    uint8_t raw[ID_LEN + TIME_LEN + SC_SIG_LEN];
    size_t start = line->len;
    sc_err err = SC_E_BUG;

    SC_ASSERT(payload.len <= sizeof raw - ID_LEN);
    make_id(raw, sc_bytes_of(name), (uint8_t)type, key->pk);
    memcpy(raw + ID_LEN, payload.p, payload.len);
    SC_TRY(sc_buf_put_str(line, DASH));
    SC_TRY(sc_buf_put_str(line, name));
    SC_TRY(sc_buf_put_u8(line, ' '));
    SC_TRY(sc_base64_put(line, (sc_bytes){raw, ID_LEN + payload.len}));
    SC_TRY(sc_buf_put_u8(line, '\n'));
    err = SC_OK;
out:
    if (err != SC_OK) {
        line->len = start;
    }
    return err;
}

sc_err sc_note_sign(sc_buf *line, sc_bytes text, const char *name,
                    const sc_sign_key *key)
{
    uint8_t sig[SC_SIG_LEN];

    if (!is_note_text(text) || !is_key_name(sc_bytes_of(name))) {
        return SC_E_ARG;
    }
    sc_sign(sig, key, text);
    return put_line(line, name, SC_NOTE_ED25519, key,
                    (sc_bytes){sig, sizeof sig});
}

sc_err sc_note_cosign(sc_buf *line, sc_bytes text, const char *name,
                      const sc_sign_key *key, uint64_t time)
{
    uint8_t payload[TIME_LEN + SC_SIG_LEN];
    sc_buf signed_text = {0};
    sc_err err = SC_E_BUG;

    SC_REQUIRE(is_note_text(text) && is_key_name(sc_bytes_of(name)) &&
                   time >= 1 && time <= MAX_TIME,
               SC_E_ARG);
    SC_TRY(put_cosigned(&signed_text, text, time));
    sc_store_be64(payload, time);
    sc_sign(payload + TIME_LEN, key, sc_buf_bytes(&signed_text));
    SC_TRY(put_line(line, name, SC_NOTE_COSIGNATURE, key,
                    (sc_bytes){payload, sizeof payload}));
    err = SC_OK;
out:
    sc_buf_clear(&signed_text);
    return err;
}

/* ---- checkpoints ------------------------------------------------------- */

sc_err sc_checkpoint_put(sc_buf *out, const sc_checkpoint *c)
{
    size_t start = out->len;
    sc_err err = SC_E_BUG;

    SC_REQUIRE(is_key_name(sc_bytes_of(c->origin)) && c->size <= MAX_SIZE,
               SC_E_ARG);
    SC_TRY(sc_buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->size));
    SC_TRY(sc_base64_put(out, (sc_bytes){c->root, sizeof c->root}));
    SC_TRY(sc_buf_put_u8(out, '\n'));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = start;
    }
    return err;
}

sc_err sc_checkpoint_take(sc_checkpoint *c, sc_bytes text)
{
    uint8_t empty[SC_HASH_LEN];
    sc_checkpoint got = {0};
    sc_bytes line;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_line_cut(&line, &text));
    SC_REQUIRE(is_key_name(line), SC_E_WIRE);
    memcpy(got.origin, line.p, line.len);
    SC_TRY(sc_line_cut(&line, &text));
    SC_TRY(sc_line_u63(&got.size, line));
    SC_TRY(sc_line_cut(&line, &text));
    SC_TRY(sc_line_hash(got.root, line));
    SC_REQUIRE(text.len == 0, SC_E_WIRE);
    sc_sha256(empty, (sc_bytes){0});
    SC_REQUIRE(got.size > 0 || memcmp(got.root, empty, sizeof empty) == 0,
               SC_E_WIRE);
    *c = got;
    err = SC_OK;
out:
    return err;
}
