/* tests/e2e/request.c: one request to a node, as any program of its user may send it.
 *
 *   request FOLDER JSON
 *
 * FOLDER has the node's socket. Prints the answer's JSON; or the fault's text, and
 * exits with its status. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "job/node/control.h"

int main(int argc, char **argv)
{
    json_t *request = argc == 3 ? json_loads(argv[2], 0, NULL) : NULL;
    json_t *ok = NULL;
    sc_fault why = {0};
    sc_err err = SC_E_ARG;

    if (request != NULL) {
        err = sc_control_ask(&ok, argv[1], request, sc_clock_ms() + 30000, NULL,
                             NULL, &why);
    }
    if (err == SC_OK) {
        err = json_dumpf(ok, stdout, JSON_COMPACT) == 0 ? SC_OK : SC_E_IO;
    } else {
        (void)puts(why.text);
    }
    json_decref(request);
    json_decref(ok);
    return sc_err_exit_status(err);
}
