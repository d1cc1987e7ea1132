/* tests/unit/test_receipt_print.c: a receipt in words says who was there, who signed
 * it, and who posted and when. */
#include <stdio.h>
#include <unistd.h>

#include "cli/receipt.h"
#include "tests/unit/receipt_fixture.h"

/* Alice asks and receives; bob and the auditor, owners here, may have posted. */
#define N      5
#define POSTED 0xaU

typedef struct {
    sc_bundle_facts facts;
    sc_keys keys[SC_MAX_PARTIES];
    json_t *disclosed;
    sc_buf text; /* all that was printed */
} scene;

static void make_scene(scene *s, unsigned posted, int has_holders)
{
    sc_receipt *r = &s->facts.receipt;

    memset(s, 0, sizeof *s);
    fixture_roster(&s->facts.roster, s->keys, N, N);
    fixture_receipt(r, &s->disclosed, &s->facts.roster, N, 2, 3, 0);
    r->parties[0].roles |= SC_ROLE_ASKER;
    r->parties[2].roles |= has_holders ? SC_ROLE_HOLDER : 0;
    fixture_post(r, &s->facts.roster, s->keys, posted);
    s->facts.created = FIXTURE_CREATED;
    s->facts.has_result = 1;
}

static void print_all(const scene *s)
{
    sc_consortium c = {.name = "clinics"};
    const sc_receipt_page page = {.facts = &s->facts, .consortium = &c};

    sc_receipt_page_print(&page);
    sc_receipt_print_verdicts(&s->facts);
    sc_receipt_print_digests(&s->facts);
}

/* What they print, for they know standard output alone. */
static void capture(scene *s)
{
    FILE *file = tmpfile();
    int real = dup(STDOUT_FILENO);
    char part[4096];
    size_t n;

    assert_non_null(file);
    CHECK(real >= 0 && fflush(stdout) == 0);
    CHECK(dup2(fileno(file), STDOUT_FILENO) >= 0);
    print_all(s);
    CHECK(fflush(stdout) == 0 && dup2(real, STDOUT_FILENO) >= 0);
    rewind(file);
    while ((n = fread(part, 1, sizeof part, file)) > 0) {
        CHECK_OK(sc_buf_put(&s->text, part, n));
    }
    CHECK_OK(sc_buf_terminate(&s->text));
    CHECK(fclose(file) == 0 && close(real) == 0);
}

static void clear_scene(scene *s)
{
    json_decref(s->disclosed);
    sc_buf_clear(&s->text);
}

static void says(const scene *s, const char *words)
{
    if (strstr((const char *)s->text.p, words) == NULL) {
        fail_msg("no \"%s\" in:\n%s", words, (const char *)s->text.p);
    }
}

static void lacks(const scene *s, const char *words)
{
    if (strstr((const char *)s->text.p, words) != NULL) {
        fail_msg("\"%s\" in:\n%s", words, (const char *)s->text.p);
    }
}

static void test_posted(void **state)
{
    scene s;

    (void)state;
    make_scene(&s, POSTED, 0);
    capture(&s);
    says(&s, "\n  owners       alice, bob, carol, auditor, station-4\n");
    says(&s, "\n  by           alice, carol, station-4\n");
    says(&s,
         "\n  by post      bob: posted 2026-11-02T12:00:01Z, not present\n"
         "  by post      auditor: posted 2026-11-02T12:00:03Z, not present\n"
         "  to           the call below, its plan, ");
    says(&s, "\n  signed by alice, carol, station-4\n"
             "  bob: posted 2026-11-02T12:00:01Z, not present; it signed its "
             "post alone\n"
             "  auditor: posted 2026-11-02T12:00:03Z, not present; it signed "
             "its post alone\n"
             "  the result in this file ");
    says(&s, "IF at least one of alice, carol, station-4 ran the ");
    says(&s, "before all present had signed and the log had ");
    says(&s, "\nASSERTED, by alice, carol, station-4, and not to be seen ");
    says(&s, "\nASSERTED, by bob, auditor, and not to be seen from here:\n"
             "  that their inputs were true, and posted when they say\n");
    says(&s, "\n  call         7edb360f06acaef2");
    says(&s, "\n  call's plan  1886e2c54354c059");
    says(&s, "\n    posted 2026-11-02T12:00:01Z, not present\n");
    lacks(&s, "bob -> ");
    lacks(&s, "-> bob");
    clear_scene(&s);
}

static void test_holders(void **state)
{
    scene s;

    (void)state;
    make_scene(&s, POSTED, 1);
    capture(&s);
    says(&s, "of the key (carol) ran another program");
    says(&s, "before all present had signed and the log had the ");
    clear_scene(&s);
}

static void test_nobody_posted(void **state)
{
    (void)state;
    for (int has_holders = 0; has_holders < 2; has_holders++) {
        scene s;

        make_scene(&s, 0, has_holders);
        capture(&s);
        says(&s, "\n  by           alice, bob, carol, auditor, station-4\n");
        says(&s, "\n  signed by alice, bob, carol, auditor, station-4\n");
        says(&s, "before all had signed and the log had the entry");
        says(&s, "ASSERTED, by alice, bob, carol, auditor, station-4, and ");
        lacks(&s, "post");
        lacks(&s, "present");
        lacks(&s, "call");
        clear_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posted),
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_nobody_posted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
