/* job/run/disclose.c: see the header. */
#include "job/run/disclose.h"

#include <string.h>

#include "base/json.h"
#include "job/run/dossier.h"

/* Both are JCS, and so is this. */
static sc_err make_payload(sc_buf *out, sc_bytes job, sc_bytes receipt)
{
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_put_str(out, "{\"job\":"));
    SC_TRY(sc_buf_put_bytes(out, job));
    SC_TRY(sc_buf_put_str(out, ",\"receipt\":"));
    SC_TRY(sc_buf_put_bytes(out, receipt));
    SC_TRY(sc_buf_put_str(out, "}"));
    err = SC_OK;
out:
    return err;
}

void sc_disclose_say(const sc_house *h, const uint8_t job_id[static 16],
                     uint32_t parties, sc_bytes job, sc_bytes receipt)
{
    sc_msg_body b = {.kind = SC_ASK_JOB};
    sc_buf payload = {0}, room = {0};
    sc_frame f;
    sc_err err;

    sc_sha256(b.digest, receipt);
    err = make_payload(&payload, job, receipt);
    b.body = sc_buf_bytes(&payload);
    if (err == SC_OK) {
        err = sc_msg_body_put(&f, &room, &b);
    }
    for (size_t p = 0; p < h->consortium->n_parties && err == SC_OK; p++) {
        if ((parties >> p & 1) != 0 &&
            sc_mesh_send(h->mesh, p, job_id, &f) != SC_OK) {
            sc_log_line(h->log, SC_LOG_DEBUG, "job", "%s is not linked",
                        sc_mesh_name(h->mesh, p));
        }
    }
    if (err != SC_OK) {
        sc_log_line(h->log, SC_LOG_ERROR, "job",
                    "a receipt cannot be sent to its auditors: %s",
                    sc_err_text(err));
    }
    sc_buf_clear(&payload);
    sc_buf_clear(&room);
}

sc_err sc_disclose_take(sc_buf *job, sc_buf *receipt, sc_bytes payload)
{
    static const char *const keys[] = {"job", "receipt", NULL};
    sc_err err = SC_E_BUG;
    sc_fault why = {0};
    json_t *both = NULL;

    SC_TRY(sc_json_parse_canonical(&both, payload, SC_MSG_MAX_BODY, &why));
    SC_TRY(sc_json_only(both, keys));
    SC_REQUIRE(json_object_size(both) == 2, SC_E_WIRE);
    SC_TRY(sc_jcs_put(job, json_object_get(both, "job")));
    SC_TRY(sc_jcs_put(receipt, json_object_get(both, "receipt")));
    err = SC_OK;
out:
    json_decref(both);
    return err;
}
