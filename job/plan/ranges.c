/* job/plan/ranges.c: see the header. */
#include "job/plan/ranges.h"

static const sc_ranges_words words[] = {
    [SC_CTSUM_ASSERTED] =
        {"asserted", "asserted, not proved",
         "ranges are asserted, not proved: an owner who runs another program "
         "can make totals wrong, its own and its neighbours' in the same "
         "ciphertext, and read none"},
    [SC_CTSUM_BY_DEALER] =
        {"proved under the dealer's parameters",
         "proved, with 160 bits of slack, under parameters of the key's "
         "dealer: no owner reaches another slot",
         "ranges are proved as far as the key's dealer is trusted, with 160 "
         "bits of slack: an owner who runs another program can make the "
         "totals wrong that it adds to, and no other, or the whole answer "
         "fail"},
    [SC_CTSUM_BY_BITS] =
        {"proved bit by bit",
         "proved bit by bit, exactly: no owner reaches another slot, if the "
         "key is of large primes, as its dealer says",
         "ranges are proved bit by bit: an owner who runs another program can "
         "make the totals wrong that it adds to, and no other; that the key is "
         "of two large primes is taken on its dealer's word"},
};

const sc_ranges_words *sc_ranges_words_of(const sc_plan *p)
{
    return &words[p->shape.ranges];
}

sc_ctsum_ranges sc_ranges_choose(const sc_plan *p, int asks_for_bits)
{
    if (asks_for_bits) {
        return SC_CTSUM_BY_BITS;
    }
    return p->ring == 64 && sc_plan_vector_len(p) <= SC_CTSUM_MAX_BY_DEALER
               ? SC_CTSUM_BY_DEALER
               : SC_CTSUM_ASSERTED;
}
