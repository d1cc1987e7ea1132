/* mpc/ring.c: plain loops; the compiler's wrap is the ring's. */
#include "mpc/ring.h"

#include <assert.h>
#include <string.h>

/* Every machine we build for keeps a word as the wire does. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "put and get copy words as they lie in memory");

void sc_ring64_add(uint64_t *y, const uint64_t *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

void sc_ring64_sub(uint64_t *y, const uint64_t *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        y[i] -= x[i];
    }
}

void sc_ring128_add(sc_u128 *y, const sc_u128 *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

void sc_ring128_sub(sc_u128 *y, const sc_u128 *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        y[i] -= x[i];
    }
}

/* n may be 0 with a pointer that is NULL, which memcpy forbids. */
static void copy(void *out, const void *in, size_t n, size_t size)
{
    if (n > 0) {
        memcpy(out, in, n * size);
    }
}

void sc_ring64_put(uint8_t *out, const uint64_t *x, size_t n)
{
    copy(out, x, n, sizeof *x);
}

void sc_ring64_get(uint64_t *x, const uint8_t *in, size_t n)
{
    copy(x, in, n, sizeof *x);
}

void sc_ring128_put(uint8_t *out, const sc_u128 *x, size_t n)
{
    copy(out, x, n, sizeof *x);
}

void sc_ring128_get(sc_u128 *x, const uint8_t *in, size_t n)
{
    copy(x, in, n, sizeof *x);
}
