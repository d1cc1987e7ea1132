/* base/aesvaes.c: eight registers of four blocks each, a round at a time.
 *
 * A round of one register takes some four cycles, but one or two others can
 * begin in each: eight keep the units busy. A round key is read once for all. */
#include "base/aesvaes.h"

#if defined(__x86_64__)

#include <assert.h>
#include <cpuid.h>
#include <immintrin.h>

#define N_ROUNDS  10
#define REGISTERS 8
#define REG_LEN   ((size_t)64) /* four blocks */

static_assert(SC_AESVAES_STEP == REGISTERS * REG_LEN, "a step is all of them");

#define ON_VAES __attribute__((target("aes,vaes,avx512f,avx512bw")))

/* Arrays below stay in registers only if no index is computed. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)

/* The builtin asks for what the system saves of the registers, too; not every
 * compiler's knows VAES. */
int sc_aesvaes_is_here(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;

    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bit_VAES) != 0;
}

/* FIPS 197, 5.2. The last column, rotated, stands in all four, so the
 * instruction's ShiftRows moves nothing and leaves SubWord and the constant. */
ON_VAES static __m128i next_key(__m128i key, int round_constant)
{
    __m128i t = _mm_shuffle_epi8(key, _mm_set1_epi32(0x0c0f0e0d));

    t = _mm_aesenclast_si128(t, _mm_set1_epi32(round_constant));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, t);
}

ON_VAES void sc_aesvaes_init(sc_aesvaes *a, const uint8_t key[static 16])
{
    static const uint8_t constants[N_ROUNDS] = {1,  2,  4,   8,    16,
                                                32, 64, 128, 0x1b, 0x36};
    __m128i k = _mm_loadu_si128((const __m128i *)(const void *)key);

    for (unsigned round = 0; round <= N_ROUNDS; round++) {
        _mm_storeu_si128((__m128i *)(void *)a->round_keys[round], k);
        if (round < N_ROUNDS) {
            k = next_key(k, constants[round]);
        }
    }
}

ON_VAES static inline __m512i round_key(const sc_aesvaes *a, unsigned round)
{
    const void *key = a->round_keys[round];

    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key));
}

ON_VAES static inline void encrypt_all(const sc_aesvaes *a,
                                       __m512i x[static REGISTERS])
{
    __m512i key = round_key(a, 0);

#define ADD_KEY(i)    x[i] = _mm512_xor_si512(x[i], key);
#define ROUND(i)      x[i] = _mm512_aesenc_epi128(x[i], key);
#define LAST_ROUND(i) x[i] = _mm512_aesenclast_epi128(x[i], key);
    EACH(ADD_KEY)
#pragma GCC unroll 9
    for (unsigned round = 1; round < N_ROUNDS; round++) {
        key = round_key(a, round);
        EACH(ROUND)
    }
    key = round_key(a, N_ROUNDS);
    EACH(LAST_ROUND)
}

ON_VAES static inline __m512i encrypt_one(const sc_aesvaes *a, __m512i x)
{
    x = _mm512_xor_si512(x, round_key(a, 0));
#pragma GCC unroll 9
    for (unsigned round = 1; round < N_ROUNDS; round++) {
        x = _mm512_aesenc_epi128(x, round_key(a, round));
    }
    return _mm512_aesenclast_epi128(x, round_key(a, N_ROUNDS));
}

ON_VAES static inline __m512i four_more(void)
{
    return _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);
}

/* Blocks first_block and the three after it, before they are encrypted. */
ON_VAES static inline __m512i counters(uint64_t operator_id,
                                       uint64_t first_block)
{
    const long long op = (long long)operator_id, at = (long long)first_block;

    return _mm512_add_epi64(_mm512_set_epi64(op, at, op, at, op, at, op, at),
                            _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
}

/* The next registers of the stream. */
ON_VAES static inline void next_all(const sc_aesvaes *a,
                                    __m512i x[static REGISTERS], __m512i *count)
{
#define COUNT(i) x[i] = *count, *count = _mm512_add_epi64(*count, four_more());
    EACH(COUNT)
    encrypt_all(a, x);
}

ON_VAES void sc_aesvaes_stream(const sc_aesvaes *a, uint8_t *out, size_t len,
                               uint64_t operator_id, uint64_t first_block)
{
    __m512i count = counters(operator_id, first_block), x[REGISTERS];

#define STORE(i) _mm512_storeu_si512(out + (i)*REG_LEN, x[i]);
    for (; len >= sizeof x; len -= sizeof x, out += sizeof x) {
        next_all(a, x, &count);
        EACH(STORE)
    }
    for (; len >= REG_LEN; len -= REG_LEN, out += REG_LEN) {
        _mm512_storeu_si512(out, encrypt_one(a, count));
        count = _mm512_add_epi64(count, four_more());
    }
    if (len > 0) {
        _mm512_mask_storeu_epi8(out, ((__mmask64)1 << len) - 1,
                                encrypt_one(a, count));
    }
}

/* ---- added to what is there --------------------------------------------- */

/* A low word that wrapped is below what was added to it; one that is taken from
 * wraps if it was below. Lanes 0, 2, 4, 6 are low; each carries to the next. */
ON_VAES static inline __m512i sum(__m512i y, __m512i f, sc_aes_sum how)
{
    const __m512i minus_one = _mm512_set1_epi64(-1);
    const __mmask8 low = 0x55;
    const int is_sub = how == SC_AES_SUB64 || how == SC_AES_SUB128;
    __m512i s = is_sub ? _mm512_sub_epi64(y, f) : _mm512_add_epi64(y, f);
    unsigned carry;

    if (how == SC_AES_ADD128) {
        carry = 2u * _mm512_mask_cmplt_epu64_mask(low, s, f);
        s = _mm512_mask_sub_epi64(s, (__mmask8)carry, s, minus_one);
    } else if (how == SC_AES_SUB128) {
        carry = 2u * _mm512_mask_cmplt_epu64_mask(low, y, f);
        s = _mm512_mask_add_epi64(s, (__mmask8)carry, s, minus_one);
    }
    return s;
}

ON_VAES static inline __attribute__((always_inline)) void
sum_all(const sc_aesvaes *a, uint8_t *y, size_t len, sc_aes_sum how,
        __m512i count)
{
    __m512i x[REGISTERS];

#define AT(i) (y + (i)*REG_LEN)
#define SUM(i)                                                                 \
    _mm512_storeu_si512(AT(i), sum(_mm512_loadu_si512(AT(i)), x[i], how));
    for (; len >= sizeof x; len -= sizeof x, y += sizeof x) {
        next_all(a, x, &count);
        EACH(SUM)
    }
}

/* Spelled out, so that each becomes a loop of its own. */
ON_VAES void sc_aesvaes_sum(const sc_aesvaes *a, uint8_t *y, size_t len,
                            sc_aes_sum how, uint64_t operator_id,
                            uint64_t first_block)
{
    const __m512i count = counters(operator_id, first_block);

    switch (how) {
    case SC_AES_ADD64:
        sum_all(a, y, len, SC_AES_ADD64, count);
        break;
    case SC_AES_SUB64:
        sum_all(a, y, len, SC_AES_SUB64, count);
        break;
    case SC_AES_ADD128:
        sum_all(a, y, len, SC_AES_ADD128, count);
        break;
    case SC_AES_SUB128:
        sum_all(a, y, len, SC_AES_SUB128, count);
        break;
    }
}

#else

#include "base/err.h"

int sc_aesvaes_is_here(void)
{
    return 0;
}

void sc_aesvaes_init(sc_aesvaes *a, const uint8_t key[static 16])
{
    (void)a, (void)key;
    SC_ASSERT(0);
}

void sc_aesvaes_stream(const sc_aesvaes *a, uint8_t *out, size_t len,
                       uint64_t operator_id, uint64_t first_block)
{
    (void)a, (void)out, (void)len, (void)operator_id, (void)first_block;
    SC_ASSERT(0);
}

void sc_aesvaes_sum(const sc_aesvaes *a, uint8_t *y, size_t len, sc_aes_sum how,
                    uint64_t operator_id, uint64_t first_block)
{
    (void)a, (void)y, (void)len, (void)how, (void)operator_id;
    (void)first_block;
    SC_ASSERT(0);
}

#endif
