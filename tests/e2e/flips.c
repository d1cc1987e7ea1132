/* tests/e2e/flips.c: every byte of an exported file, one bit of each in turn.
 *
 *   flips FILE DIGEST [STEP]
 *
 * The file itself verifies under the consortium of that digest; with one bit of
 * every STEP-th byte (1) flipped, and cut to every STEP-th length, it does not:
 * by the call that `receipt verify` makes, in this process, for there are more
 * bytes than a minute has process starts. */
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "job/node/judge.h"

static sc_err verify(const uint8_t digest[32], sc_bytes line, sc_fault *why)
{
    sc_bundle_judge judge = sc_judge(NULL);
    sc_bundle_facts facts;
    sc_bundle b = {0};
    sc_err err = sc_bundle_verify(&b, &facts, line, &judge, digest, why);

    sc_bundle_clear(&b);
    return err;
}

/* 1 if all is as it must be. */
static int check(const sc_buf *file, const uint8_t digest[32], size_t step)
{
    sc_fault why = {0};

    if (verify(digest, sc_buf_bytes(file), &why) != SC_OK) {
        printf("the file does not verify: %s\n", why.text);
        return 0;
    }
    for (size_t i = 0; i < file->len; i += step) {
        uint8_t bit = (uint8_t)(1u << i / step % 8);
        sc_err flipped, cut;

        file->p[i] ^= bit;
        flipped = verify(digest, sc_buf_bytes(file), &why);
        file->p[i] ^= bit;
        cut = verify(digest, (sc_bytes){file->p, i}, &why);
        if (flipped != SC_E_CHEAT || cut != SC_E_CHEAT) {
            printf("byte %zu: bit %02x flipped: %s; cut there: %s\n", i,
                   (unsigned)bit, sc_err_text(flipped), sc_err_text(cut));
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    uint8_t digest[32];
    sc_buf file = {0};
    size_t step = argc == 4 ? strtoul(argv[3], NULL, 10) : 1;
    int is_right = 0;

    if (argc >= 3 && step > 0 &&
        sc_hex_get(digest, 32, sc_bytes_of(argv[2])) == SC_OK &&
        sc_file_read(&file, argv[1], SC_BUNDLE_MAX_FILE, NULL) == SC_OK) {
        is_right = check(&file, digest, step);
        printf("%zu bytes\n", file.len);
    }
    sc_buf_clear(&file);
    return is_right ? 0 : 1;
}
