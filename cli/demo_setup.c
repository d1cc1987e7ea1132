/* cli/demo_setup.c: what the demo's people would write by hand. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/demo.h"
#include "cli/penguins.h"

#define MAX_FILE       ((size_t)16 << 20)
#define SECONDS_OF_DAY 86400
#define GRANT_DAYS     30

const sc_demo_party sc_demo_parties[SC_DEMO_PARTIES] = {
    {"biscoe", sc_penguins_biscoe},
    {"dream", sc_penguins_dream},
    {"torgersen", sc_penguins_torgersen},
    {"auditor", NULL},
};

static const char consortium_head[] =
    "# public: the same bytes at every party\n"
    "consortium: penguins\n"
    "parties:\n";

static const char consortium_tail[] =
    "tables:\n"
    "  penguins:\n"
    "    stacked: [biscoe, dream, torgersen]\n"
    "    columns:\n"
    "      species: {type: category, values: [Adelie, Chinstrap, Gentoo]}\n"
    "      island: {type: category, values: [Biscoe, Dream, Torgersen]}\n"
    "      bill_length_mm: {type: decimal, scale: 1, min: 0, max: 100,"
    " cuts: {every: 5}}\n"
    "      bill_depth_mm: {type: decimal, scale: 1, min: 0, max: 100,"
    " cuts: {every: 5}}\n"
    "      flipper_length_mm: {type: integer, min: 0, max: 500,"
    " cuts: {every: 10}}\n"
    "      body_mass_g: {type: integer, min: 0, max: 20000,"
    " cuts: {every: 500}}\n"
    "      sex: {type: category, values: [female, male]}\n"
    "      year: {type: integer, min: 2000, max: 2030, cuts: {every: 1}}\n"
    "    max_rows: 1000000\n"
    "rules: {min_group: 10, queries_per_day: 20}\n"
    "ledger: {origin: " SC_DEMO_ORIGIN ", sequencer: biscoe, quorum: 3}\n";

/* ---- files ------------------------------------------------------------ */

sc_err sc_demo_read(sc_buf *out, const sc_demo *d, const char *name,
                    sc_fault *why)
{
    char *path = sc_path_join(d->folder, name);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_read(out, path, MAX_FILE, why);

    sc_free(path);
    return err;
}

sc_err sc_demo_write(const sc_demo *d, const char *name, sc_bytes text,
                     sc_fault *why)
{
    char *path = sc_path_join(d->folder, name);
    sc_err err = path == NULL ? sc_fault_from(why, SC_E_MEM)
                              : sc_file_replace(path, text, 0600, why);

    sc_free(path);
    return err;
}

static void remove_below(int parent, const char *name)
{
    int fd =
        openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (dir == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return;
    }
    while ((e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlinkat(fd, e->d_name, 0) != 0) {
            remove_below(fd, e->d_name);
        }
    }
    (void)closedir(dir);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

void sc_demo_remove_folder(const sc_demo *d)
{
    if (d->folder[0] == '/') {
        remove_below(AT_FDCWD, d->folder);
    }
}

/* ---- folder and ports ------------------------------------------------- */

static sc_err cannot_make(const char *folder, sc_fault *why)
{
    (void)sc_fault_set(why, SC_E_CONFIG, "cannot make the folder: %s",
                       strerror(errno));
    sc_fault_at(why, folder, 0, 0);
    sc_fault_remedy(why, "name one that does not exist yet");
    return SC_E_CONFIG;
}

static sc_err make_folder(sc_demo *d, const char *dir, sc_fault *why)
{
    const char *temp = getenv("TMPDIR");
    char *real;

    if (dir == NULL) {
        (void)snprintf(d->folder, sizeof d->folder,
                       "%.200s/sharechain-demo.XXXXXX",
                       temp == NULL ? "/tmp" : temp);
        if (mkdtemp(d->folder) == NULL) {
            d->folder[0] = '\0';
            return cannot_make(temp == NULL ? "/tmp" : temp, why);
        }
    } else if (mkdir(dir, 0700) != 0) {
        return cannot_make(dir, why);
    }
    real = realpath(dir == NULL ? d->folder : dir, NULL);
    if (real == NULL || strlen(real) >= sizeof d->folder) {
        free(real);
        return cannot_make(dir == NULL ? d->folder : dir, why);
    }
    memcpy(d->folder, real, strlen(real) + 1);
    free(real);
    return SC_OK;
}

/* A port that nobody has now; *fd holds it until it is closed. */
static sc_err find_port(int *fd, char address[static 32], sc_fault *why)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind(*fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
        getsockname(*fd, (struct sockaddr *)&at, &len) != 0) {
        return sc_fault_set(why, SC_E_IO, "no free port on 127.0.0.1: %s",
                            strerror(errno));
    }
    (void)snprintf(address, 32, "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(at.sin_port));
    return SC_OK;
}

static sc_err find_ports(sc_demo *d, sc_fault *why)
{
    int fds[SC_DEMO_PARTIES] = {-1, -1, -1, -1};
    sc_err err = SC_E_BUG;

    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        SC_TRY(find_port(&fds[p], d->address[p], why));
    }
    err = SC_OK;
out:
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        if (fds[p] >= 0) {
            (void)close(fds[p]);
        }
    }
    return err;
}

sc_err sc_demo_make_folder(sc_demo *d, const char *dir, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    SC_TRY(make_folder(d, dir, why));
    SC_TRY(find_ports(d, why));
    err = SC_OK;
out:
    return err;
}

/* ---- configuration ---------------------------------------------------- */

sc_err sc_demo_write_data(const sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf path = {0};

    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        const sc_demo_party *party = &sc_demo_parties[p];

        sc_buf_reset(&path);
        SC_TRY(sc_buf_printf(&path, "%s/%s", d->folder, party->name));
        SC_TRY(sc_buf_terminate(&path));
        SC_TRY(sc_dir_make((const char *)path.p, 0700, why));
        if (party->csv != NULL) {
            SC_TRY(sc_buf_put_str(&path, "/penguins.csv"));
            SC_TRY(sc_buf_terminate(&path));
            SC_TRY(sc_file_replace((const char *)path.p,
                                   sc_bytes_of(party->csv), 0600, why));
        }
    }
    err = SC_OK;
out:
    sc_buf_clear(&path);
    return sc_fault_from(why, err);
}

static sc_err write_consortium(const sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    char name[64];

    SC_TRY(sc_buf_put_str(&text, consortium_head));
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        (void)snprintf(name, sizeof name, "%s/keys/party.yaml",
                       sc_demo_parties[p].name);
        SC_TRY(sc_demo_read(&text, d, name, why));
    }
    SC_TRY(sc_buf_put_str(&text, consortium_tail));
    SC_TRY(sc_demo_write(d, "consortium.yaml", sc_buf_bytes(&text), why));
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}

static sc_err put_node(sc_buf *out, const sc_demo *d, size_t p)
{
    sc_err err = SC_E_BUG;
    char until[11];

    SC_TRY(sc_buf_printf(out,
                         "# private to %s\n"
                         "me: %s\n"
                         "keys: keys/\n"
                         "consortium: ../consortium.yaml\n"
                         "listen: \"%s\"\n",
                         sc_demo_parties[p].name, sc_demo_parties[p].name,
                         d->address[p]));
    if (sc_demo_parties[p].csv != NULL) {
        sc_date_print(until, sc_clock_wall() / SECONDS_OF_DAY + GRANT_DAYS);
        SC_TRY(sc_buf_printf(
            out,
            "data:\n"
            "  penguins: {files: [penguins.csv], nulls: [\"\", NA]}\n"
            "allow:\n"
            "  - who: [biscoe, dream, torgersen]\n"
            "    until: %s\n"
            "    purpose: \"how heavy is a penguin\"\n"
            "    table: penguins\n"
            "    columns:\n"
            "      species: [group, filter]\n"
            "      sex: [group, filter]\n"
            "      year: [group, filter]\n"
            "      body_mass_g: [aggregate]\n"
            "      flipper_length_mm: [aggregate]\n"
            "    functions: [count, sum, avg, stddev, corr]\n",
            until));
    }
    err = SC_OK;
out:
    return err;
}

sc_err sc_demo_write_config(const sc_demo *d, sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    char name[64];

    SC_TRY(write_consortium(d, why));
    for (size_t p = 0; p < SC_DEMO_PARTIES; p++) {
        sc_buf_reset(&text);
        SC_TRY(put_node(&text, d, p));
        (void)snprintf(name, sizeof name, "%s/node.yaml",
                       sc_demo_parties[p].name);
        SC_TRY(sc_demo_write(d, name, sc_buf_bytes(&text), why));
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return sc_fault_from(why, err);
}
