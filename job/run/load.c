/* job/run/load.c: the owner's engine does its part, and its time is hidden.
 *
 * The engine works on a thread of its own, so that this party can tell the
 * others at a steady beat that it is alive, and hear if the job ends meanwhile.
 * How long the engine takes depends on the rows; therefore what follows, good or
 * bad, leaves only on ticks, 20 ms * 1.5^j after the start (SECURITY.md), which
 * the leak list names, and the beat goes on until the tick. The share is made and
 * stored before it too. Of an engine's fault the others learn one fixed code. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "data/report.h"
#include "job/run/work.h"

#define CACHED_NS ((uint64_t)5000000) /* no engine answers so fast */

typedef struct {
    sc_run *run;
    sc_i128 *sums;   /* NULL: check the asset */
    const void *out; /* what is filled: the request's name */
} engine_task;

static sc_err ask_engine(void *ctx, sc_fault *why)
{
    engine_task *t = ctx;
    sc_run *r = t->run;
    sc_engine *engine = r->house->engine;

    return t->sums == NULL
               ? sc_engine_asset(engine, r->source, &r->asset, r->until_ms, why)
               : sc_engine_run(engine, r->source, r->asset.digest,
                               &r->plan->fragment, t->sums, r->until_ms, why);
}

static void interrupt_engine(void *ctx)
{
    const engine_task *t = ctx;

    sc_engine_interrupt(t->run->house->engine, t->out);
}

uint64_t sc_run_tick_ns(uint64_t took_ns)
{
    uint64_t tick = SC_RUN_FIRST_TICK_NS;

    while (tick < took_ns) {
        tick += tick / 2;
    }
    return tick;
}

/* Sleep until the first tick at or after now, showing progress. */
static void wait_tick(sc_run *r, uint64_t start_ns)
{
    uint64_t now = sc_clock_ns() - start_ns, tick = sc_run_tick_ns(now);

    for (; now < tick; now = sc_clock_ns() - start_ns) {
        uint64_t left = tick - now, slice = SC_WORK_SLICE_MS * 1000000;
        struct timespec ts = {.tv_nsec = (long)(left < slice ? left : slice)};

        nanosleep(&ts, NULL);
        sc_run_say_progress(r);
    }
}

/* What the engine says is for this owner's log alone. */
static void log_fault(const sc_run *r, const sc_fault *why)
{
    char text[1024];

    sc_fault_print(text, sizeof text, why);
    sc_log_line(r->house->log, SC_LOG_WARN, "data", "table %s: %s",
                r->plan->table->name, text);
}

/* Run the engine until it is done: *found is its answer, and why its words, for
 * this owner alone. Returns the end of the job, if that came first. Nothing may
 * leave before the tick. */
static sc_err run_engine(sc_run *r, sc_err *found, sc_i128 *sums, sc_fault *why)
{
    engine_task t = {.run = r, .sums = sums};
    sc_err ended;

    t.out = sums == NULL ? (const void *)&r->asset : (const void *)sums;
    ended = sc_run_work(r, found, ask_engine, interrupt_engine, &t, why);
    if (ended == SC_OK && *found != SC_OK) {
        log_fault(r, why);
    }
    return ended;
}

/* For this owner alone; the others learn one fixed reason. */
static sc_err refuse_asset(const sc_run *r, sc_fault *why)
{
    const sc_source *s = &r->house->conf->sources[r->source];
    char whole[200], first[300];

    sc_report_print(whole, sizeof whole, s, &r->asset);
    sc_report_print_first(first, sizeof first, s, &r->asset);
    (void)sc_fault_set(why, SC_E_REFUSED, "table %s: %s%s%s", s->table->name,
                       whole, first[0] != '\0' ? ": " : "", first);
    sc_fault_remedy(why, r->asset.report.n_rows > s->table->max_rows
                             ? "agree on a larger max_rows in the consortium "
                               "file"
                             : "mend the file, or set bad_values in node.yaml");
    return SC_E_REFUSED;
}

/* Peers learn that there is no data. To its own user it is what it is: a file
 * that cannot be read is not a policy. */
static sc_err no_asset(const sc_run *r, sc_err found, sc_fault *why)
{
    sc_err err = !r->is_asker            ? SC_E_REFUSED
                 : found == SC_E_CORRUPT ? SC_E_CONFIG
                                         : found;

    why->code = err;
    return err;
}

sc_err sc_run_check_asset(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG, found = SC_E_BUG;
    uint64_t start_ns = sc_clock_ns();

    if (!r->is_owner) {
        return SC_OK;
    }
    SC_TRY(run_engine(r, &found, NULL, why));
    if (sc_clock_ns() - start_ns > CACHED_NS) {
        wait_tick(r, start_ns);
    }
    SC_REQUIRE(found == SC_OK, no_asset(r, found, why));
    SC_REQUIRE(r->asset.is_usable, refuse_asset(r, why));
    err = SC_OK;
out:
    return err;
}

sc_err sc_run_load(sc_run *r, sc_fault *why)
{
    sc_err err = SC_E_BUG, found = SC_E_BUG;
    size_t n_sums = r->plan->n_cells * r->plan->n_sums;
    uint64_t start_ns = sc_clock_ns();
    sc_i128 *sums = NULL;

    sc_run_enter(r, SC_PHASE_LOAD);
    if (!r->is_owner) {
        return SC_OK;
    }
    sums = sc_alloc(n_sums, sizeof *sums);
    SC_REQUIRE(sums != NULL, SC_E_MEM);
    SC_TRY(run_engine(r, &found, sums, why));
    if (found == SC_OK) {
        SC_TRY(sc_run_make_share(r, &found, sums, why));
    }
    wait_tick(r, start_ns);
    if (found != SC_OK) { /* one code, whatever went wrong */
        why->code = err = SC_E_IO;
        goto out;
    }
    err = SC_OK;
out:
    if (sums != NULL) {
        sc_wipe(sums, n_sums * sizeof *sums);
        sc_free(sums);
    }
    return sc_fault_from(why, err);
}
