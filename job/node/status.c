/* job/node/status.c: see the header. */
#include "job/node/status.h"

#include "base/encode.h"

static const char *party_name(const sc_house *h, size_t party)
{
    return h->consortium->parties[party].name;
}

static json_t *peer_status(const sc_house *h, size_t p)
{
    sc_mesh_link link = {0};

    if (sc_mesh_status(h->mesh, &link, p) != SC_OK) {
        return NULL;
    }
    return json_pack("{s:s,s:b,s:I,s:s,s:I}", "name", party_name(h, p),
                     "linked", link.is_linked, "rtt_us",
                     (json_int_t)(link.rtt_ns / 1000), "reason", link.reason,
                     "size", (json_int_t)link.chain_size);
}

sc_err sc_status_make(json_t **ok, const sc_house *h, sc_desk *desk,
                      sc_mend *mend, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    const sc_consortium *c = h->consortium;
    sc_head head = sc_chain_head(h->chain);
    sc_head published = sc_chain_published(h->chain);
    char digest[65], root[65];
    json_t *peers = json_array();

    sc_hex32(digest, c->digest);
    sc_hex32(root, published.root.b);
    for (size_t p = 0; p < c->n_parties; p++) {
        SC_REQUIRE(p == h->me ||
                       json_array_append_new(peers, peer_status(h, p)) == 0,
                   SC_E_MEM);
    }
    *ok = json_pack("{s:s,s:s,s:s,s:{s:I,s:I,s:s,s:I,s:I},s:I,s:I,s:o}", "me",
                    party_name(h, h->me), "consortium", c->name, "digest",
                    digest, "chain", "size", (json_int_t)head.size, "published",
                    (json_int_t)published.size, "root", root, "owed",
                    (json_int_t)sc_keeper_owed(h->keeper), "ordering",
                    (json_int_t)sc_keeper_ordering(h->keeper), "jobs",
                    (json_int_t)sc_desk_n_runs(desk), "open",
                    (json_int_t)sc_mend_n_open(mend), "peers", peers);
    peers = NULL;
    SC_REQUIRE(*ok != NULL, SC_E_MEM);
    err = SC_OK;
out:
    json_decref(peers);
    return sc_fault_from(why, err);
}
