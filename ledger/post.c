/* ledger/post.c: see the header. */
#include "ledger/post.h"

#include <string.h>

#include "base/json.h"

#define N_PARTS 7

static const char tag[] = "post/1";

static int is_post(const sc_post *p)
{
    return p->did != NULL && strnlen(p->did, SC_DID_LEN + 1) == SC_DID_LEN &&
           p->time >= 0 && p->time <= SC_JSON_MAX_INT;
}

/* Each field a part, in the struct's order. */
static void make_parts(sc_bytes parts[static N_PARTS], uint8_t time[static 8],
                       const sc_post *p)
{
    sc_store_le64(time, (uint64_t)p->time);
    parts[0] = (sc_bytes){p->call, sizeof p->call};
    parts[1] = (sc_bytes){p->plan, sizeof p->plan};
    parts[2] = (sc_bytes){p->consortium, sizeof p->consortium};
    parts[3] = sc_bytes_of(p->did);
    parts[4] = (sc_bytes){p->input, sizeof p->input};
    parts[5] = (sc_bytes){p->output, sizeof p->output};
    parts[6] = (sc_bytes){time, 8};
}

sc_err sc_post_sign(uint8_t sig[static SC_SIG_LEN], const sc_post *p,
                    const sc_sign_key *identity)
{
    sc_bytes parts[N_PARTS];
    uint8_t time[8];

    if (!is_post(p)) {
        return SC_E_ARG;
    }
    make_parts(parts, time, p);
    return sc_sign_tagged(sig, identity, tag, parts, N_PARTS);
}

sc_err sc_post_check(const sc_post *p, const uint8_t pk[static SC_KEY_LEN],
                     const uint8_t sig[static SC_SIG_LEN])
{
    sc_bytes parts[N_PARTS];
    uint8_t time[8];

    if (!is_post(p)) {
        return SC_E_CHEAT;
    }
    make_parts(parts, time, p);
    return sc_sign_verify_tagged(pk, tag, parts, N_PARTS, sig);
}
