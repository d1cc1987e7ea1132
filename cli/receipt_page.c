/* cli/receipt_page.c: the page of a receipt that a person reads.
 *
 * All of it is in the bundle below digests that were checked: the receipt's body
 * under its parties' signatures; the job under the body's salted digest; the plan
 * made again from the job, under the body's digest; the consortium file under the
 * digest that all of it names. What these signatures cannot prove, but only that
 * it was said, is marked as asserted. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "cli/receipt.h"
#include "cli/table.h"
#include "cli/words.h"

#define INDENT 15 /* of what stands beside a label */

/* ---- making -------------------------------------------------------------- */

static sc_err find_question(sc_receipt_page *p, const json_t *job,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_buf text = {0};
    sc_fault other = {0};

    SC_TRY(sc_receipt_check_job(&p->facts->receipt, job));
    SC_TRY(sc_jcs_put(&text, job));
    SC_TRY(sc_job_take(&p->job, p->consortium, sc_buf_bytes(&text), why));
    /* the digest names the plan of the version that signed */
    if (sc_plan_make(&p->plan, p->job, p->consortium, &other) == SC_OK &&
        memcmp(p->plan->digest, p->facts->receipt.plan_digest, 32) != 0) {
        sc_plan_free(&p->plan);
    }
    err = SC_OK;
out:
    sc_buf_clear(&text);
    return err == SC_E_CHEAT ? sc_fault_set(why, err,
                                            "the job here is not the one that "
                                            "its receipt names")
                             : sc_fault_from(why, err);
}

sc_err sc_receipt_page_make(sc_receipt_page *p, const sc_bundle_facts *f,
                            const sc_bundle *b, const json_t *job,
                            sc_fault *why)
{
    sc_err err = SC_E_BUG;
    sc_faults faults = {0};

    *p = (sc_receipt_page){.facts = f};
    SC_TRY(sc_consortium_parse(&p->consortium, &faults, "its consortium file",
                               b->consortium));
    job = b->job != NULL ? b->job : job;
    if (job != NULL) {
        SC_TRY(find_question(p, job, why));
    }
    p->answer = f->has_result ? b->answer : NULL;
    err = SC_OK;
out:
    sc_faults_clear(&faults);
    return sc_fault_from(why, err);
}

void sc_receipt_page_clear(sc_receipt_page *p)
{
    sc_plan_free(&p->plan);
    sc_job_free(&p->job);
    sc_consortium_free(&p->consortium);
}

/* ---- printing ------------------------------------------------------------ */

static void put_label(const char *label)
{
    (void)printf("  %-12s ", label);
}

static void put_line(const char *label, const char *text)
{
    put_label(label);
    sc_words_put(stdout, text, INDENT, SC_WORDS_WIDTH);
    (void)putchar('\n');
}

static void put_time(const char *label, int64_t seconds, const char *tail)
{
    char utc[21];

    sc_utc_print(utc, seconds);
    put_label(label);
    (void)printf("%s%s\n", utc, tail);
}

static void put_role(const sc_bundle_facts *f, const char *label,
                     unsigned roles, const char *tail)
{
    put_label(label);
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED | SC_RECEIPT_POSTED, roles);
    (void)printf("%s\n", tail);
}

int sc_receipt_has_role(const sc_bundle_facts *f, unsigned roles)
{
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        if ((f->receipt.parties[i].roles & roles) != 0) {
            return 1;
        }
    }
    return 0;
}

static void put_question(const sc_receipt_page *p)
{
    const sc_bundle_facts *f = p->facts;

    (void)puts("question");
    if (sc_receipt_has_role(f, SC_ROLE_ASKER)) {
        put_role(f, "asked by", SC_ROLE_ASKER, "");
    }
    put_time("asked at", f->receipt.started, " (asserted)");
    if (p->job != NULL) {
        put_label("SQL");
        sc_words_put(stdout, p->job->sql, INDENT, 0);
        (void)putchar('\n');
    } else {
        put_line("SQL", "not in this file, which has its salted digest alone; "
                        "`receipt export --with-result` at a party that got "
                        "the answer puts it in");
    }
    put_role(f, "answer to", SC_ROLE_RESULT, "");
}

static void put_data(const sc_receipt_page *p)
{
    const sc_bundle_facts *f = p->facts;

    (void)puts("data");
    put_label("table");
    if (p->plan != NULL) {
        (void)printf("%s, of which each owner has rows\n",
                     p->plan->table->name);
    } else {
        (void)puts(p->job != NULL ? "named in the question"
                                  : "named in the question, which is not in "
                                    "this file");
    }
    put_role(f, "owners", SC_ROLE_INPUT, "");
    put_line("inputs",
             "each owner committed to its files before it computed (input, "
             "below); that they are true is asserted");
}

/* Owners that were not there consented to the call, before the job. */
static void put_posts(const sc_bundle_facts *f)
{
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        const sc_receipt_party *p = &f->receipt.parties[i];

        if (p->is_posted) {
            put_label("by post");
            (void)printf("%s: ", sc_receipt_name(f, i));
            sc_receipt_print_post(p);
            (void)putchar('\n');
        }
    }
    put_line("to", "the call below, its plan, this consortium file, and the "
                   "use of its own input");
}

/* By what right. */
static void put_consent(const sc_bundle_facts *f)
{
    char utc[21], text[400];

    (void)puts("consent");
    put_label("by");
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED, ~0U);
    (void)putchar('\n');
    put_line("to", "this question, this plan, this consortium file, and each "
                   "owner to the use of its own input");
    if (f->receipt.has_call) {
        put_posts(f);
    }
    sc_utc_print(utc, f->receipt.not_after);
    (void)snprintf(text, sizeof text,
                   "%s; a signature under the receipt after it would not count",
                   utc);
    put_line("good until", text);
    put_line("by which rule", "is not in a receipt: each party's own `allow` "
                              "says it, and that party can show it");
}

static void put_protection(const sc_bundle_facts *f)
{
    const sc_receipt *r = &f->receipt;
    int is_sum = sc_receipt_has_role(f, SC_ROLE_HOLDER);
    char text[SC_RECEIPT_MAX_TEXT * 2 + 80];

    (void)puts("protection");
    (void)snprintf(text, sizeof text, "%s in Z_2^%u", r->protocol, r->ring);
    put_line("protocol", text);
    (void)snprintf(text, sizeof text,
                   "%s: parties follow the program and may pool what they see",
                   r->model);
    put_line("adversary",
             strcmp(r->model, "semi-honest") == 0 ? text : r->model);
    (void)snprintf(text, sizeof text,
                   "up to %s %s together learn no more than the result "
                   "implies",
                   r->collusion, is_sum ? "of the key" : "owners");
    put_line("collusion", text);
    if (is_sum) {
        put_role(f, "key held by", SC_ROLE_HOLDER,
                 "; who dealt it is named below");
    }
    if (r->min_group > 1) {
        (void)snprintf(text, sizeof text,
                       "%llu: a figure of 1 to %llu rows at an owner is noise, "
                       "and printed as suppressed",
                       (unsigned long long)r->min_group,
                       (unsigned long long)r->min_group - 1);
    } else {
        (void)snprintf(text, sizeof text, "1: nothing is suppressed");
    }
    put_line("min_group", text);
}

/* The plan's words from `from` to before `to`. */
static void put_list(const sc_receipt *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        (void)fputs("  - ", stdout);
        sc_words_put(stdout, json_string_value(json_array_get(r->disclosed, i)),
                     6, SC_WORDS_WIDTH);
        (void)putchar('\n');
    }
}

/* What the result tells; the plan tells where the openings end. */
static void put_disclosed(const sc_receipt_page *p)
{
    const sc_receipt *r = &p->facts->receipt;
    size_t n = json_array_size(r->disclosed);
    size_t n_opened =
        p->plan != NULL && p->plan->n_reveals <= n ? p->plan->n_reveals : n;

    (void)printf("%s, %llu cells of %llu values\n",
                 n_opened < n ? "opened" : "opened, and what else is learnt",
                 (unsigned long long)r->cells, (unsigned long long)r->vectors);
    put_list(r, 0, n_opened);
    if (n_opened < n) {
        (void)puts("learnt besides");
        put_list(r, n_opened, n);
    }
}

static void put_answer(const sc_receipt_page *p)
{
    sc_buf text = {0};

    (void)puts("answer");
    if (p->answer == NULL) {
        (void)fputs("  ", stdout);
        sc_words_put(stdout,
                     "not in this file; `receipt export --with-result` at a "
                     "party that got it puts it in, and proves it",
                     2, SC_WORDS_WIDTH);
        (void)putchar('\n');
    } else if (sc_table_put(&text, p->answer, SC_TABLE_TEXT) == SC_OK) {
        (void)fwrite(text.p, 1, text.len, stdout);
    } else {
        (void)puts("  has no table's form: `jq .result.answer` prints it");
    }
    sc_buf_clear(&text);
}

void sc_receipt_page_print(const sc_receipt_page *p)
{
    const sc_bundle_facts *f = p->facts;

    (void)fputs("receipt ", stdout);
    for (size_t i = 0; i < sizeof f->receipt.job_id; i++) {
        (void)printf("%02x", f->receipt.job_id[i]);
    }
    (void)printf(" of consortium %s\n", p->consortium->name);
    put_question(p);
    put_data(p);
    put_consent(f);
    put_protection(f);
    put_disclosed(p);
    put_answer(p);
}
