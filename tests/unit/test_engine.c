/* tests/unit/test_engine.c: the life of an engine: check, run, cache, change,
 * death, deadline, configuration. */
#define _GNU_SOURCE /* syscall */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/engine_fixture.h"

/* Rows that take about SLOW_MS to come, and rows that never do. */
#define SLOW                                                                   \
    "SELECT n FROM '%s', (SELECT max(hash(i)) AS s FROM range(400000000) "     \
    "t(i)) WHERE s > 0"
#define ENDLESS                                                                \
    "SELECT n FROM '%s', (SELECT max(hash(i)) AS s FROM "                      \
    "range(1000000000000000) t(i)) WHERE s > 0"

static char *regions[] = {"north", "south", "east", "west"};
static sc_column one_column[1];
static const sc_local_sum count_and_sum[] = {{NULL, 0, SC_NO_COLUMN,
                                              SC_NO_COLUMN, 0},
                                             {NULL, 1, 0, SC_NO_COLUMN, 10}};

static sc_table numbers(void)
{
    one_column[0] = col("n", SC_T_INTEGER, -1000, 1000);
    return table_of("t", one_column, 1);
}

static sc_fragment totals(const sc_table *t)
{
    return (sc_fragment){t, NULL, NULL, 0, count_and_sum, 2};
}

static void check_totals(place *p, const sc_asset *a, int64_t n, int64_t sum)
{
    sc_fragment f = totals(p->source.table);
    sc_i128 got[2];

    CHECK_OK(place_run(p, a, &f, got));
    CHECK(got[0] == n && got[1] == sum);
}

/* ---- answers ------------------------------------------------------------- */

static void test_first_light(void **state)
{
    sc_column columns[] = {category("region", regions, 4),
                           col("age", SC_T_INTEGER, 0, 120),
                           decimal("income", 2, 0, 1000000000)};
    sc_table t = table_of("salaries", columns, 3);
    int64_t breaks[] = {1, 2, 3};
    uint32_t outcome[] = {0, 1, 2, 3};
    sc_key key = {.column = 0,
                  .breaks = breaks,
                  .n_breaks = 3,
                  .outcome = outcome,
                  .outcome_null = 4,
                  .n_labels = 4,
                  .has_null = 1};
    sc_local_sum sums[] = {{NULL, 0, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, SC_NO_COLUMN, SC_NO_COLUMN, 0},
                           {NULL, 2, 1, SC_NO_COLUMN, 7},
                           {NULL, 4, 2, 2, 60}};
    sc_fragment f = {&t, NULL, &key, 1, sums, 4};
    const sc_i128 expected[20] = {2, 1, 10, 150 * 150 + 325 * 325,
                                  1, 1, 20, 40000,
                                  0, 0, 0,  0,
                                  0, 0, 0,  0,
                                  1, 1, 30, 0};
    sc_i128 got[20];
    sc_asset a;
    place p;

    place_init(&p, *state, "s.csv",
               "age,other,Income,region\n"
               "10,x,1.50,north\n20,,2,south\nNA,\"a,b\",3.25,north\n"
               "30,,NA,\n",
               &t);
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_rows, 4);
    CHECK_U64(a.report.n_violations, 0);
    CHECK_U64(a.report.n_nulls[0], 1);
    CHECK_U64(a.report.n_nulls[1], 1);
    CHECK_U64(a.report.n_nulls[2], 1);
    CHECK(a.is_usable);
    CHECK_OK(place_run(&p, &a, &f, got));
    CHECK_BYTES(got, expected, sizeof got);
    place_close(&p);
}

static void test_nothing_there(void **state)
{
    static const char *const texts[] = {"n\n", "n", "n\nNA\nNA\n"};
    sc_table t = numbers();

    for (size_t i = 0; i < 3; i++) {
        sc_asset a;
        place p;

        place_init(&p, *state, "n.csv", texts[i], &t);
        place_open(&p);
        a = place_asset(&p);
        CHECK(a.is_usable);
        CHECK_U64(a.report.n_rows, i == 2 ? 2 : 0);
        check_totals(&p, &a, i == 2 ? 2 : 0, 0);
        place_close(&p);
    }
}

/* ---- the rule -------------------------------------------------------------- */

static void check_rule(const char *dir, const char *text, sc_bad_values rule,
                       int is_required, uint64_t max_rows, int is_usable)
{
    sc_table t = numbers();
    sc_fragment f = totals(&t);
    sc_i128 got[2] = {7, 7};
    sc_asset a;
    place p;

    one_column[0].is_required = is_required;
    t.max_rows = max_rows;
    place_init(&p, dir, "n.csv", text, &t);
    p.source.bad_values = rule;
    place_open(&p);
    a = place_asset(&p);
    CHECK(a.is_usable == is_usable);
    if (is_usable) {
        CHECK_OK(place_run(&p, &a, &f, got));
    } else {
        CHECK_ERR(SC_E_REFUSED, place_run(&p, &a, &f, got));
        CHECK_ZERO(got, sizeof got);
    }
    place_close(&p);
}

static void test_rules(void **state)
{
    const char *bad = "n\n1\nx\n2\n", *far = "n\n1\n5000\n", *gap = "n\n1\n\n";

    check_rule(*state, bad, SC_BAD_REJECT, 0, 100, 0);
    check_rule(*state, bad, SC_BAD_SKIP, 0, 100, 1);
    check_rule(*state, bad, SC_BAD_CLAMP, 0, 100, 0);
    check_rule(*state, far, SC_BAD_REJECT, 0, 100, 0);
    check_rule(*state, far, SC_BAD_CLAMP, 0, 100, 1);
    check_rule(*state, gap, SC_BAD_REJECT, 0, 100, 1);
    check_rule(*state, gap, SC_BAD_REJECT, 1, 100, 0);
    check_rule(*state, gap, SC_BAD_SKIP, 1, 100, 1);
    check_rule(*state, gap, SC_BAD_CLAMP, 1, 100, 0);
    check_rule(*state, "n\n1\n2\n3\n", SC_BAD_REJECT, 0, 3, 1);
    check_rule(*state, "n\n1\n2\n3\n", SC_BAD_REJECT, 0, 2, 0);
    check_rule(*state, "n\n1\n2\n3\n", SC_BAD_SKIP, 0, 2, 0);
}

static void test_skip_leaves_out_required(void **state)
{
    sc_table t = numbers();
    sc_asset a;
    place p;

    one_column[0].is_required = 1;
    place_init(&p, *state, "n.csv", "n\n1\n\n2\nx\n", &t);
    p.source.bad_values = SC_BAD_SKIP;
    place_open(&p);
    a = place_asset(&p);
    CHECK_U64(a.report.n_missing[0], 1);
    CHECK_U64(a.report.n_violations, 2);
    check_totals(&p, &a, 2, 3);
    place_close(&p);
}

/* ---- versions --------------------------------------------------------------- */

static void test_change(void **state)
{
    sc_table t = numbers();
    sc_fragment f = totals(&t);
    sc_i128 got[2];
    sc_asset a, b, c;
    char other[600];
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    place_open(&p);
    CHECK_ERR(SC_E_STATE, place_run(&p, &(sc_asset){0}, &f, got));
    a = place_asset(&p);
    b = place_asset(&p);
    CHECK_BYTES(&a, &b, sizeof a);
    check_totals(&p, &a, 2, 3);
    sc_folder_write(*state, "n.csv", "n\n1\n5\n"); /* of the same length */
    CHECK_ERR(SC_E_STATE, place_run(&p, &a, &f, got));
    CHECK_ZERO(got, sizeof got);
    b = place_asset(&p);
    CHECK(memcmp(a.digest, b.digest, 32) != 0);
    CHECK_ERR(SC_E_STATE, place_run(&p, &a, &f, got)); /* the old version */
    check_totals(&p, &b, 2, 6);
    sc_folder_write(*state, "other.csv", "n\n1\n2\n");
    (void)snprintf(other, sizeof other, "%s/other.csv", (char *)*state);
    CHECK(rename(other, p.path) == 0); /* another inode */
    CHECK_ERR(SC_E_STATE, place_run(&p, &b, &f, got));
    c = place_asset(&p);
    CHECK_BYTES(a.digest, c.digest, 32); /* the same bytes again */
    check_totals(&p, &c, 2, 3);
    CHECK(unlink(p.path) == 0);
    CHECK_ERR(SC_E_CORRUPT, place_run(&p, &c, &f, got));
    CHECK_ERR(SC_E_CORRUPT, sc_engine_asset(p.engine, 0, &a,
                                            sc_clock_ms() + WAIT_MS, &p.why));
    sc_folder_write(*state, "n.csv", "n\n9\n");
    a = place_asset(&p);
    check_totals(&p, &a, 1, 9);
    place_close(&p);
}

/* Without a turn at the child: what the last check found, and of which files. */
static void test_known(void **state)
{
    sc_table t = numbers();
    sc_asset a, b;
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    place_open(&p);
    CHECK_ERR(SC_E_NOT_FOUND, sc_engine_known(p.engine, 0, &b, &p.why));
    CHECK_ZERO(&b, sizeof b);
    a = place_asset(&p);
    CHECK(a.checked_at > 0);
    CHECK_OK(sc_engine_known(p.engine, 0, &b, NULL));
    CHECK_BYTES(&a, &b, sizeof a);
    sc_folder_write(*state, "n.csv", "m\n1\n");
    CHECK_ERR(SC_E_STATE, sc_engine_known(p.engine, 0, &b, NULL));
    CHECK_BYTES(&a, &b, sizeof a); /* of the version before */
    CHECK_ERR(SC_E_CORRUPT,
              sc_engine_asset(p.engine, 0, &b, sc_clock_ms() + WAIT_MS, NULL));
    p.why = (sc_fault){0};
    CHECK_ERR(SC_E_CORRUPT, sc_engine_known(p.engine, 0, &b, &p.why));
    CHECK_ZERO(&b, sizeof b);
    CHECK(strstr(p.why.text, "no column \"n\"") != NULL);
    CHECK(unlink(p.path) == 0);
    CHECK_ERR(SC_E_CORRUPT, sc_engine_known(p.engine, 0, &b, &p.why));
    sc_folder_write(*state, "n.csv", "n\n3\n");
    a = place_asset(&p);
    CHECK_OK(sc_engine_known(p.engine, 0, &b, NULL));
    CHECK_BYTES(&a, &b, sizeof a);
    place_close(&p);
}

static void test_select_is_part_of_the_version(void **state)
{
    sc_table t = numbers();
    sc_asset a, b;
    char sql[700];
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    place_open(&p);
    a = place_asset(&p);
    place_close(&p);
    (void)snprintf(sql, sizeof sql, "SELECT n + 1 AS n FROM '%s'", p.path);
    p.source.sql = sql;
    place_open(&p);
    b = place_asset(&p);
    CHECK(memcmp(a.digest, b.digest, 32) != 0);
    check_totals(&p, &b, 2, 5);
    place_close(&p);
}

/* ---- threads, deadlines, death -------------------------------------------- */

typedef struct {
    place *p;
    sc_asset a;
    uint64_t wait_ms;
    sc_err err;
    sc_i128 got[2];
    sc_fault why;
} job;

static void *run_job(void *arg)
{
    job *j = arg;
    sc_fragment f = totals(j->p->source.table);

    j->err = sc_engine_run(j->p->engine, 0, j->a.digest, &f, j->got,
                           sc_clock_ms() + j->wait_ms, &j->why);
    return NULL;
}

static pthread_t start_job(job *j)
{
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, run_job, j) == 0);
    return thread;
}

/* /proc/PID/stat behind the name: state ('Z' once all threads have ended), parent
 * and processor time in ticks. */
static int read_stat(long pid, char *status, long *parent, long *ticks)
{
    char path[64], line[512] = "";
    const char *end;
    long user = 0, kernel = 0, n_threads = 0;
    int fd, n = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    fd = open(path, O_RDONLY);
    if (fd < 0) {
        return 0;
    }
    if (read(fd, line, sizeof line - 1) > 0 &&
        (end = strrchr(line, ')')) != NULL) {
        n = sscanf(end + 1,
                   " %c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld "
                   "%*d %*d %*d %*d %ld",
                   status, parent, &user, &kernel, &n_threads);
    }
    (void)close(fd);
    *ticks = user + kernel;
    if (*status == 'Z' && n_threads > 1) {
        *status = 'X';
    }
    return n == 5;
}

/* A child of this process, or 0. */
static pid_t find_child(void)
{
    DIR *all = opendir("/proc");
    pid_t found = 0;

    CHECK(all != NULL);
    for (struct dirent *d; (d = readdir(all)) != NULL;) {
        long pid = strtol(d->d_name, NULL, 10), parent = 0, ticks;
        char status;

        if (pid > 0 && read_stat(pid, &status, &parent, &ticks) &&
            parent == (long)getpid()) {
            found = (pid_t)pid;
        }
    }
    (void)closedir(all);
    return found;
}

static long ticks_of(pid_t pid)
{
    long parent, ticks = 0;
    char status;

    CHECK(read_stat((long)pid, &status, &parent, &ticks));
    return ticks;
}

/* Until the child has worked for some ticks more. */
static void wait_for_work(pid_t pid, long before)
{
    for (int i = 0; ticks_of(pid) < before + 3; i++) {
        CHECK(i < 3000);
        sc_clock_sleep_ms(10);
    }
}

/* Stops the child at work: its query does not end before this test is ready. */
static void stop_at_work(pid_t pid, long before)
{
    wait_for_work(pid, before);
    CHECK(kill(pid, SIGSTOP) == 0);
}

static void open_slow(place *p, const char *dir, const sc_table *t,
                      char sql[static 900])
{
    place_init(p, dir, "n.csv", "n\n1\n2\n", t);
    (void)snprintf(sql, 900, SLOW, p->path);
    p->source.sql = sql;
    place_open(p);
}

static void test_death_in_a_run(void **state)
{
    sc_table t = numbers();
    char sql[900];
    pthread_t thread;
    place p;
    job j = {.p = &p, .wait_ms = WAIT_MS};
    pid_t first, second;
    long before, parent;

    open_slow(&p, *state, &t, sql);
    j.a = place_asset(&p);
    first = find_child();
    before = ticks_of(first);
    thread = start_job(&j);
    stop_at_work(first, before);
    CHECK(kill(first, SIGKILL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_ERR(SC_E_CORRUPT, j.err);
    CHECK_STR(j.why.text, "the engine ended (signal 9)");
    CHECK_ZERO(j.got, sizeof j.got);
    check_totals(&p, &j.a, 2, 3); /* another one */
    second = find_child();
    CHECK(second > 0 && second != first);
    CHECK(kill(second, SIGKILL) == 0); /* between two requests */
    for (char status = 'R'; status != 'Z';) {
        CHECK(read_stat((long)second, &status, &parent, &before));
    }
    check_totals(&p, &j.a, 2, 3);
    place_close(&p);
    CHECK(find_child() == 0);
}

static void test_frozen(void **state)
{
    sc_table t = numbers();
    sc_asset a;
    place p;
    job j = {.p = &p, .wait_ms = 200};

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    place_open(&p);
    j.a = a = place_asset(&p);
    CHECK(kill(find_child(), SIGSTOP) == 0);
    (void)run_job(&j);
    CHECK_ERR(SC_E_TIMEOUT, j.err);
    check_totals(&p, &a, 2, 3);
    place_close(&p);
}

static void test_deadline(void **state)
{
    sc_table t = numbers();
    char sql[900];
    sc_asset a;
    uint64_t start;
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    (void)snprintf(sql, sizeof sql, ENDLESS, p.path);
    p.source.sql = sql;
    place_open(&p);
    start = sc_clock_ms();
    CHECK_ERR(SC_E_TIMEOUT,
              sc_engine_asset(p.engine, 0, &a, start + 300, &p.why));
    CHECK(sc_clock_ms() - start < 20000);
    CHECK_ZERO(&a, sizeof a);
    place_close(&p);
    CHECK(find_child() == 0);
}

static void test_busy_and_changed_meanwhile(void **state)
{
    sc_table t = numbers();
    char sql[900];
    pthread_t thread;
    place p;
    job slow = {.p = &p, .wait_ms = WAIT_MS}, hasty = {.p = &p, .wait_ms = 10};
    long before;

    open_slow(&p, *state, &t, sql);
    slow.a = hasty.a = place_asset(&p);
    before = ticks_of(find_child());
    thread = start_job(&slow);
    stop_at_work(find_child(), before);
    (void)run_job(&hasty);
    CHECK_ERR(SC_E_TIMEOUT, hasty.err); /* and kills nobody */
    CHECK_STR(hasty.why.text, "the engine is busy with other queries");
    sc_folder_write(*state, "n.csv", "n\n1\n2\n"); /* the same, but new */
    CHECK(kill(find_child(), SIGCONT) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_ERR(SC_E_STATE, slow.err);
    CHECK_ZERO(slow.got, sizeof slow.got);
    place_close(&p);
}

typedef struct {
    sc_engine *engine;
    const void *out;
    atomic_int is_over;
} nag;

static void *run_nag(void *arg)
{
    nag *n = arg;

    while (!atomic_load(&n->is_over)) {
        sc_engine_interrupt(n->engine, n->out);
        sc_clock_sleep_ms(1);
    }
    return NULL;
}

/* Run the job while another thread does not want it. */
static void run_unwanted(job *j)
{
    nag n = {.engine = j->p->engine, .out = j->got};
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, run_nag, &n) == 0);
    (void)run_job(j);
    atomic_store(&n.is_over, 1);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Who is not wanted any more leaves, waiting or at work; the others stay. What
 * was checked is known at once, whoever is at work. */
static void test_interrupt(void **state)
{
    sc_table t = numbers();
    char sql[900];
    pthread_t thread;
    place p;
    job works = {.p = &p, .wait_ms = WAIT_MS}, waits = works;
    sc_asset again;
    long before;

    open_slow(&p, *state, &t, sql);
    works.a = waits.a = place_asset(&p);
    before = ticks_of(find_child());
    thread = start_job(&works);
    stop_at_work(find_child(), before);
    CHECK_OK(sc_engine_asset(p.engine, 0, &again, 0, &p.why));
    CHECK(memcmp(again.digest, works.a.digest, 32) == 0);
    sc_engine_interrupt(p.engine, &p); /* nobody fills that */
    run_unwanted(&waits);
    CHECK_ERR(SC_E_CANCELLED, waits.err);
    sc_engine_interrupt(p.engine, works.got);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_ERR(SC_E_CANCELLED, works.err);
    CHECK_ZERO(works.got, sizeof works.got);
    CHECK(find_child() == 0); /* its work was in vain */
    place_close(&p);
}

static void test_many_threads(void **state)
{
    enum { N = 8 };
    sc_table t = numbers();
    pthread_t threads[N];
    job jobs[N];
    sc_asset a;
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    place_open(&p);
    a = place_asset(&p);
    for (size_t i = 0; i < N; i++) {
        jobs[i] = (job){.p = &p, .a = a, .wait_ms = WAIT_MS};
        threads[i] = start_job(&jobs[i]);
    }
    for (size_t i = 0; i < N; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK_OK(jobs[i].err);
        CHECK(jobs[i].got[0] == 2 && jobs[i].got[1] == 3);
    }
    place_close(&p);
}

/* The node's end goes away while the child works: the child ends by itself. */
static void test_node_dies(void **state)
{
    sc_table t = numbers();
    char sql[900];
    place p;
    pid_t node, engine = 0;
    long parent, ticks;
    char status = 'R';
    int ends[2];

    place_init(&p, *state, "n.csv", "n\n1\n2\n", &t);
    (void)snprintf(sql, sizeof sql, ENDLESS, p.path);
    p.source.sql = sql;
    CHECK(pipe(ends) == 0);
    node = fork();
    CHECK(node >= 0);
    if (node == 0) {
        sc_asset a;
        sc_err err = place_start(&p);

        engine = find_child();
        err = write(ends[1], &engine, sizeof engine) == sizeof engine ? err
                                                                      : SC_E_IO;
        if (err == SC_OK) {
            err =
                sc_engine_asset(p.engine, 0, &a, sc_clock_ms() + WAIT_MS, NULL);
        }
        _exit(err == SC_OK ? 0 : 1);
    }
    CHECK(read(ends[0], &engine, sizeof engine) == sizeof engine);
    CHECK(engine > 0);
    wait_for_work(engine, ticks_of(engine));
    CHECK(kill(node, SIGKILL) == 0);
    CHECK(waitpid(node, NULL, 0) == node);
    for (int i = 0; read_stat((long)engine, &status, &parent, &ticks) &&
                    status != 'Z'; /* somebody else has to reap it */
         i++) {
        CHECK(i < 3000);
        sc_clock_sleep_ms(10);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* ---- configuration ---------------------------------------------------------- */

static void check_config(place *p, sc_engine_config c, const char *words)
{
    sc_engine *e = NULL;

    memset(&p->why, 0, sizeof p->why);
    c.threads = 1;
    c.memory_mb = 256;
    CHECK_ERR(SC_E_CONFIG, sc_engine_new(&e, &c, &p->why));
    CHECK(e == NULL);
    if (strstr(p->why.text, words) == NULL) {
        print_error("%s\n", p->why.text);
        fail();
    }
    CHECK(find_child() == 0);
}

static void test_configuration(void **state)
{
    sc_table t = numbers();
    static const char *const comma = "N,A";
    sc_source twice[2];
    sc_engine_config c;
    char folder[600];
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n", &t);
    c = (sc_engine_config){.sources = &p.source,
                           .n_sources = 1,
                           .program = "/proc/self/exe"};
    twice[0] = twice[1] = p.source;
    c.sources = twice;
    c.n_sources = 2;
    check_config(&p, c, "table t twice");
    c.n_sources = 0;
    check_config(&p, c, "1 to 256 tables");
    c.sources = &p.source;
    c.n_sources = 1;
    p.files[0] = "n.csv";
    check_config(&p, c, "not an absolute path");
    p.files[0] = "/tmp/*.csv";
    check_config(&p, c, "would be a pattern");
    p.files[0] = "/nowhere/n.csv";
    check_config(&p, c, "No such file");
    (void)snprintf(folder, sizeof folder, "%s", (char *)*state);
    p.files[0] = folder;
    check_config(&p, c, "not a regular file");
    p.files[0] = p.path;
    p.source.n_files = 0;
    check_config(&p, c, "needs 1 to 1024 files");
    p.source.n_files = 1;
    p.source.nulls = &comma;
    check_config(&p, c, "a text for NULL may hold no quote");
    p.source.n_nulls = 0;
    c.duckdb = p.path;
    check_config(&p, c, "cannot load DuckDB");
    c.duckdb = "libm.so.6";
    check_config(&p, c, "has no duckdb_");
    c.duckdb = NULL;
    c.program = "/nowhere/sharechain";
    check_config(&p, c, "cannot start");
}

/* ---- a child that is not ours ------------------------------------------- */

static void check_impostor(const char *dir, const char *script,
                           const char *words)
{
    sc_table t = numbers();
    sc_engine *e = NULL;
    sc_engine_config c;
    char program[600];
    place p;

    place_init(&p, dir, "n.csv", "n\n1\n", &t);
    (void)snprintf(program, sizeof program, "%s/impostor", dir);
    sc_folder_write(dir, "impostor", script);
    CHECK(chmod(program, 0700) == 0);
    c = (sc_engine_config){.sources = &p.source,
                           .n_sources = 1,
                           .program = program};
    CHECK_ERR(SC_E_CORRUPT, sc_engine_new(&e, &c, &p.why));
    CHECK_STR(p.why.text, words);
    CHECK(find_child() == 0);
}

static void test_impostors(void **state)
{
    check_impostor(*state, "#!/bin/sh\nexit 7\n",
                   "the engine ended (status 7)");
    check_impostor(*state, "#!/bin/sh\nkill -TERM $$\n",
                   "the engine ended (signal 15)");
    check_impostor(*state,
                   "#!/bin/sh\nprintf 'garbage!garbage!' >&3\n"
                   "exec sleep 5\n",
                   "the engine answered nonsense");
    /* READY of 4 GiB; REPORT where READY is due; half an answer */
    check_impostor(
        *state,
        "#!/bin/sh\nprintf '\\021\\0\\0\\0\\377\\377\\377\\377' >&3\n"
        "exec sleep 5\n",
        "the engine answered nonsense");
    check_impostor(*state,
                   "#!/bin/sh\nprintf '\\022\\0\\0\\0\\0\\0\\0\\0' >&3\n"
                   "exec sleep 5\n",
                   "the engine answered nonsense");
    check_impostor(*state,
                   "#!/bin/sh\nhead -c 8 <&3 >/dev/null\n"
                   "printf '\\021\\0\\0\\0\\6\\0\\0\\0v1' >&3\nexit 0\n",
                   "the engine ended (status 0)");
}

/* What the child says of its cage is known: a real one, then one that says that
 * the kernel lacks Landlock. */
static void test_cage(void **state)
{
    long kernel_has = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    sc_table t = numbers();
    sc_engine_config c;
    char program[600];
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n", &t);
    place_open(&p);
    CHECK_I64(sc_engine_has_landlock(p.engine), kernel_has >= 1);
    place_close(&p);
    (void)snprintf(program, sizeof program, "%s/loose", (char *)*state);
    sc_folder_write(*state, "loose",
                    "#!/bin/sh\n"
                    "printf '\\021\\0\\0\\0\\3\\0\\0\\0\\0v1' >&3\n"
                    "exec sleep 5\n");
    CHECK(chmod(program, 0700) == 0);
    c = (sc_engine_config){.sources = &p.source,
                           .n_sources = 1,
                           .program = program};
    CHECK_OK(sc_engine_new(&p.engine, &c, &p.why));
    CHECK_I64(sc_engine_has_landlock(p.engine), 0);
    place_close(&p);
}

static void test_arguments(void **state)
{
    sc_table t = numbers(), wide = t;
    sc_fragment f = totals(&t);
    sc_i128 got[2];
    sc_asset a;
    place p;

    place_init(&p, *state, "n.csv", "n\n1\n", &t);
    place_open(&p);
    a = place_asset(&p);
    CHECK_ERR(SC_E_ARG, sc_engine_asset(p.engine, 1, &a, SC_NO_DEADLINE, NULL));
    a = place_asset(&p);
    CHECK_ERR(SC_E_ARG, sc_engine_run(p.engine, 1, a.digest, &f, got,
                                      SC_NO_DEADLINE, NULL));
    f.n_sums = 0;
    CHECK_ERR(SC_E_ARG, place_run(&p, &a, &f, got));
    f.n_sums = 2;
    wide.n_columns = 2;
    f.table = &wide;
    CHECK_ERR(SC_E_ARG, place_run(&p, &a, &f, got));
    f.table = &t;
    CHECK_OK(
        sc_engine_run(p.engine, 0, a.digest, &f, got, SC_NO_DEADLINE, NULL));
    CHECK(got[1] == 1);
    place_close(&p);
    place_close(&p); /* of nothing */
    sc_engine_free(NULL);
}

int main(int argc, char **argv)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, sc_folder_setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_first_light),
        TEST(test_nothing_there),
        TEST(test_rules),
        TEST(test_skip_leaves_out_required),
        TEST(test_known),
        TEST(test_change),
        TEST(test_select_is_part_of_the_version),
        TEST(test_death_in_a_run),
        TEST(test_frozen),
        TEST(test_deadline),
        TEST(test_busy_and_changed_meanwhile),
        TEST(test_interrupt),
        TEST(test_many_threads),
        TEST(test_node_dies),
        TEST(test_configuration),
        TEST(test_impostors),
        TEST(test_cage),
        TEST(test_arguments),
    };

    be_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
