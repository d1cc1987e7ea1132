/* cli/ask.c: node.yaml names the folder, the folder has the socket. */
#include "cli/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "job/conf/nodeconf.h"

/* The folder of a socket: what stands before its name. */
static sc_err folder_of_socket(char **folder, const char *path, sc_fault *why)
{
    size_t len = strlen(path), n = strlen("/" SC_CONTROL_SOCKET);

    if (strcmp(path, SC_CONTROL_SOCKET) == 0) {
        *folder = sc_strdup(".");
    } else if (len > n && strcmp(path + len - n, "/" SC_CONTROL_SOCKET) == 0) {
        *folder = sc_strdup(path);
        if (*folder != NULL) {
            (*folder)[len - n] = '\0';
        }
    } else {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "--socket names a path that ends in "
                           "/" SC_CONTROL_SOCKET);
        sc_fault_remedy(why, "the line that `sharechain serve` prints has it");
        return SC_E_CONFIG;
    }
    return *folder == NULL ? sc_fault_from(why, SC_E_MEM) : SC_OK;
}

static int find_folder(char **folder, const sc_ask_where *where)
{
    sc_faults faults = {0};
    sc_fault why = {0};
    int status = 0;
    sc_err err = SC_E_BUG;

    if (where->socket != NULL) {
        err = folder_of_socket(folder, where->socket, &why);
        return err == SC_OK ? 0 : sc_cli_fail(&why);
    }
    err = sc_nodeconf_load_store(folder, &faults,
                                 where->config == NULL ? "node.yaml"
                                                       : where->config);
    if (err != SC_OK) {
        status = sc_cli_fail_all(&faults, err);
    }
    sc_faults_clear(&faults);
    return status;
}

/* What progress is for. */
typedef struct {
    sc_progress *progress;
    char *job;
} watcher;

static void show(void *ctx, const json_t *progress)
{
    watcher *w = ctx;
    const char *phase, *id;
    int64_t bytes, of;

    if (w->job != NULL && sc_json_str(&id, progress, "id") == SC_OK) {
        (void)snprintf(w->job, 33, "%s", id);
    }
    if (w->progress != NULL &&
        sc_json_str(&phase, progress, "phase") == SC_OK &&
        sc_json_int(&bytes, progress, "bytes", 0, SC_JSON_MAX_INT) == SC_OK &&
        sc_json_int(&of, progress, "of", 0, SC_JSON_MAX_INT) == SC_OK) {
        sc_progress_show(w->progress, phase, (uint64_t)bytes, (uint64_t)of);
    }
}

static sc_err ask(json_t **ok, watcher *w, const char *folder,
                  const json_t *request, uint64_t wait_ms, sc_fault *why)
{
    uint64_t deadline =
        wait_ms == SC_NO_DEADLINE ? SC_NO_DEADLINE : sc_clock_ms() + wait_ms;
    sc_err err = sc_control_ask(ok, folder, request, deadline, show, w, why);

    if (w->progress != NULL) {
        sc_progress_end(w->progress);
    }
    return err;
}

int sc_ask(json_t **ok, char *job, const sc_ask_where *where,
           json_t *take_request, uint64_t wait_ms, sc_progress *progress)
{
    watcher w = {progress, job};
    char *folder = NULL;
    sc_fault why = {0};
    int status = 0;

    *ok = NULL;
    if (job != NULL) {
        job[0] = '\0';
    }
    if (take_request == NULL) {
        (void)sc_fault_from(&why, SC_E_MEM);
        return sc_cli_fail(&why);
    }
    if (where->config != NULL && where->socket != NULL) {
        (void)sc_fault_set(&why, SC_E_CONFIG,
                           "--config and --socket exclude each other");
        status = sc_cli_fail(&why);
        goto out;
    }
    status = find_folder(&folder, where);
    if (status == 0 &&
        ask(ok, &w, folder, take_request, wait_ms, &why) != SC_OK) {
        status = sc_cli_fail(&why);
    }
out:
    json_decref(take_request);
    sc_free(folder);
    return status;
}

void sc_ask_wait_node(const sc_ask_where *where, uint64_t until_ms)
{
    char *folder = NULL;
    sc_fault why;
    sc_err err = SC_E_BUG;

    if ((where->config != NULL && where->socket != NULL) ||
        find_folder(&folder, where) != 0) {
        return; /* said again by who asks */
    }
    do {
        json_t *ok = NULL, *request = json_pack("{s:s}", "op", "calls");

        why = (sc_fault){0};
        err = request == NULL
                  ? SC_E_MEM
                  : sc_control_ask(&ok, folder, request,
                                   sc_clock_ms() + SC_ASK_DEADLINE_MS, NULL,
                                   NULL, &why);
        json_decref(ok);
        json_decref(request);
        if (err == SC_E_IO) {
            sc_clock_sleep_ms(100);
        }
    } while (err == SC_E_IO && sc_clock_left(until_ms) > 0);
    sc_free(folder);
}

static sc_err read_input(sc_buf *sql, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    char part[4096];
    size_t n;

    while ((n = fread(part, 1, sizeof part, stdin)) > 0) {
        if (sql->len + n > SC_MAX_SQL_LEN) {
            return sc_fault_set(why, SC_E_CONFIG,
                                "the SQL is longer than %d bytes",
                                SC_MAX_SQL_LEN);
        }
        SC_TRY(sc_buf_put(sql, part, n));
    }
    if (ferror(stdin)) {
        return sc_fault_set(why, SC_E_IO, "standard input cannot be read");
    }
    err = SC_OK;
out:
    return sc_fault_from(why, err);
}

/* "bob,carol" as a list; NULL if memory ran out or a name is not text. */
static json_t *name_list(const char *names)
{
    json_t *list = json_array();
    const char *at = names;

    while (list != NULL && *at != '\0') {
        size_t len = strcspn(at, ",");

        if (json_array_append_new(list, json_stringn(at, len)) != 0) {
            json_decref(list);
            return NULL;
        }
        at += len + (at[len] == ',');
    }
    return list;
}

static sc_err add_names(json_t *request, const char *key, const char *names,
                        sc_fault *why)
{
    if (names != NULL &&
        json_object_set_new(request, key, name_list(names)) != 0) {
        return sc_fault_set(why, SC_E_CONFIG, "--%s is not UTF-8 text", key);
    }
    return SC_OK;
}

sc_err sc_ask_make(json_t **request, const char *op, const char *sql,
                   const sc_ask_who *who, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    json_t *made = NULL;

    if (strcmp(sql, "-") == 0) {
        SC_TRY(read_input(&text, why));
    } else {
        SC_TRY(sc_buf_put_str(&text, sql));
    }
    SC_TRY(sc_buf_terminate(&text)); /* even an empty one is a text */
    made = json_pack("{s:s, s:s%}", "op", op, "sql", text.p, text.len);
    if (made == NULL) {
        err = sc_fault_set(why, SC_E_CONFIG, "the SQL is not UTF-8 text");
        goto out;
    }
    SC_TRY(add_names(made, "to", who->to, why));
    SC_TRY(add_names(made, "auditor", who->auditor, why));
    *request = made;
    made = NULL;
    err = SC_OK;
out:
    json_decref(made);
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

int sc_ask_misfit(void)
{
    sc_fault why = {0};

    (void)sc_fault_set(&why, SC_E_WIRE,
                       "the node's answer has another form than expected");
    sc_fault_remedy(&why, "are node and command of the same version?");
    return sc_cli_fail(&why);
}

sc_err sc_ask_check_id(const char *id, sc_fault *why)
{
    size_t len = strlen(id);

    if (len < SC_ASK_ID_MIN || len > 32 ||
        strspn(id, "0123456789abcdef") != len) {
        (void)sc_fault_set(why, SC_E_CONFIG,
                           "an id has 32 digits 0-9, a-f, of which the first "
                           "%d may do: '%.40s'",
                           SC_ASK_ID_MIN, id);
        sc_fault_remedy(why, "`sharechain receipt list` shows them");
        return SC_E_CONFIG;
    }
    return SC_OK;
}

int sc_ask_print(const json_t *table, sc_table_format format)
{
    sc_buf text = {0};
    sc_err err = sc_table_put(&text, table, format);
    int status = 0;

    if (err == SC_OK) {
        (void)fwrite(text.p, 1, text.len, stdout);
    } else if (err == SC_E_WIRE) {
        status = sc_ask_misfit();
    } else {
        sc_fault why = {0};

        (void)sc_fault_from(&why, err);
        status = sc_cli_fail(&why);
    }
    sc_buf_clear(&text);
    return status;
}

int sc_ask_print_rows(json_t *rows, const char *const *columns,
                      const int *is_numeric, size_t n_columns,
                      sc_table_format format)
{
    json_t *names = json_array(), *marks = json_array(), *table;
    int status;

    for (size_t i = 0; i < n_columns; i++) {
        (void)json_array_append_new(names, json_string(columns[i]));
        (void)json_array_append_new(marks, json_boolean(is_numeric[i]));
    }
    table = json_pack("{s:o, s:o, s:o}", "columns", names, "rows", rows,
                      "numeric", marks);
    if (table == NULL) {
        return sc_ask_misfit();
    }
    status = sc_ask_print(table, format);
    json_decref(table);
    return status;
}
