/* mpc/ctsum_shape.c: see the header. */
#include "mpc/ctsum_shape.h"

#include "base/limits.h"
#include "he/prove_range.h"
#include "he/sigma.h"

#define WORD SC_CTSUM_WORD

static size_t ceil_log2(size_t n)
{
    size_t bits = 0;

    while (((size_t)1 << bits) < n) {
        bits++;
    }
    return bits;
}

static size_t whole_words(size_t len)
{
    return (len + WORD - 1) / WORD * WORD;
}

size_t sc_ctsum_value_bits(const sc_ctsum_shape *s)
{
    return s->ring_bits + SC_CTSUM_SPARE;
}

size_t sc_ctsum_width(const sc_ctsum_shape *s)
{
    const size_t slack =
        s->ranges == SC_CTSUM_BY_DEALER ? SC_RANGE_SLACK + 1 : 0;

    return sc_ctsum_value_bits(s) + slack + ceil_log2(s->n_parties);
}

size_t sc_ctsum_slots(const sc_ctsum_shape *s)
{
    const size_t slots = (s->key_bits - 1) / sc_ctsum_width(s);

    return s->ranges == SC_CTSUM_BY_DEALER && slots > SC_RANGE_SLOTS
               ? SC_RANGE_SLOTS
               : slots;
}

size_t sc_ctsum_ciphers(const sc_ctsum_shape *s)
{
    const size_t slots = sc_ctsum_slots(s);

    return (s->n_values + slots - 1) / slots;
}

size_t sc_ctsum_ciphers_len(const sc_ctsum_shape *s)
{
    return sc_ctsum_ciphers(s) * (s->key_bits / 4);
}

/* An exponent of hs in a proof (he/sigma.h). */
static size_t answer_len(const sc_ctsum_shape *s)
{
    return (s->key_bits / 2 + SC_NOISE_MORE_BITS) / 8;
}

/* What he/prove_plain.h has, or he/prove_range.h. */
size_t sc_ctsum_entry_proof_len(const sc_ctsum_shape *s)
{
    const size_t z = (sc_ctsum_value_bits(s) + SC_RANGE_SLACK + 63) / 64 * 8;
    const size_t each =
        s->ranges == SC_CTSUM_BY_DEALER
            ? s->key_bits / 4 + sc_ctsum_slots(s) * z + 2 * answer_len(s)
            : s->key_bits / 8 + answer_len(s);

    return SC_CHALLENGE_LEN + sc_ctsum_ciphers(s) * each;
}

size_t sc_ctsum_bits_proof_len(const sc_ctsum_shape *s, size_t n_values)
{
    const size_t each = SC_CHALLENGE_LEN + 2 * answer_len(s);

    return SC_CHALLENGE_LEN + n_values * sc_ctsum_value_bits(s) * each;
}

size_t sc_ctsum_bits_len(const sc_ctsum_shape *s, size_t n_values)
{
    return n_values * sc_ctsum_value_bits(s) * (s->key_bits / 4) +
           sc_ctsum_bits_proof_len(s, n_values);
}

size_t sc_ctsum_bare_len(const sc_ctsum_shape *s)
{
    const size_t slots = sc_ctsum_slots(s), last = s->n_values % slots;

    if (s->ranges != SC_CTSUM_BY_BITS) {
        return sc_ctsum_ciphers_len(s) + sc_ctsum_entry_proof_len(s);
    }
    return s->n_values / slots * sc_ctsum_bits_len(s, slots) +
           (last == 0 ? 0 : sc_ctsum_bits_len(s, last));
}

size_t sc_ctsum_part_proof_len(const sc_ctsum_shape *s)
{
    return SC_CHALLENGE_LEN + (2 * s->key_bits + 64 + 256) / 8;
}

size_t sc_ctsum_entry_len(const sc_ctsum_shape *s)
{
    return whole_words(sc_ctsum_bare_len(s));
}

size_t sc_ctsum_part_len(const sc_ctsum_shape *s)
{
    return whole_words(sc_ctsum_ciphers_len(s) + sc_ctsum_part_proof_len(s));
}

static size_t most_values(sc_ctsum_ranges ranges)
{
    switch (ranges) {
    case SC_CTSUM_ASSERTED:
        return SC_CTSUM_MAX;
    case SC_CTSUM_BY_DEALER:
        return SC_CTSUM_MAX_BY_DEALER;
    case SC_CTSUM_BY_BITS:
        return SC_CTSUM_MAX_BY_BITS;
    }
    return 0;
}

int sc_ctsum_is_shape(const sc_ctsum_shape *s)
{
    return (s->ring_bits == 64 ||
            (s->ring_bits == 128 && s->ranges != SC_CTSUM_BY_DEALER)) &&
           s->n_values >= 1 && s->n_values <= most_values(s->ranges) &&
           s->n_parties >= 2 && s->n_parties <= SC_MAX_PARTIES &&
           sc_ctsum_slots(s) >= 1;
}

/* ---- entries and parts as bytes ------------------------------------------- */

sc_err sc_ctsum_pad(sc_buf *out, size_t start)
{
    static const uint8_t zeros[WORD];
    const size_t len = out->len - start;

    return sc_buf_put(out, zeros, whole_words(len) - len);
}

int sc_ctsum_is_padded(sc_bytes in, size_t len)
{
    uint8_t any = 0;

    if (in.len != whole_words(len)) {
        return 0;
    }
    for (size_t i = len; i < in.len; i++) {
        any |= in.p[i];
    }
    return any == 0;
}

/* ---- a slot ----------------------------------------------------------------- */

void sc_ctsum_slot(uint64_t v[static 3], sc_u128 y, uint64_t u,
                   unsigned ring_bits)
{
    u &= ((uint64_t)1 << SC_CTSUM_SPARE) - 1;
    v[0] = (uint64_t)y;
    v[1] = ring_bits == 64 ? u : (uint64_t)(y >> 64);
    v[2] = ring_bits == 64 ? 0 : u;
}
