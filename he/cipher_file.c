/* he/cipher_file.c: see the header. */
#include "he/cipher_file.h"

#include <inttypes.h>
#include <string.h>

#include "he/lines.h"
#include "he/words.h"

#define FIRST_LINE "sharechain-paillier-ciphertexts/1\n"

void sc_he_public_digest(uint8_t out[static SC_HASH_LEN],
                         const sc_he_public *pk)
{
    uint8_t n[8 * SC_HE_MAX_LIMBS];
    const sc_bytes parts[] = {{n, 8 * sc_he_limbs(pk)},
                              sc_bytes_of(sc_he_id(pk))};

    sc_words_put(n, sc_he_modulus(pk), sc_he_limbs(pk));
    sc_hash_tagged(out, "sharechain/he/key/1", parts, 2);
}

/* ---- the head ---------------------------------------------------------------- */

void sc_cipher_head_init(sc_cipher_head *head, const sc_he_public *pk,
                         size_t values)
{
    memset(head, 0, sizeof *head);
    memcpy(head->id, sc_he_id(pk), strlen(sc_he_id(pk)));
    sc_he_public_digest(head->key, pk);
    head->values = values;
    head->addends = 1;
}

int sc_cipher_head_is_of(const sc_cipher_head *head, const sc_he_public *pk)
{
    uint8_t key[SC_HASH_LEN];

    sc_he_public_digest(key, pk);
    return memcmp(key, head->key, sizeof key) == 0 &&
           strcmp(head->id, sc_he_id(pk)) == 0;
}

sc_err sc_cipher_head_packing(sc_packing *p, const sc_cipher_head *head,
                              const sc_he_public *pk)
{
    return sc_packing_init(p, pk, head->value_bits, head->is_signed,
                           head->slot_addends, head->spare_bits);
}

static uint64_t max_addends(const sc_cipher_head *head)
{
    return head->has_slots ? head->slot_addends : SC_CIPHER_FILE_ADDENDS;
}

sc_err sc_cipher_head_ciphers(size_t *n, const sc_cipher_head *head,
                              const sc_he_public *pk)
{
    sc_err err = SC_E_BUG;
    sc_packing p;

    SC_REQUIRE(head->values >= 1 && head->values <= SC_CIPHER_FILE_VALUES,
               SC_E_ARG);
    SC_REQUIRE(head->addends >= 1 && head->addends <= max_addends(head),
               SC_E_ARG);
    *n = head->values;
    if (head->has_slots) {
        SC_TRY(sc_cipher_head_packing(&p, head, pk));
        *n = sc_packing_plaintexts(&p, head->values);
    }
    SC_REQUIRE(*n <= SC_CIPHER_FILE_CIPHERS, SC_E_ARG);
    err = SC_OK;
out:
    return err;
}

static sc_err put_slots(sc_buf *out, const sc_cipher_head *head)
{
    return head->has_slots
               ? sc_buf_printf(out,
                               "slots %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                               head->is_signed ? "signed" : "unsigned",
                               head->value_bits, head->slot_addends,
                               head->spare_bits)
               : sc_buf_put_str(out, "slots none\n");
}

sc_err sc_cipher_head_put(sc_buf *out, const sc_cipher_head *head)
{
    const size_t was = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, FIRST_LINE "id %s\n", head->id));
    SC_TRY(
        sc_line_put_hex(out, "key ", (sc_bytes){head->key, sizeof head->key}));
    SC_TRY(sc_buf_printf(out, "values %" PRIu64 "\ndecimals %" PRIu64 "\n",
                         head->values, head->decimals));
    SC_TRY(put_slots(out, head));
    SC_TRY(sc_buf_printf(out, "addends %" PRIu64 "\n\n", head->addends));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

/* The number before the next blank, which is cut off too. */
static sc_err cut_number(sc_bytes *text, uint64_t *x, uint64_t max)
{
    const uint8_t *end = text->len > 0 ? memchr(text->p, ' ', text->len) : NULL;
    const size_t len = end == NULL ? text->len : (size_t)(end - text->p);

    if (len == 0 || len > 19) {
        return SC_E_WIRE;
    }
    *x = 0;
    for (size_t i = 0; i < len; i++) {
        if (text->p[i] < '0' || text->p[i] > '9') {
            return SC_E_WIRE;
        }
        *x = 10 * *x + (text->p[i] - '0');
    }
    *text = (sc_bytes){text->p + len + (end != NULL),
                       text->len - len - (end != NULL)};
    return *x <= max ? SC_OK : SC_E_WIRE;
}

static sc_err get_slots(sc_cipher_head *head, sc_bytes *in)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_TRY(sc_line_next(in, &text, "slots "));
    if (sc_bytes_equal_vartime(text, sc_bytes_of("none"))) {
        return SC_OK;
    }
    head->has_slots = 1;
    head->is_signed = sc_line_begins(text, "signed ");
    SC_REQUIRE(head->is_signed || sc_line_begins(text, "unsigned "), SC_E_WIRE);
    text.p += head->is_signed ? 7 : 9;
    text.len -= head->is_signed ? 7 : 9;
    SC_TRY(cut_number(&text, &head->value_bits, SC_PACK_MAX_SUM_BITS));
    SC_TRY(cut_number(&text, &head->slot_addends, SC_CIPHER_FILE_ADDENDS));
    SC_TRY(cut_number(&text, &head->spare_bits, SC_PACK_MAX_SPARE));
    SC_REQUIRE(text.len == 0, SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

static sc_err get_lines(sc_cipher_head *head, sc_bytes *in)
{
    sc_err err = SC_E_BUG;
    sc_bytes text;

    SC_REQUIRE(sc_line_begins(*in, FIRST_LINE), SC_E_WIRE);
    SC_TRY(sc_line_next(in, &text, ""));
    SC_TRY(sc_line_get_id(in, head->id));
    SC_TRY(sc_line_get_hex(in, "key ", head->key, sizeof head->key));
    SC_TRY(
        sc_line_get_count(in, "values ", &head->values, SC_CIPHER_FILE_VALUES));
    SC_TRY(sc_line_get_count(in, "decimals ", &head->decimals,
                             SC_CIPHER_FILE_DECIMALS));
    SC_TRY(get_slots(head, in));
    SC_TRY(sc_line_get_count(in, "addends ", &head->addends,
                             SC_CIPHER_FILE_ADDENDS));
    SC_TRY(sc_line_next(in, &text, ""));
    SC_REQUIRE(text.len == 0 && head->values >= 1 && head->addends >= 1 &&
                   head->addends <= max_addends(head),
               SC_E_WIRE);
    err = SC_OK;
out:
    return err;
}

sc_err sc_cipher_head_get(sc_cipher_head *head, sc_bytes *rest, sc_bytes in)
{
    const uint8_t *start = in.p;
    sc_err err = SC_E_BUG;
    sc_buf again = {0};

    memset(head, 0, sizeof *head);
    SC_TRY(get_lines(head, &in));
    SC_TRY(sc_cipher_head_put(&again, head));
    SC_REQUIRE(sc_bytes_equal_vartime(sc_buf_bytes(&again),
                                      (sc_bytes){start,
                                                 (size_t)(in.p - start)}),
               SC_E_WIRE);
    *rest = in;
    err = SC_OK;
out:
    sc_buf_clear(&again);
    if (err != SC_OK) {
        memset(head, 0, sizeof *head);
    }
    return err;
}

/* ---- files -------------------------------------------------------------------- */

sc_err sc_cipher_file_put(sc_buf *out, const sc_cipher_head *head,
                          const sc_cipher *c)
{
    const size_t was = out->len;
    sc_err err = SC_E_BUG;
    size_t n;

    SC_REQUIRE(sc_cipher_head_is_of(head, sc_cipher_key(c)), SC_E_ARG);
    SC_TRY(sc_cipher_head_ciphers(&n, head, sc_cipher_key(c)));
    SC_REQUIRE(n == sc_cipher_count(c), SC_E_ARG);
    SC_TRY(sc_cipher_head_put(out, head));
    SC_TRY(sc_cipher_put(out, c));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = was;
    }
    return err;
}

sc_err sc_cipher_file_get(sc_cipher_head *head, sc_cipher **c,
                          const sc_he_public *pk, sc_bytes in)
{
    sc_err err = SC_E_BUG;
    sc_bytes rest;
    size_t n;

    *c = NULL;
    SC_TRY(sc_cipher_head_get(head, &rest, in));
    SC_REQUIRE(sc_cipher_head_is_of(head, pk), SC_E_ARG);
    SC_REQUIRE(sc_cipher_head_ciphers(&n, head, pk) == SC_OK, SC_E_WIRE);
    SC_REQUIRE(rest.len == n * sc_cipher_len(pk), SC_E_WIRE);
    SC_TRY(sc_cipher_get(c, pk, rest));
    err = SC_OK;
out:
    return err;
}

/* ---- arithmetic --------------------------------------------------------------- */

static const char *misfit(const sc_cipher_head *a, const sc_cipher_head *b)
{
    if (memcmp(a->key, b->key, sizeof a->key) != 0) {
        return "they are of different keys";
    }
    if (a->values != b->values) {
        return "they hold different numbers of values";
    }
    if (a->decimals != b->decimals) {
        return "their values have different numbers of decimals";
    }
    if (a->has_slots != b->has_slots || a->is_signed != b->is_signed ||
        a->value_bits != b->value_bits || a->spare_bits != b->spare_bits ||
        a->slot_addends != b->slot_addends) {
        return "they are packed in different ways";
    }
    return NULL;
}

static sc_err no_room(const sc_cipher_head *head, sc_fault *why)
{
    (void)sc_fault_set(why, SC_E_CONFIG,
                       "the result would count more than %" PRIu64 " addends",
                       max_addends(head));
    sc_fault_remedy(why, head->has_slots
                             ? "encrypt with more --addends: slots of a packed "
                               "value have room for so many, and a factor k "
                               "counts as k"
                             : "decrypt and encrypt anew");
    return SC_E_CONFIG;
}

sc_err sc_cipher_head_join(sc_cipher_head *head, const sc_cipher_head *more,
                           int is_difference, sc_fault *why)
{
    const char *reason = misfit(head, more);

    if (reason != NULL) {
        return sc_fault_set(why, SC_E_CONFIG, "%s", reason);
    }
    if (is_difference && head->has_slots) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "packed values are not subtracted: a slot that "
                            "falls below 0 would borrow from its neighbour");
    }
    if (more->addends > max_addends(head) - head->addends) {
        return no_room(head, why);
    }
    head->addends += more->addends;
    return SC_OK;
}

sc_err sc_cipher_head_scale(sc_cipher_head *head, int64_t k, sc_fault *why)
{
    const uint64_t size = k < 0 ? 0 - (uint64_t)k : (uint64_t)k;

    if (k == 0) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "nothing would be left of the values: a factor is "
                            "not 0");
    }
    if (k < 0 && head->has_slots) {
        return sc_fault_set(why, SC_E_CONFIG,
                            "packed values take no negative factor: a slot "
                            "below 0 would borrow from its neighbour");
    }
    if (size > max_addends(head) / head->addends) {
        return no_room(head, why);
    }
    head->addends *= size;
    return SC_OK;
}
