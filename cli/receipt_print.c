/* cli/receipt_print.c: a checked receipt's digests, and the verdicts on it. Every
 * text in it passed the strict reading of ledger/receipt.h, but its parties wrote
 * it: it goes through cli/words.h. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/encode.h"
#include "cli/receipt.h"
#include "cli/words.h"

const char *sc_receipt_name(const sc_bundle_facts *f, size_t party)
{
    const char *did = f->receipt.parties[party].did;
    size_t at = sc_roster_find_did(&f->roster, did);

    return at == SC_ROSTER_NONE ? did : f->roster.parties[at].name;
}

void sc_receipt_print_names(const sc_bundle_facts *f, unsigned who,
                            unsigned roles)
{
    size_t n = 0;

    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        const sc_receipt_party *p = &f->receipt.parties[i];
        unsigned is = p->is_posted ? SC_RECEIPT_POSTED : SC_RECEIPT_SIGNED;

        if ((is & who) != 0 && (p->roles & roles) != 0) {
            (void)printf("%s%s", n++ == 0 ? "" : ", ", sc_receipt_name(f, i));
        }
    }
}

void sc_receipt_print_post(const sc_receipt_party *p)
{
    char utc[21];

    sc_utc_print(utc, p->posted);
    (void)printf("posted %s, not present", utc);
}

/* ---- digests ----------------------------------------------------------- */

static void put_hex(const char *label, const uint8_t *bytes, size_t len)
{
    (void)printf("  %-12s ", label);
    for (size_t i = 0; i < len; i++) {
        (void)printf("%02x", bytes[i]);
    }
    (void)putchar('\n');
}

static void put_roles(unsigned roles)
{
    static const struct {
        unsigned role;
        const char *name;
    } names[] = {{SC_ROLE_INPUT, "input"},
                 {SC_ROLE_COMPUTING, "computing"},
                 {SC_ROLE_RESULT, "result"},
                 {SC_ROLE_ASKER, "asker"},
                 {SC_ROLE_HOLDER, "holder"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((roles & names[i].role) != 0) {
            (void)printf(" %s", names[i].name);
        }
    }
}

static void put_parties(const sc_bundle_facts *f)
{
    (void)puts("parties, their roles, their commitments");
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        const sc_receipt_party *p = &f->receipt.parties[i];

        (void)printf("  %-12s %s ", sc_receipt_name(f, i), p->did);
        put_roles(p->roles);
        (void)putchar('\n');
        if ((p->roles & SC_ROLE_INPUT) != 0) {
            put_hex("  input", p->input, sizeof p->input);
        }
        if ((p->roles & SC_ROLE_COMPUTING) != 0) {
            put_hex("  output", p->output, sizeof p->output);
        }
        if (p->is_posted) {
            (void)fputs("    ", stdout);
            sc_receipt_print_post(p);
            (void)putchar('\n');
        }
    }
}

static void put_channels(const sc_bundle_facts *f)
{
    (void)puts("channels, as both ends saw them before they signed");
    for (size_t i = 0; i < f->receipt.n_channels; i++) {
        const sc_receipt_channel *c = &f->receipt.channels[i];
        char hash[65];

        sc_hex32(hash, c->hash);
        (void)printf("  %s -> %s: %llu messages, %llu bytes, %.16s...\n",
                     sc_receipt_name(f, c->from), sc_receipt_name(f, c->to),
                     (unsigned long long)c->messages,
                     (unsigned long long)c->bytes, hash);
    }
}

void sc_receipt_print_digests(const sc_bundle_facts *f)
{
    const sc_receipt *r = &f->receipt;

    (void)puts("digests");
    put_hex("job", r->job_digest, sizeof r->job_digest);
    put_hex("plan", r->plan_digest, sizeof r->plan_digest);
    if (r->has_call) {
        put_hex("call", r->call, sizeof r->call);
        put_hex("call's plan", r->call_plan, sizeof r->call_plan);
    }
    put_hex("session", r->sid, sizeof r->sid);
    put_hex("consortium", r->consortium, sizeof r->consortium);
    put_parties(f);
    put_channels(f);
    (void)printf("log\n  entry        %llu of %s, below a checkpoint of %llu\n",
                 (unsigned long long)f->index, f->roster.origin,
                 (unsigned long long)f->head.at.size);
}

/* ---- verdicts --------------------------------------------------------- */

static int is_ciphertext_sum(const sc_bundle_facts *f)
{
    return sc_receipt_has_role(f, SC_ROLE_HOLDER);
}

/* Whoever was not there signed what it left, and nothing after that. */
static void put_posts(const sc_bundle_facts *f)
{
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        const sc_receipt_party *p = &f->receipt.parties[i];

        if (p->is_posted) {
            (void)printf("  %s: ", sc_receipt_name(f, i));
            sc_receipt_print_post(p);
            (void)puts("; it signed its post alone");
        }
    }
}

static void put_proved(const sc_bundle_facts *f)
{
    char utc[21];

    sc_utc_print(utc, (int64_t)f->since);
    (void)printf("PROVED, if the keys of this consortium are those of its "
                 "parties:\n"
                 "  unchanged since %s: entry %llu of the log %s,\n"
                 "  below a checkpoint of size %llu that %zu of %zu cosigned "
                 "(quorum %zu):\n",
                 utc, (unsigned long long)f->index, f->roster.origin,
                 (unsigned long long)f->head.at.size, f->head.n_cosigners,
                 sc_roster_n_cosigners(&f->roster), f->roster.quorum);
    for (size_t i = 0; i < f->roster.n_parties; i++) {
        if (f->head.time[i] != 0) {
            sc_utc_print(utc, (int64_t)f->head.time[i]);
            (void)printf("    %-12s %s\n", f->roster.parties[i].name, utc);
        }
    }
    (void)fputs("  signed by ", stdout);
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED, ~0U);
    (void)putchar('\n');
    put_posts(f);
    if (f->has_result) {
        (void)puts("  the result in this file is that of the shares they "
                   "committed to");
    }
    if (f->has_result && is_ciphertext_sum(f)) {
        (void)puts("  the ciphertexts of all owners were added up again here, "
                   "each proof checked,\n"
                   "  and so were the parts that opened the sum; no key is "
                   "needed for that");
    }
}

static const char *all_signers(const sc_bundle_facts *f)
{
    return f->receipt.has_call ? "all present" : "all";
}

/* Who opens is not who owns there. */
static void put_holders(const sc_bundle_facts *f)
{
    (void)printf("TRUE, IF no more than %s of the key (", f->receipt.collusion);
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED, SC_ROLE_HOLDER);
    (void)printf(") ran another program,\n"
                 "and whoever dealt the key kept no shares of it:\n"
                 "  no result was opened before %s had signed and the log had "
                 "the entry,\n"
                 "  and nobody read an owner's own figures\n",
                 all_signers(f));
}

/* The promise of the program; a file cannot tell who ran it. */
static void put_order(const sc_bundle_facts *f)
{
    if (is_ciphertext_sum(f)) {
        put_holders(f);
        return;
    }
    (void)fputs("TRUE, IF at least one of ", stdout);
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED, SC_ROLE_COMPUTING);
    (void)printf(" ran the published program:\n"
                 "  no result was opened before %s had signed and the log had "
                 "the entry;\n"
                 "  no file can show this against parties who all conspire\n",
                 all_signers(f));
}

/* Did one of those who were there bring an input? */
static int has_present_owner(const sc_receipt *r)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (!r->parties[i].is_posted &&
            (r->parties[i].roles & SC_ROLE_INPUT) != 0) {
            return 1;
        }
    }
    return 0;
}

static void put_asserted(const sc_bundle_facts *f)
{
    char started[21], created[21];

    sc_utc_print(started, f->receipt.started);
    sc_utc_print(created, f->created);
    (void)fputs("ASSERTED, by ", stdout);
    sc_receipt_print_names(f, SC_RECEIPT_SIGNED, ~0U);
    (void)printf(", and not to be seen from here:\n"
                 "%s"
                 "  that it began at %s and was signed at %s\n"
                 "  that they ran ",
                 has_present_owner(&f->receipt)
                     ? "  that their inputs were true, and each added its own "
                       "honestly\n"
                     : "",
                 started, created);
    sc_words_put(stdout, f->receipt.sw_name, 2, SC_WORDS_WIDTH);
    (void)putchar(' ');
    sc_words_put(stdout, f->receipt.sw_version, 2, SC_WORDS_WIDTH);
    (void)putchar('\n');
    if (f->receipt.has_call) {
        (void)fputs("ASSERTED, by ", stdout);
        sc_receipt_print_names(f, SC_RECEIPT_POSTED, ~0U);
        (void)puts(", and not to be seen from here:\n"
                   "  that their inputs were true, and posted when they say");
    }
}

void sc_receipt_print_verdicts(const sc_bundle_facts *f)
{
    put_proved(f);
    put_order(f);
    put_asserted(f);
}

void sc_receipt_print_anchor(const sc_bundle_facts *f, const char *through)
{
    char digest[65];

    sc_hex32(digest, f->roster.digest);
    (void)printf("%s: consortium digest %s\n",
                 f->is_anchored ? "ANCHORED" : "NOT ANCHORED", digest);
    if (f->is_anchored) {
        (void)printf("  trusted here by %s\n", through);
        return;
    }
    (void)puts("  nobody here vouches for these keys:");
    for (size_t i = 0; i < f->roster.n_parties; i++) {
        (void)printf("    %-12s %s\n", f->roster.parties[i].name,
                     f->roster.parties[i].did);
    }
}
