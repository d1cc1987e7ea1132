/* job/plan/value.c: from exact rationals to the two forms a person meets, text and
 * the nearest double. GMP's own conversion cuts off instead of rounding. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/finish.h"

#define DOUBLE_BITS    53
#define DOUBLE_MIN_EXP (-1074) /* of the last bit of the smallest double */

void sc_value_init(sc_value *v)
{
    *v = (sc_value){.kind = SC_V_NULL};
    mpq_init(v->q);
}

void sc_value_clear(sc_value *v)
{
    mpq_clear(v->q);
    v->kind = SC_V_NULL;
    v->text = NULL;
}

int sc_value_compare(const sc_value *a, const sc_value *b)
{
    int order =
        a->kind == SC_V_TEXT ? strcmp(a->text, b->text) : mpq_cmp(a->q, b->q);

    return (order > 0) - (order < 0);
}

/* Drop the `n_dropped` low bits of m, to nearest, ties to even; is_inexact: the
 * value lies a little above m. m < 2^57. */
static uint64_t round_even(uint64_t m, long n_dropped, int is_inexact)
{
    uint64_t kept, rest, half;

    if (n_dropped > 57) {
        return 0; /* below half of the last bit kept */
    }
    kept = m >> n_dropped;
    rest = m - (kept << n_dropped);
    half = (uint64_t)1 << (n_dropped - 1);
    if (rest > half || (rest == half && (is_inexact || (kept & 1) != 0))) {
        kept++;
    }
    return kept;
}

/* |q| = n/d lies in (2^(e-1), 2^(e+1)), e = bits(n) - bits(d). So m = floor(n *
 * 2^(55-e) / d) has 55 or 56 bits: those of a double, two to round by, and the
 * remainder tells whether anything is behind them. */
double sc_value_double(const sc_value *v)
{
    const int sign = mpq_sgn(v->q);
    long shift, n_dropped;
    uint64_t m, kept;
    int is_inexact;
    mpz_t n, d;

    if (sign == 0) {
        return 0;
    }
    mpz_init_set(n, mpq_numref(v->q));
    mpz_init_set(d, mpq_denref(v->q));
    mpz_abs(n, n);
    shift = DOUBLE_BITS + 2 - (long)mpz_sizeinbase(n, 2) +
            (long)mpz_sizeinbase(d, 2);
    if (shift >= 0) {
        mpz_mul_2exp(n, n, (mp_bitcnt_t)shift);
    } else {
        mpz_mul_2exp(d, d, (mp_bitcnt_t)-shift);
    }
    mpz_tdiv_qr(n, d, n, d);
    is_inexact = mpz_sgn(d) != 0;
    m = mpz_get_ui(n);
    n_dropped = (m >> (DOUBLE_BITS + 2)) != 0 ? 3 : 2;
    if (n_dropped - shift < DOUBLE_MIN_EXP) { /* a subnormal has fewer bits */
        n_dropped = DOUBLE_MIN_EXP + shift;
    }
    kept = round_even(m, n_dropped, is_inexact);
    mpz_clear(n);
    mpz_clear(d);
    return sign * ldexp((double)kept, (int)(n_dropped - shift));
}

/* If den divides a power of ten, the least s <= SC_VALUE_MAX_SCALE with
 * 10^s * q an integer; else a greater number. */
static unsigned long decimal_scale(const mpq_t q)
{
    unsigned long twos = mpz_scan1(mpq_denref(q), 0), fives, scale;
    mpz_t rest, five;

    mpz_init(rest);
    mpz_init_set_ui(five, 5);
    mpz_tdiv_q_2exp(rest, mpq_denref(q), twos);
    fives = mpz_remove(rest, rest, five);
    scale = twos > fives ? twos : fives;
    if (mpz_cmp_ui(rest, 1) != 0) {
        scale = SC_VALUE_MAX_SCALE + 1;
    }
    mpz_clear(rest);
    mpz_clear(five);
    return scale;
}

static sc_err print_decimal(sc_buf *out, const mpq_t q, unsigned long scale)
{
    size_t n_digits, n_zeros;
    sc_buf digits = {0};
    sc_err err = SC_E_BUG;
    mpz_t n;

    mpz_init(n);
    mpz_ui_pow_ui(n, 10, scale);
    mpz_divexact(n, n, mpq_denref(q));
    mpz_mul(n, n, mpq_numref(q));
    mpz_abs(n, n);
    SC_TRY(sc_buf_reserve(&digits, mpz_sizeinbase(n, 10) + 2));
    mpz_get_str((char *)digits.p, 10, n);
    n_digits = strlen((char *)digits.p);
    n_zeros = n_digits > scale ? 0 : scale + 1 - n_digits; /* "0.0" in 0.05 */

    SC_TRY(sc_buf_reserve(out, n_digits + n_zeros + 2));
    if (mpq_sgn(q) < 0) {
        SC_TRY(sc_buf_put_u8(out, '-'));
    }
    for (size_t i = 0; i < n_zeros + n_digits; i++) {
        if (i == n_zeros + n_digits - scale) {
            SC_TRY(sc_buf_put_u8(out, '.'));
        }
        SC_TRY(sc_buf_put_u8(out, i < n_zeros ? '0' : digits.p[i - n_zeros]));
    }
    err = SC_OK;
out:
    mpz_clear(n);
    sc_buf_clear(&digits);
    return err;
}

/* The fewest digits of 15, 16, 17 that read back as x. */
static sc_err print_double(sc_buf *out, double x)
{
    char text[32];
    int digits = 15;

    do {
        snprintf(text, sizeof text, "%.*g", digits, x);
    } while (strtod(text, NULL) != x && ++digits <= 17);
    return sc_buf_put_str(out, text);
}

sc_err sc_value_print(sc_buf *out, const sc_value *v)
{
    const size_t len = out->len;
    sc_err err = SC_E_BUG;
    unsigned long scale;

    switch (v->kind) {
    case SC_V_NULL:
        return SC_OK;
    case SC_V_TEXT:
        return sc_buf_put_str(out, v->text);
    case SC_V_BOOL:
        return sc_buf_put_str(out, mpq_sgn(v->q) != 0 ? "true" : "false");
    case SC_V_NUMBER:
        break;
    }
    scale = v->is_rounded ? SC_VALUE_MAX_SCALE + 1 : decimal_scale(v->q);
    SC_TRY(scale <= SC_VALUE_MAX_SCALE ? print_decimal(out, v->q, scale)
                                       : print_double(out, sc_value_double(v)));
    err = SC_OK;
out:
    if (err != SC_OK) {
        out->len = len;
    }
    return err;
}
