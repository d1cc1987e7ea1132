/* tests/unit/test_post.c: posts of the model in post.kat, and that every value
 * under the signature counts. */
#include "ledger/post.h"

#include "base/json.h"
#include "tests/unit/ledger_fixture.h"

#define PARTY 1

/* Every 32-byte value is the SHA-256 of its name. */
static sc_post post_of(const char *did, int64_t time)
{
    sc_post p = {.did = did, .time = time};

    sc_sha256(p.call, sc_bytes_of("call"));
    sc_sha256(p.plan, sc_bytes_of("call plan"));
    sc_sha256(p.consortium, sc_bytes_of("consortium"));
    sc_sha256(p.input, sc_bytes_of("input"));
    sc_sha256(p.output, sc_bytes_of("output"));
    return p;
}

static void party_of(sc_keys *keys, char did[static SC_DID_LEN + 1],
                     size_t party)
{
    fixture_keys(keys, party);
    CHECK_OK(sc_did_make(did, keys->identity.pk));
}

static void test_known_answers(void **state)
{
    sc_kat t;

    (void)state;
    for (sc_kat_open(&t, "post.kat"); sc_kat_next(&t);) {
        char did[SC_DID_LEN + 1];
        uint8_t sig[SC_SIG_LEN];
        sc_keys keys = {0};
        sc_post p;

        party_of(&keys, did, sc_kat_size(&t, "party"));
        p = post_of(did, sc_kat_i64(&t, "time"));
        CHECK_OK(sc_post_sign(sig, &p, &keys.identity));
        CHECK_BYTES(sig, sc_kat_bytes(&t, "sig").p, SC_SIG_LEN);
        CHECK_OK(sc_post_check(&p, keys.identity.pk, sig));
    }
}

static void test_coverage(void **state)
{
    char did[SC_DID_LEN + 1], other[SC_DID_LEN + 1];
    uint8_t sig[SC_SIG_LEN];
    sc_keys keys = {0}, others = {0};
    sc_post p;

    (void)state;
    party_of(&keys, did, PARTY);
    party_of(&others, other, PARTY + 1);
    p = post_of(did, 1000);
    CHECK_OK(sc_post_sign(sig, &p, &keys.identity));
#define CHANGED(change, back)                                                  \
    do {                                                                       \
        change;                                                                \
        CHECK_ERR(SC_E_CHEAT, sc_post_check(&p, keys.identity.pk, sig));       \
        back;                                                                  \
        CHECK_OK(sc_post_check(&p, keys.identity.pk, sig));                    \
    } while (0)
    for (size_t i = 0; i < SC_HASH_LEN; i += SC_HASH_LEN - 1) {
        CHANGED(p.call[i] ^= 1, p.call[i] ^= 1);
        CHANGED(p.plan[i] ^= 1, p.plan[i] ^= 1);
        CHANGED(p.consortium[i] ^= 1, p.consortium[i] ^= 1);
        CHANGED(p.input[i] ^= 1, p.input[i] ^= 1);
        CHANGED(p.output[i] ^= 1, p.output[i] ^= 1);
    }
    for (size_t i = 0; i < SC_SIG_LEN; i += SC_SIG_LEN / 2 - 1) {
        CHANGED(sig[i] ^= 1, sig[i] ^= 1);
    }
    CHANGED(p.did = other, p.did = did);
    CHANGED(p.time++, p.time--);
    CHANGED(p.time += (int64_t)1 << 32, p.time -= (int64_t)1 << 32);
    CHECK_ERR(SC_E_CHEAT, sc_post_check(&p, others.identity.pk, sig));
    memcpy(p.input, p.output, SC_HASH_LEN); /* no two fields change places */
    CHECK_ERR(SC_E_CHEAT, sc_post_check(&p, keys.identity.pk, sig));
}

static void test_ranges(void **state)
{
    static const struct {
        int64_t time;
        sc_err sign, check;
    } times[] = {{INT64_MIN, SC_E_ARG, SC_E_CHEAT},
                 {-1, SC_E_ARG, SC_E_CHEAT},
                 {0, SC_OK, SC_OK},
                 {SC_JSON_MAX_INT, SC_OK, SC_OK},
                 {SC_JSON_MAX_INT + 1, SC_E_ARG, SC_E_CHEAT},
                 {INT64_MAX, SC_E_ARG, SC_E_CHEAT}};
    static const char *const dids[] = {NULL, "", "did:key:z6Mk"};
    char did[SC_DID_LEN + 1], longer[SC_DID_LEN + 2];
    uint8_t sig[SC_SIG_LEN];
    sc_keys keys = {0};
    sc_post p;

    (void)state;
    party_of(&keys, did, PARTY);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        memset(sig, 0, sizeof sig);
        p = post_of(did, times[i].time);
        CHECK_ERR(times[i].sign, sc_post_sign(sig, &p, &keys.identity));
        CHECK_ERR(times[i].check, sc_post_check(&p, keys.identity.pk, sig));
        if (times[i].sign != SC_OK) {
            CHECK_ZERO(sig, sizeof sig); /* untouched */
        }
    }
    for (size_t i = 0; i < sizeof dids / sizeof *dids; i++) {
        p = post_of(dids[i], 1000);
        CHECK_ERR(SC_E_ARG, sc_post_sign(sig, &p, &keys.identity));
        CHECK_ERR(SC_E_CHEAT, sc_post_check(&p, keys.identity.pk, sig));
    }
    snprintf(longer, sizeof longer, "%sx", did);
    p = post_of(longer, 1000);
    CHECK_ERR(SC_E_ARG, sc_post_sign(sig, &p, &keys.identity));
    CHECK_ERR(SC_E_CHEAT, sc_post_check(&p, keys.identity.pk, sig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
