/* ledger/receipt_range.c: what may stand in a receipt's fields, field by field and
 * together. */
#include <string.h>

#include "base/json.h"
#include "ledger/receipt.h"

static int is_text(const char *text)
{
    size_t len = text == NULL ? 0 : strnlen(text, SC_RECEIPT_MAX_TEXT + 1);

    return len >= 1 && len <= SC_RECEIPT_MAX_TEXT;
}

static int is_disclosed(const json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) > SC_RECEIPT_MAX_WORDS) {
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!is_text(json_string_value(json_array_get(list, i)))) {
            return 0;
        }
    }
    return 1;
}

static int are_parties(const sc_receipt *r)
{
    unsigned all = 0;

    if (r->n_parties == 0 || r->n_parties > SC_MAX_PARTIES) {
        return 0;
    }
    for (size_t i = 0; i < r->n_parties; i++) {
        const sc_receipt_party *p = &r->parties[i];

        if (!is_text(p->did) || strlen(p->did) != SC_DID_LEN || p->roles == 0 ||
            p->roles >= 2 * SC_ROLE_HOLDER) {
            return 0;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(p->did, r->parties[j].did) == 0) {
                return 0;
            }
        }
        all |= p->roles;
    }
    return (all & SC_ROLE_RESULT) != 0;
}

/* Who posted did nothing else, and before the session; two were there. */
static int are_posts(const sc_receipt *r)
{
    size_t n_present = sc_receipt_n_present(r);

    for (size_t i = 0; i < r->n_parties; i++) {
        const sc_receipt_party *p = &r->parties[i];

        if (p->is_posted && (p->roles != (SC_ROLE_INPUT | SC_ROLE_COMPUTING) ||
                             p->posted < 0 || p->posted > r->started)) {
            return 0;
        }
    }
    return r->has_call ? n_present >= 2 && n_present < r->n_parties
                       : n_present == r->n_parties;
}

static int are_channels(const sc_receipt *r)
{
    uint8_t is_seen[SC_MAX_PARTIES][SC_MAX_PARTIES] = {0};
    size_t n_present = sc_receipt_n_present(r);

    if (r->n_channels != n_present * (n_present - 1)) {
        return 0; /* each ordered pair, once */
    }
    for (size_t i = 0; i < r->n_channels; i++) {
        const sc_receipt_channel *c = &r->channels[i];

        if (c->from >= r->n_parties || c->to >= r->n_parties ||
            c->from == c->to || is_seen[c->from][c->to] ||
            r->parties[c->from].is_posted || r->parties[c->to].is_posted ||
            c->messages > (uint64_t)SC_JSON_MAX_INT ||
            c->bytes > (uint64_t)SC_JSON_MAX_INT) {
            return 0;
        }
        is_seen[c->from][c->to] = 1;
    }
    return 1;
}

sc_err sc_receipt_check_ranges(const sc_receipt *r)
{
    int fits = is_text(r->protocol) && is_text(r->model) &&
               is_text(r->collusion) && is_text(r->sw_name) &&
               is_text(r->sw_version) && (r->ring == 64 || r->ring == 128) &&
               are_parties(r) && are_posts(r) && are_channels(r) &&
               r->cells >= 1 && r->cells <= SC_MAX_CELLS && r->vectors >= 1 &&
               r->vectors <= SC_RECEIPT_MAX_VECTORS &&
               r->words <= SC_RECEIPT_MAX_SHARE && is_disclosed(r->disclosed) &&
               r->min_group >= 1 && r->min_group <= (uint64_t)SC_JSON_MAX_INT &&
               r->started >= 0 && r->started <= r->not_after &&
               r->not_after <= SC_JSON_MAX_INT;

    return fits ? SC_OK : SC_E_ARG;
}
