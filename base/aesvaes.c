/* base/aesvaes.c: eight registers of four blocks each, a round at a time.
 *
 * A round of one register takes some four cycles, but one or two others can
 * begin in each: eight keep the units busy. A round key is read once for all. */
#include "base/aesvaes.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define N_ROUNDS  10
#define REGISTERS 8
#define REG_LEN   ((size_t)64) /* four blocks */

#define ON_VAES   __attribute__((target("aes,vaes,avx512f,avx512bw")))

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

ON_VAES void sc_aesvaes_stream(const sc_aesvaes *a, uint8_t *out, size_t len,
                               uint64_t operator_id, uint64_t first_block)
{
    const long long op = (long long)operator_id, at = (long long)first_block;
    const __m512i four = _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);
    __m512i count =
        _mm512_add_epi64(_mm512_set_epi64(op, at, op, at, op, at, op, at),
                         _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    __m512i x[REGISTERS];

#define COUNT(i) x[i] = count, count = _mm512_add_epi64(count, four);
#define STORE(i) _mm512_storeu_si512(out + (i)*REG_LEN, x[i]);
    for (; len >= sizeof x; len -= sizeof x, out += sizeof x) {
        EACH(COUNT)
        encrypt_all(a, x);
        EACH(STORE)
    }
    for (; len >= REG_LEN; len -= REG_LEN, out += REG_LEN) {
        _mm512_storeu_si512(out, encrypt_one(a, count));
        count = _mm512_add_epi64(count, four);
    }
    if (len > 0) {
        _mm512_mask_storeu_epi8(out, ((__mmask64)1 << len) - 1,
                                encrypt_one(a, count));
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

#endif
