/* base/rng.c: libsodium's randombytes, or a tape. */
#include "base/rng.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

sc_rng sc_rng_system(void)
{
    return (sc_rng){0};
}

sc_rng sc_rng_replay(sc_bytes tape)
{
    return (sc_rng){.tape = tape, .is_replay = 1};
}

sc_err sc_rng_bytes(sc_rng *rng, void *out, size_t len)
{
    sc_err err = SC_E_BUG;

    if (len == 0) {
        return SC_OK;
    }
    if (rng->is_replay) {
        SC_REQUIRE(len <= rng->tape.len - rng->used, SC_E_RNG);
        memcpy(out, rng->tape.p + rng->used, len);
        rng->used += len;
    } else {
        /* Idempotent and thread-safe; opens the source at the first call. */
        SC_REQUIRE(sodium_init() >= 0, SC_E_RNG);
        randombytes_buf(out, len);
    }
    err = SC_OK;
out:
    if (err != SC_OK) {
        sc_wipe(out, len);
    }
    return err;
}
