/* base/aesbits.c: four AES blocks as eight words, one for each bit of a byte.
 *
 * Plane x[p] holds bit p of all 64 bytes. The byte in row r and column c of
 * block k is bit 16 r + 4 c + k of each plane: a row is a 16-bit lane, a
 * column a nibble within it. So SubBytes is a circuit of word operations,
 * ShiftRows rotates each lane by whole nibbles, and the neighbour in the next
 * row, which MixColumns wants, is the plane rotated by 16 bits.
 *
 * S-box: the circuit of Boyar and Peralta, "A new combinational logic
 * minimization technique with applications to cryptology", SEA 2010, with
 * their names (their bit 0 is the high one). */
#include "base/aesbits.h"

#include <string.h>

#include "base/mem.h"

#define N_ROUNDS 10

/* ---- bytes to planes and back ------------------------------------------ */

/* Swap the bits of a under mask << n with those of b under mask. */
static void swap_bits(uint64_t *a, uint64_t *b, uint64_t mask, unsigned n)
{
    uint64_t t = ((*a >> n) ^ *b) & mask;

    *b ^= t;
    *a ^= t << n;
}

/* Bit p of byte m of word j <-> bit j of byte m of word p: the transpose of an
 * 8 x 8 bit matrix for each m; its own inverse. */
static void transpose(uint64_t x[static 8])
{
    for (unsigned j = 0; j < 8; j += 2) {
        swap_bits(&x[j], &x[j + 1], 0x5555555555555555u, 1);
    }
    for (unsigned j = 0; j < 8; j += 4) {
        swap_bits(&x[j], &x[j + 2], 0x3333333333333333u, 2);
        swap_bits(&x[j + 1], &x[j + 3], 0x3333333333333333u, 2);
    }
    for (unsigned j = 0; j < 4; j++) {
        swap_bits(&x[j], &x[j + 4], 0x0f0f0f0f0f0f0f0fu, 4);
    }
}

/* The four bytes of a column, each followed by a zero byte. */
static uint64_t spread(const uint8_t column[static 4])
{
    return (uint64_t)column[0] | (uint64_t)column[1] << 16 |
           (uint64_t)column[2] << 32 | (uint64_t)column[3] << 48;
}

static void gather(uint8_t column[static 4], uint64_t word)
{
    for (unsigned row = 0; row < 4; row++) {
        column[row] = (uint8_t)(word >> (16 * row));
    }
}

/* Before transposing, word j = 4 (c mod 2) + k has byte m = 2 r + c / 2, for
 * then 8 m + j = 16 r + 4 c + k. */
static void pack(uint64_t x[static 8], const uint8_t blocks[static 64])
{
    for (unsigned k = 0; k < 4; k++) {
        const uint8_t *b = blocks + 16 * k;

        x[k] = spread(b) | spread(b + 8) << 8;
        x[k + 4] = spread(b + 4) | spread(b + 12) << 8;
    }
    transpose(x);
}

/* Destroys x. */
static void unpack(uint8_t blocks[static 64], uint64_t x[static 8])
{
    transpose(x);
    for (unsigned k = 0; k < 4; k++) {
        uint8_t *b = blocks + 16 * k;

        gather(b, x[k]);
        gather(b + 8, x[k] >> 8);
        gather(b + 4, x[k + 4]);
        gather(b + 12, x[k + 4] >> 8);
    }
}

/* ---- the round --------------------------------------------------------- */

static void sub_bytes(uint64_t x[static 8])
{
    const uint64_t x0 = x[7], x1 = x[6], x2 = x[5], x3 = x[4];
    const uint64_t x4 = x[3], x5 = x[2], x6 = x[1], x7 = x[0];

    /* Linear: into the basis of the subfields. */
    const uint64_t y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5;
    const uint64_t t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14;
    const uint64_t y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
    const uint64_t y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7;
    const uint64_t y10 = y15 ^ t0, y11 = y20 ^ y9, y7 = x7 ^ y11;
    const uint64_t y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11;
    const uint64_t y21 = y13 ^ y16, y18 = x0 ^ y16;

    /* Not linear: the inverse in GF(2^8), by way of GF(2^4). */
    const uint64_t t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7;
    const uint64_t t6 = t5 ^ t2, t7 = y13 & y16, t8 = y5 & y1, t9 = t8 ^ t7;
    const uint64_t t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11;
    const uint64_t t13 = y14 & y17, t14 = t13 ^ t12, t15 = y8 & y10;
    const uint64_t t16 = t15 ^ t12, t17 = t4 ^ t14, t18 = t6 ^ t16;
    const uint64_t t19 = t9 ^ t14, t20 = t11 ^ t16, t21 = t17 ^ y20;
    const uint64_t t22 = t18 ^ y19, t23 = t19 ^ y21, t24 = t20 ^ y18;
    const uint64_t t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;
    const uint64_t t28 = t25 & t27, t29 = t28 ^ t22, t30 = t23 ^ t24;
    const uint64_t t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24;
    const uint64_t t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35;
    const uint64_t t37 = t36 ^ t34, t38 = t27 ^ t36, t39 = t29 & t38;
    const uint64_t t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33;
    const uint64_t t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;
    const uint64_t z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7;
    const uint64_t z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
    const uint64_t z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10;
    const uint64_t z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
    const uint64_t z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2;
    const uint64_t z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

    /* Linear: back again, with the affine map of the standard. */
    const uint64_t t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13;
    const uint64_t t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5;
    const uint64_t t52 = z7 ^ z8, t53 = z0 ^ z3, t54 = z6 ^ z7;
    const uint64_t t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53;
    const uint64_t t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57;
    const uint64_t t61 = z14 ^ t57, t62 = t52 ^ t58, t63 = t49 ^ t58;
    const uint64_t t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63;
    const uint64_t t67 = t64 ^ t65, s3 = t53 ^ t66;

    x[7] = t59 ^ t63;
    x[6] = ~(t64 ^ s3);
    x[5] = ~(t55 ^ t67);
    x[4] = s3;
    x[3] = t51 ^ t66;
    x[2] = t47 ^ t65;
    x[1] = ~(t56 ^ t62);
    x[0] = ~(t48 ^ t60);
}

/* Column c of row r comes from column c + r. */
static void shift_rows(uint64_t x[static 8])
{
    for (unsigned p = 0; p < 8; p++) {
        uint64_t v = x[p];

        x[p] = (v & 0x000000000000ffffu) |
               (v & 0x00000000fff00000u) >> 4 | /* row 1: one nibble */
               (v & 0x00000000000f0000u) << 12 |
               (v & 0x0000ff0000000000u) >> 8 | /* row 2: two */
               (v & 0x000000ff00000000u) << 8 |
               (v & 0xf000000000000000u) >> 12 | /* row 3: three */
               (v & 0x0fff000000000000u) << 4;
    }
}

/* The plane with each row replaced by the one n rows below. */
static uint64_t rows_below(uint64_t v, unsigned n)
{
    return v >> (16 * n) | v << (64 - 16 * n);
}

/* b[r] = 2 a[r] + 3 a[r+1] + a[r+2] + a[r+3]
 *      = 2 (a[r] + a[r+1]) + a[r+1] + (a[r+2] + a[r+3]) in GF(2^8), where
 * doubling moves every plane up by one, and plane 7 into 0, 1, 3 and 4. */
static void mix_columns(uint64_t x[static 8])
{
    uint64_t sum[8];

    for (unsigned p = 0; p < 8; p++) {
        sum[p] = x[p] ^ rows_below(x[p], 1);
        x[p] = rows_below(x[p], 1) ^ rows_below(sum[p], 2);
    }
    for (unsigned p = 1; p < 8; p++) {
        x[p] ^= sum[p - 1];
    }
    x[0] ^= sum[7];
    x[1] ^= sum[7];
    x[3] ^= sum[7];
    x[4] ^= sum[7];
}

static void add_round_key(uint64_t x[static 8], const uint64_t key[static 8])
{
    for (unsigned p = 0; p < 8; p++) {
        x[p] ^= key[p];
    }
}

/* ---- the cipher -------------------------------------------------------- */

/* The S-box on each of four bytes. */
static void sub_word(uint8_t word[static 4])
{
    uint8_t blocks[64] = {0};
    uint64_t x[8];

    memcpy(blocks, word, 4);
    pack(x, blocks);
    sub_bytes(x);
    unpack(blocks, x);
    memcpy(word, blocks, 4);
    sc_wipe(blocks, sizeof blocks);
    sc_wipe(x, sizeof x);
}

/* FIPS 197, 5.2: the next round key from the last, in place. */
static void next_key(uint8_t key[static 16], uint8_t round_constant)
{
    uint8_t t[4] = {key[13], key[14], key[15], key[12]};

    sub_word(t);
    t[0] ^= round_constant;
    for (unsigned i = 0; i < 16; i++) {
        key[i] ^= i < 4 ? t[i] : key[i - 4];
    }
    sc_wipe(t, sizeof t);
}

void sc_aesbits_init(sc_aesbits *a, const uint8_t key[static 16])
{
    static const uint8_t constants[N_ROUNDS] = {1,  2,  4,   8,    16,
                                                32, 64, 128, 0x1b, 0x36};
    uint8_t blocks[64]; /* the same round key four times */

    memcpy(blocks, key, 16);
    for (unsigned round = 0; round <= N_ROUNDS; round++) {
        for (unsigned k = 1; k < SC_AESBITS_BLOCKS; k++) {
            memcpy(blocks + 16 * k, blocks, 16);
        }
        pack(a->round_keys[round], blocks);
        if (round < N_ROUNDS) {
            next_key(blocks, constants[round]);
        }
    }
    sc_wipe(blocks, sizeof blocks);
}

void sc_aesbits_encrypt(const sc_aesbits *a, uint8_t blocks[static 64])
{
    uint64_t x[8];

    pack(x, blocks);
    add_round_key(x, a->round_keys[0]);
    for (unsigned round = 1; round < N_ROUNDS; round++) {
        sub_bytes(x);
        shift_rows(x);
        mix_columns(x);
        add_round_key(x, a->round_keys[round]);
    }
    sub_bytes(x);
    shift_rows(x);
    add_round_key(x, a->round_keys[N_ROUNDS]);
    unpack(blocks, x);
}
