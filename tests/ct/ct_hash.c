/* tests/ct/ct_hash.c: hashes and derived keys of secret bytes. */
#include <string.h>

#include "base/ct.h"
#include "base/hash.h"
#include "base/mem.h"
#include "tests/kat.h"

/* A secret copy of a value. */
static sc_bytes secret_of(sc_kat *t, const char *name, uint8_t *copy,
                          size_t size)
{
    sc_bytes value = sc_kat_bytes(t, name);

    CHECK(value.len <= size);
    if (value.len > 0) {
        memcpy(copy, value.p, value.len);
    }
    SC_CT_SECRET(copy, value.len);
    return (sc_bytes){copy, value.len};
}

static void ct_sha256_and_hkdf(void **state)
{
    static uint8_t secret[1024], out[255 * SC_HASH_LEN];
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "hash.kat"); sc_kat_next(&t);) {
        sc_bytes want = sc_kat_bytes(&t, "out");

        if (strcmp(sc_kat_str(&t, "kind"), "sha256") == 0) {
            sc_sha256(out, secret_of(&t, "data", secret, sizeof secret));
        } else if (strcmp(sc_kat_str(&t, "kind"), "hkdf") == 0) {
            CHECK_OK(sc_hkdf(out, want.len,
                             secret_of(&t, "key", secret, sizeof secret),
                             sc_kat_bytes(&t, "salt"),
                             sc_kat_bytes(&t, "info")));
        } else {
            continue; /* tagged: the same updates */
        }
        SC_CT_PUBLIC(out, want.len); /* the test compares it */
        SC_CT_PUBLIC(secret, sizeof secret);
        CHECK_BYTES(out, want.p, want.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ct_sha256_and_hkdf)};

    return cmocka_run_group_tests_name("ct_hash", tests, NULL, NULL);
}
