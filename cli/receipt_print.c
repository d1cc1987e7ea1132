/* cli/receipt_print.c: a checked receipt in words. Every text in it passed the
 * strict reading of ledger/receipt.h, but its parties wrote it: what would move
 * the cursor is not printed. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/encode.h"
#include "cli/receipt.h"

/* The bytes of a stranger's text that move no cursor. */
static void put_text(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
         p++) {
        int is_c1 = p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0;

        (void)putchar(*p < 0x20 || *p == 0x7F || is_c1 ? '?' : *p);
        p += is_c1;
    }
}

static void put_hex(const char *label, const uint8_t *bytes, size_t len)
{
    (void)printf("  %-12s ", label);
    for (size_t i = 0; i < len; i++) {
        (void)printf("%02x", bytes[i]);
    }
    (void)putchar('\n');
}

static void put_time(const char *label, int64_t seconds)
{
    char utc[21];

    sc_utc_print(utc, seconds);
    (void)printf("  %-12s %s\n", label, utc);
}

/* The name behind a DID; the DID itself where the roster has none. */
static const char *name_of(const sc_bundle_facts *f, size_t party)
{
    const char *did = f->receipt.parties[party].did;
    size_t at = sc_roster_find_did(&f->roster, did);

    return at == SC_ROSTER_NONE ? did : f->roster.parties[at].name;
}

static void put_parties(const sc_bundle_facts *f)
{
    (void)puts("parties");
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        const sc_receipt_party *p = &f->receipt.parties[i];

        (void)printf("  %-12s %s %s%s%s\n", name_of(f, i), p->did,
                     (p->roles & SC_ROLE_INPUT) != 0 ? " input" : "",
                     (p->roles & SC_ROLE_COMPUTING) != 0 ? " computing" : "",
                     (p->roles & SC_ROLE_RESULT) != 0 ? " result" : "");
        if ((p->roles & SC_ROLE_INPUT) != 0) {
            put_hex("  input", p->input, sizeof p->input);
        }
        if ((p->roles & SC_ROLE_COMPUTING) != 0) {
            put_hex("  output", p->output, sizeof p->output);
        }
    }
}

static void put_disclosed(const sc_receipt *r)
{
    (void)printf("disclosed, in %llu cells of %llu values; groups of fewer "
                 "than %llu are suppressed\n",
                 (unsigned long long)r->cells, (unsigned long long)r->vectors,
                 (unsigned long long)r->min_group);
    for (size_t i = 0; i < json_array_size(r->disclosed); i++) {
        (void)fputs("  ", stdout);
        put_text(json_string_value(json_array_get(r->disclosed, i)));
        (void)putchar('\n');
    }
}

static void put_channels(const sc_bundle_facts *f)
{
    (void)puts("channels, as both ends saw them before the result was opened");
    for (size_t i = 0; i < f->receipt.n_channels; i++) {
        const sc_receipt_channel *c = &f->receipt.channels[i];
        char hash[65];

        sc_hex32(hash, c->hash);
        (void)printf("  %s -> %s: %llu messages, %llu bytes, %.16s...\n",
                     name_of(f, c->from), name_of(f, c->to),
                     (unsigned long long)c->messages,
                     (unsigned long long)c->bytes, hash);
    }
}

void sc_receipt_print(const sc_bundle_facts *f)
{
    const sc_receipt *r = &f->receipt;

    (void)puts("job");
    put_hex("id", r->job_id, sizeof r->job_id);
    put_hex("digest", r->job_digest, sizeof r->job_digest);
    put_hex("session", r->sid, sizeof r->sid);
    put_hex("consortium", r->consortium, sizeof r->consortium);
    put_time("started", r->started);
    put_time("signed", f->created);
    put_time("not after", r->not_after);
    (void)puts("plan");
    put_hex("digest", r->plan_digest, sizeof r->plan_digest);
    (void)fputs("  protocol     ", stdout);
    put_text(r->protocol);
    (void)printf(" in Z_2^%u\n  adversary    ", r->ring);
    put_text(r->model);
    (void)fputs("; ", stdout);
    put_text(r->collusion);
    (void)putchar('\n');
    put_parties(f);
    put_disclosed(r);
    put_channels(f);
    (void)printf("log\n  entry        %llu of %s, below a checkpoint of %llu\n",
                 (unsigned long long)f->index, f->roster.origin,
                 (unsigned long long)f->head.at.size);
}

/* ---- verdicts --------------------------------------------------------- */

static void put_names(const sc_bundle_facts *f)
{
    for (size_t i = 0; i < f->receipt.n_parties; i++) {
        (void)printf("%s%s", i == 0 ? "" : ", ", name_of(f, i));
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
                 f->roster.n_parties, f->roster.quorum);
    for (size_t i = 0; i < f->roster.n_parties; i++) {
        if (f->head.time[i] != 0) {
            sc_utc_print(utc, (int64_t)f->head.time[i]);
            (void)printf("    %-12s %s\n", f->roster.parties[i].name, utc);
        }
    }
    (void)fputs("  signed before its result was opened, by ", stdout);
    put_names(f);
    (void)puts(f->has_result
                   ? "\n  the result in this file is that of the shares they "
                     "committed to"
                   : "");
}

static void put_asserted(const sc_bundle_facts *f)
{
    char started[21], created[21];

    sc_utc_print(started, f->receipt.started);
    sc_utc_print(created, f->created);
    (void)fputs("ASSERTED, by ", stdout);
    put_names(f);
    (void)printf(", and not to be seen from here:\n"
                 "  that their inputs were true, and each added its own "
                 "honestly\n"
                 "  that it began at %s and was signed at %s\n"
                 "  that they ran ",
                 started, created);
    put_text(f->receipt.sw_name);
    (void)putchar(' ');
    put_text(f->receipt.sw_version);
    (void)putchar('\n');
}

void sc_receipt_print_verdicts(const sc_bundle_facts *f)
{
    char digest[65];

    put_proved(f);
    put_asserted(f);
    sc_hex32(digest, f->roster.digest);
    (void)printf("%s: consortium digest %s\n",
                 f->is_anchored ? "ANCHORED" : "NOT ANCHORED", digest);
    if (!f->is_anchored) {
        (void)puts("  nobody here vouches for these keys:");
        for (size_t i = 0; i < f->roster.n_parties; i++) {
            (void)printf("    %-12s %s\n", f->roster.parties[i].name,
                         f->roster.parties[i].did);
        }
    }
}
