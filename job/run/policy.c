/* job/run/policy.c: for each who would see something, one entry must permit
 * everything; the nearest one is named.
 *
 * For each entry all that it lacks is written down. An entry that lacks nothing
 * decides; otherwise the refusal shows the entry that lacks least, so that its
 * owner can see what to add. */
#include "job/run/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"

const char *sc_refusal_name(sc_refusal kind)
{
    switch (kind) {
#define X(name, number, text)                                                  \
    case SC_REFUSAL_##name:                                                    \
        return text;
        SC_REFUSALS(X)
#undef X
    }
    return "unknown";
}

/* What an entry does not permit. */
typedef struct {
    size_t n;        /* parties, uses and functions */
    char words[400]; /* "filter on age, function corr" */
    int is_over;     /* its last day has passed */
} lack;

/* ---- one entry -------------------------------------------------------- */

static void note(lack *l, const char *what, const char *name)
{
    size_t used = strlen(l->words);

    l->n++;
    (void)snprintf(l->words + used, sizeof l->words - used, "%s%s %s",
                   used > 0 ? ", " : "", what, name);
}

static void check_uses(lack *l, const sc_allow *a, const sc_plan *plan)
{
    static const struct {
        uint8_t use;
        const char *words;
    } all[] = {
        {SC_USE_GROUP, "group on"},
        {SC_USE_FILTER, "filter on"},
        {SC_USE_AGGREGATE, "aggregate of"},
    };

    for (size_t c = 0; c < plan->table->n_columns; c++) {
        uint8_t missing = (uint8_t)(plan->uses[c] & ~a->uses[c]);

        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            if ((missing & all[k].use) != 0) {
                note(l, all[k].words, plan->table->columns[c].name);
                missing &= (uint8_t)~all[k].use;
            }
        }
        if (missing != 0) { /* a use that this version has no word for */
            note(l, "an unknown use of", plan->table->columns[c].name);
        }
    }
}

static void check_functions(lack *l, const sc_allow *a, const sc_plan *plan)
{
    for (size_t f = 0; f < plan->n_functions; f++) {
        int is_allowed = 0;

        for (size_t k = 0; k < a->n_functions; k++) {
            is_allowed |= strcmp(plan->functions[f], a->functions[k]) == 0;
        }
        if (!is_allowed) {
            note(l, "function", plan->functions[f]);
        }
    }
}

static void check_parties(lack *l, const sc_allow *a, const sc_consortium *c,
                          uint32_t who)
{
    for (size_t i = 0; i < c->n_parties; i++) {
        if ((who & ~a->who & (uint32_t)1 << i) != 0) {
            note(l, "anything to", c->parties[i].name);
        }
    }
}

static lack check_entry(const sc_allow *a, const sc_consortium *c, uint32_t who,
                        const sc_plan *plan, int64_t today)
{
    lack l = {0};

    check_parties(&l, a, c, who);
    check_uses(&l, a, plan);
    check_functions(&l, a, plan);
    if (plan->protocol == SC_PLAN_CIPHERTEXT_SUM &&
        (a->protocols & SC_ALLOW_CIPHERTEXT_SUM) == 0) {
        note(&l, "protocol", "ciphertext_sum");
    } else if (plan->protocol == SC_PLAN_MASKED_SUM &&
               (a->protocols & SC_ALLOW_MASKED_SUM) == 0) {
        note(&l, "protocol", "masked_sum");
    }
    l.is_over = today > a->until;
    return l;
}

/* ---- refusing --------------------------------------------------------- */

/* "bob" or "bob, carol". */
static void name_parties(char *out, size_t len, const sc_consortium *c,
                         uint32_t who)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < c->n_parties && used + 1 < len; i++) {
        if ((who >> i & 1) != 0) {
            int n = snprintf(out + used, len - used, "%s%s",
                             used > 0 ? ", " : "", c->parties[i].name);

            used += n > 0 ? (size_t)n : 0;
        }
    }
}

static sc_err refuse(sc_refusal *kind, const sc_nodeconf *n, uint32_t who,
                     const sc_plan *plan, const sc_allow *nearest,
                     const lack *l, sc_fault *why)
{
    char names[200], until[11];

    name_parties(names, sizeof names, n->consortium, who);
    *kind = SC_REFUSAL_POLICY;
    if (nearest == NULL) {
        (void)sc_fault_set(why, SC_E_REFUSED,
                           "no entry under allow: lets %s use table %s", names,
                           plan->table->name);
        sc_fault_remedy(why, "add an entry to allow: in node.yaml if you want "
                             "to permit it");
    } else if (l->n > 0) {
        (void)sc_fault_set(why, SC_E_REFUSED,
                           "for %s on table %s, the entry under allow: that "
                           "comes nearest (line %u of node.yaml) does not "
                           "permit: %s",
                           names, plan->table->name, nearest->line, l->words);
        sc_fault_remedy(why, "add it there if you want to permit it");
    } else {
        *kind = SC_REFUSAL_EXPIRED;
        sc_date_print(until, nearest->until);
        (void)sc_fault_set(why, SC_E_REFUSED,
                           "the entry at line %u of node.yaml that permits "
                           "this to %s ended on %s",
                           nearest->line, names, until);
        sc_fault_remedy(why, "set a later `until:` if you want to permit it");
    }
    return SC_E_REFUSED;
}

/* The owner's own min_group against the thresholds that all parties planned. */
static sc_err check_groups(sc_refusal *kind, const sc_nodeconf *n,
                           const sc_plan *plan, sc_fault *why)
{
    for (size_t i = 0; i < plan->n_supports; i++) {
        if (plan->supports[i].threshold < n->min_group) {
            *kind = SC_REFUSAL_POLICY;
            (void)sc_fault_set(why, SC_E_REFUSED,
                               "min_group of node.yaml is %llu, and this plan "
                               "opens groups of %llu",
                               (unsigned long long)n->min_group,
                               (unsigned long long)plan->supports[i].threshold);
            sc_fault_remedy(why, "agree on a higher min_group in the "
                                 "consortium file");
            return SC_E_REFUSED;
        }
    }
    return SC_OK;
}

/* Those who would see something, without this party; 0: nobody else, or this
 * party has no rows in it. */
static uint32_t readers(const sc_nodeconf *n, const sc_job *job,
                        const sc_plan *plan)
{
    uint32_t me = (uint32_t)1 << n->me;
    uint32_t all = (uint32_t)1 << job->asker | job->results | plan->results;

    return (plan->owners & me) != 0 ? all & ~me : 0;
}

/* Does an entry let this one party see what the plan opens? */
static sc_err check_reader(sc_refusal *kind, const sc_nodeconf *n, uint32_t who,
                           const sc_plan *plan, int64_t today, sc_fault *why)
{
    const sc_allow *nearest = NULL;
    lack least = {0};

    for (size_t i = 0; i < n->n_allow; i++) {
        const sc_allow *a = &n->allow[i];
        lack l;

        if (strcmp(a->table->name, plan->table->name) != 0) {
            continue;
        }
        l = check_entry(a, n->consortium, who, plan, today);
        if (l.n == 0 && !l.is_over) {
            return SC_OK;
        }
        if (nearest == NULL || l.n < least.n) {
            nearest = a;
            least = l;
        }
    }
    return refuse(kind, n, who, plan, nearest, &least, why);
}

sc_err sc_policy_check(sc_refusal *kind, const sc_nodeconf *n,
                       const sc_job *job, const sc_plan *plan, int64_t today,
                       sc_fault *why)
{
    uint32_t who = readers(n, job, plan);
    sc_err err = SC_E_BUG;

    if (who == 0) {
        return SC_OK;
    }
    for (size_t p = 0; p < n->consortium->n_parties; p++) {
        if ((who >> p & 1) != 0) {
            SC_TRY(check_reader(kind, n, (uint32_t)1 << p, plan, today, why));
        }
    }
    SC_TRY(check_groups(kind, n, plan, why));
    err = SC_OK;
out:
    return err;
}

/* Jobs of one's own, and at a party without rows, are not limited. */
static int is_limited(const sc_nodeconf *n, const sc_job *job,
                      const sc_plan *plan)
{
    return job->asker != n->me && (plan->owners >> n->me & 1) != 0;
}

static sc_err over_limit(sc_refusal *kind, const sc_nodeconf *n,
                         const sc_job *job, const sc_plan *plan, sc_fault *why)
{
    *kind = SC_REFUSAL_LIMITS;
    (void)
        sc_fault_set(why, SC_E_REFUSED,
                     "%s has used %llu of %llu questions about table %s today "
                     "(queries_per_day)",
                     n->consortium->parties[job->asker].name,
                     (unsigned long long)n->consortium->rules.queries_per_day,
                     (unsigned long long)n->consortium->rules.queries_per_day,
                     plan->table->name);
    sc_fault_remedy(why, "again after 00:00 UTC");
    return SC_E_REFUSED;
}

sc_err sc_policy_has_left(sc_refusal *kind, sc_history *history,
                          const sc_nodeconf *n, const sc_job *job,
                          const sc_plan *plan, int64_t today, sc_fault *why)
{
    if (is_limited(n, job, plan) &&
        sc_history_count(history, today, SC_HISTORY_QUERY,
                         n->consortium->parties[job->asker].did,
                         plan->table->name) >=
            n->consortium->rules.queries_per_day) {
        return over_limit(kind, n, job, plan, why);
    }
    return SC_OK;
}

sc_err sc_policy_spend(sc_refusal *kind, sc_history *history,
                       const sc_nodeconf *n, const sc_job *job,
                       const sc_plan *plan, int64_t today, sc_fault *why)
{
    int has_limit = is_limited(n, job, plan);
    sc_err err;

    if (!has_limit && job->asker != n->me) {
        return SC_OK;
    }
    err = sc_history_add(history, today, SC_HISTORY_QUERY,
                         n->consortium->parties[job->asker].did,
                         plan->table->name,
                         has_limit ? n->consortium->rules.queries_per_day
                                   : UINT64_MAX,
                         why);
    return err == SC_E_REFUSED ? over_limit(kind, n, job, plan, why) : err;
}

/* ---- at the asker ------------------------------------------------------ */

/* The limit is public and this party counts its own questions, so it can say
 * what the refuser, whom nobody makes explain itself, may not. */
static void explain_limits(char *out, size_t len, sc_history *history,
                           const sc_nodeconf *n, const sc_plan *plan,
                           int64_t today)
{
    unsigned long long most =
        (unsigned long long)n->consortium->rules.queries_per_day;
    unsigned long long used =
        (unsigned long long)sc_history_count(history, today, SC_HISTORY_QUERY,
                                             n->consortium->parties[n->me].did,
                                             plan->table->name);

    if (used >= most) {
        (void)snprintf(out, len,
                       "%llu of %llu questions about %s today; again after "
                       "00:00 UTC",
                       used, most, plan->table->name);
    } else {
        (void)snprintf(
            out, len,
            "%llu of %llu questions about %s today, by this node's "
            "count; so it is %llu proposals within an hour, %llu jobs at "
            "once, or a busy node: again later",
            used, most, plan->table->name,
            (unsigned long long)n->consortium->rules.peer_proposals,
            (unsigned long long)n->consortium->rules.peer_sessions);
    }
}

void sc_policy_explain(char *out, size_t len, sc_refusal kind, size_t refuser,
                       sc_history *history, const sc_nodeconf *n,
                       const sc_plan *plan, int64_t today)
{
    const char *name = n->consortium->parties[refuser].name;

    switch (kind) {
    case SC_REFUSAL_LIMITS:
        explain_limits(out, len, history, n, plan, today);
        break;
    case SC_REFUSAL_POLICY:
        (void)snprintf(out, len,
                       "ask %s: its log names the rule that is missing", name);
        break;
    case SC_REFUSAL_EXPIRED:
        (void)snprintf(out, len,
                       "ask %s: its log names the rule that has ended", name);
        break;
    case SC_REFUSAL_DATA:
        (void)snprintf(out, len,
                       "ask %s: its log says what is wrong with its data",
                       name);
        break;
    case SC_REFUSAL_PLAN:
        (void)snprintf(out, len,
                       "ask %s: its log has the reason; do both nodes run the "
                       "same version on the same consortium file?",
                       name);
        break;
    default:
        (void)snprintf(out, len, "ask %s: its log has the reason", name);
    }
}
