/* job/plan/explain.c: a plan as a page that a person reads before agreeing.
 *
 * Labels in a column of their own, one thought a line, long lines folded; the
 * order is that of the steps. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "job/plan/plan.h"
#include "job/plan/pred.h"
#include "job/plan/ranges.h"
#include "job/plan/words.h"

#define INDENT  13 /* of the text behind a label */
#define WIDTH   79
#define TICK_MS 20.0 /* the shortest wait for an answer of an engine */

/* ---- folding -------------------------------------------------------- */

/* Columns that the len bytes at text take. */
static size_t columns(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += ((unsigned char)text[i] & 0xC0u) != 0x80u;
    }
    return n;
}

/* text from column `indent` on, folded at blanks, two columns deeper from the
 * second line on. */
static sc_err fold(sc_buf *out, size_t indent, const char *text)
{
    size_t column = indent;
    sc_err err = SC_E_BUG;

    while (*text != '\0') {
        size_t len = strcspn(text, " "), wide = columns(text, len);

        if (column > indent && column + 1 + wide > WIDTH) {
            SC_TRY(sc_buf_printf(out, "\n%*s", (int)indent + 2, ""));
            column = indent + 2;
        } else if (column > indent) {
            SC_TRY(sc_buf_put_u8(out, ' '));
            column++;
        }
        SC_TRY(sc_buf_put(out, text, len));
        column += wide;
        text += len + (text[len] == ' ');
    }
    SC_TRY(sc_buf_put_u8(out, '\n'));
    err = SC_OK;
out:
    return err;
}

/* "  label      text text text ..." */
static sc_err put_line(sc_buf *out, const char *label, const char *text)
{
    sc_err err = sc_buf_printf(out, "  %-*s", INDENT - 2, label);

    return err == SC_OK ? fold(out, INDENT, text) : err;
}

static sc_err put_items(sc_buf *out, char *const *texts, size_t n_texts)
{
    sc_err err = SC_E_BUG;

    for (size_t i = 0; i < n_texts; i++) {
        SC_TRY(sc_buf_put_str(out, "  - "));
        SC_TRY(fold(out, 4, texts[i]));
    }
    err = SC_OK;
out:
    return err;
}

__attribute__((format(printf, 3, 4))) static sc_err
put_format(sc_buf *out, const char *label, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put_line(out, label, text);
}

/* What b holds, as a line; b is empty again. */
static sc_err put_taken(sc_buf *out, const char *label, sc_buf *b)
{
    sc_err err = sc_buf_terminate(b);

    if (err == SC_OK) {
        err = put_line(out, label, (const char *)b->p);
    }
    sc_buf_reset(b);
    return err;
}

static sc_err put_title(sc_buf *out, const char *title)
{
    return sc_buf_printf(out, "\n%s\n", title);
}

/* ---- 1. at each owner ----------------------------------------------- */

static sc_err put_local(sc_buf *out, sc_buf *b, const sc_plan *p,
                        const sc_consortium *c)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_title(out, "1. At each owner, in its own engine"));
    SC_TRY(sc_words_parties(b, c, p->owners));
    SC_TRY(put_taken(out, "who", b));
    SC_TRY(put_format(out, "from", "%s, at most %llu rows each", p->table->name,
                      (unsigned long long)p->table->max_rows));
    if (p->where != NULL) {
        SC_TRY(sc_pred_words(b, p->where, p->table));
        SC_TRY(put_taken(out, "where", b));
    }
    for (size_t i = 0; i < p->n_keys; i++) {
        SC_TRY(sc_words_key(b, p, i));
        SC_TRY(sc_buf_printf(b, ": %zu groups%s", sc_key_values(&p->keys[i]),
                             p->keys[i].has_null ? " with NULL" : ""));
        SC_TRY(put_taken(out, i == 0 ? "group by" : "", b));
    }
    for (size_t i = 0; i < p->n_opened; i++) {
        SC_TRY(
            put_format(out, i == 0 ? "compute" : "", "%s", p->opened[i].words));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- 2. 3. 4. between them ------------------------------------------ */

static sc_err put_bound(sc_buf *out, const sc_plan *p)
{
    unsigned bits = 0;

    for (size_t i = 0; i < p->n_opened; i++) {
        bits = p->opened[i].bits > bits ? p->opened[i].bits : bits;
    }
    return put_format(out, "exact",
                      "totals stay below 2^%u, proven from the "
                      "declared bounds",
                      bits);
}

static sc_err put_masked_sum(sc_buf *out, const sc_plan *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_title(out, "2. Masked sum"));
    SC_TRY(put_line(out, "what",
                    "each owner adds noise that cancels in the sum of all; a "
                    "masked vector alone is uniformly random"));
    SC_TRY(put_format(out, "protocol", "%s over Z_2^%u, %u round",
                      sc_plan_protocol_name(p), p->ring, p->rounds));
    SC_TRY(put_bound(out, p));
    SC_TRY(put_line(out, "adversary",
                    "semi-honest: parties follow the program and may pool what "
                    "they see"));
    SC_TRY(put_format(out, "collusion",
                      "up to %u of %d owners together learn "
                      "no more than the result implies",
                      sc_plan_collusion(p), __builtin_popcount(p->owners)));
    err = SC_OK;
out:
    return err;
}

static sc_err put_ciphertext_sum(sc_buf *out, sc_buf *b, const sc_plan *p,
                                 const sc_consortium *c)
{
    const sc_sumkey_terms *key = &c->sumkey;
    sc_err err = SC_E_BUG;

    SC_TRY(put_title(out, "2. Sum of ciphertexts"));
    SC_TRY(put_line(out, "what",
                    "each owner encrypts its figures under a key that nobody "
                    "holds alone; anybody adds the ciphertexts, and what comes "
                    "out can be checked without a key"));
    SC_TRY(put_format(out, "protocol",
                      "%s over Z_2^%u, %u rounds; %zu values of an owner "
                      "in %zu ciphertext%s",
                      sc_plan_protocol_name(p), p->ring, p->rounds,
                      p->shape.n_values, sc_ctsum_ciphers(&p->shape),
                      sc_ctsum_ciphers(&p->shape) == 1 ? "" : "s"));
    SC_TRY(put_line(out, "ranges", sc_ranges_words_of(p)->explain));
    SC_TRY(put_bound(out, p));
    SC_TRY(sc_buf_printf(b, "Paillier, %zu bits, dealt by %s; any %zu of ",
                         key->bits, key->dealer, key->needed));
    SC_TRY(sc_words_parties(b, c, p->holders));
    SC_TRY(sc_buf_put_str(b, " open the sum"));
    SC_TRY(put_taken(out, "key", b));
    SC_TRY(put_line(out, "adversary",
                    "semi-honest: parties follow the program and may pool what "
                    "they see; who adds, and who opens, is checked"));
    SC_TRY(put_format(out, "collusion",
                      "up to %zu of %zu holders of the key together learn "
                      "no more than the result implies",
                      key->needed - 1, key->n_holders));
    err = SC_OK;
out:
    return err;
}

/* What reaches whom before the session, where owners post and leave. */
static sc_err put_posts(sc_buf *out, sc_buf *b, const sc_plan *p,
                        const sc_consortium *c)
{
    sc_err err = SC_E_BUG;

    if (p->posting == 0) {
        return SC_OK;
    }
    SC_TRY(sc_words_parties(b, c, p->posting));
    SC_TRY(put_taken(out, "post", b));
    SC_TRY(put_line(out, "",
                    "beforehand, within the days of the call; the sum is "
                    "opened once all have"));
    SC_TRY(put_format(out, "",
                      "%zu bytes each, to the asker, and by way of "
                      "it to all who add up",
                      sc_plan_share_words(p) * 16));
    err = SC_OK;
out:
    return err;
}

static sc_err put_receipt(sc_buf *out, const sc_plan *p)
{
    sc_err err = put_title(out, "3. Receipt");

    return err != SC_OK
               ? err
               : put_line(out, "what",
                          p->posting == 0
                              ? "every party signs what was computed; it is in "
                                "the log, under the quorum's checkpoint, "
                                "before anything is opened"
                              : "every party signs what was computed, who "
                                "posted its post; it is in the log, under the "
                                "quorum's checkpoint, before anything is "
                                "opened");
}

static sc_err put_opening(sc_buf *out, const sc_plan *p)
{
    sc_err err = SC_E_BUG;

    SC_TRY(put_title(out, "4. Opened"));
    SC_TRY(put_items(out, p->reveals, p->n_reveals));
    SC_TRY(put_title(out, "What else is learnt"));
    SC_TRY(put_items(out, p->leaks, p->n_leaks));
    err = SC_OK;
out:
    return err;
}

/* ---- cost ----------------------------------------------------------- */

/* Session and ledger each take a few exchanges: nonces, consents, commitments,
 * signatures; entry, checkpoint, cosignature; shares. */
#define EXCHANGES 8
/* What signatures, files and the log take at three owners, and each value of the
 * answer from the owner's sum to the printed cell; measured with bench_query on
 * two cores of a server, over loopback. */
#define SETTLE_MS 15.0
#define VALUE_MS  0.003

/* At 3072 bits, on two processors: a ciphertext made and proved, and checked; a part
 * made of it and proved, or checked; the same of a bit's ciphertext
 * (docs/protocols/paillier.md). Cubes of the length for others; and tables of the
 * dealer's parameters. */
#define ENTRY_MS     0.4
#define CHECK_MS     0.3
#define RANGE_MS     0.7 /* more to prove, and to check, by those parameters */
#define PART_MS      4.0
#define BIT_MS       0.3
#define BIT_CHECK_MS 0.35
#define TABLES_MS    200.0

static double cipher_ms(const sc_plan *p)
{
    const double size = (double)p->shape.key_bits / 3072.0;
    double made = ENTRY_MS, checked = CHECK_MS, tables = 0, ciphers, n;

    if (p->protocol != SC_PLAN_CIPHERTEXT_SUM) {
        return 0;
    }
    n = ciphers = (double)sc_ctsum_ciphers(&p->shape);
    if (p->shape.ranges == SC_CTSUM_BY_DEALER) {
        made += RANGE_MS;
        checked += RANGE_MS;
        tables = TABLES_MS;
    } else if (p->shape.ranges == SC_CTSUM_BY_BITS) {
        n = (double)(p->shape.n_values * (p->ring + SC_CTSUM_SPARE));
        made = BIT_MS;
        checked = BIT_CHECK_MS;
    }
    return (n * (made + checked * (double)p->shape.n_parties) +
            ciphers * PART_MS * (2 + (double)p->needed)) *
               size * size * size +
           tables;
}

/* "alice > bob 1319, carol 880", a line for each party of the job. */
static sc_err put_bytes(sc_buf *out, sc_buf *b, const sc_plan *p,
                        const sc_consortium *c)
{
    const char *label = "bytes";
    sc_err err = SC_E_BUG;

    for (size_t from = 0; from < c->n_parties; from++) {
        const char *sign = " to ";

        if ((sc_plan_present(p) >> from & 1) == 0) {
            continue;
        }
        SC_TRY(sc_buf_put_str(b, c->parties[from].name));
        for (size_t to = 0; to < c->n_parties; to++) {
            if (to != from && (sc_plan_present(p) >> to & 1) != 0) {
                SC_TRY(sc_buf_printf(b, "%s%s %llu", sign, c->parties[to].name,
                                     (unsigned long long)
                                         sc_plan_link_bytes(p, from, to)));
                sign = ", ";
            }
        }
        SC_TRY(put_taken(out, label, b));
        label = "";
    }
    err = SC_OK;
out:
    return err;
}

static sc_err put_cost(sc_buf *out, sc_buf *b, const sc_plan *p,
                       const sc_consortium *c, double link_ms)
{
    double ms = TICK_MS + SETTLE_MS + EXCHANGES * link_ms +
                VALUE_MS * (double)sc_plan_vector_len(p) + cipher_ms(p);
    sc_err err = SC_E_BUG;

    SC_TRY(put_title(out, "Cost"));
    SC_TRY(put_bytes(out, b, p, c));
    SC_TRY(put_format(out, "memory", "%.1f MB at each owner, beside its engine",
                      ((double)sc_plan_vector_len(p) * 32.0 +
                       (double)sc_plan_share_words(p) * 16.0 *
                           (double)p->shape.n_parties) /
                              1e6 +
                          0.1));
    if (link_ms < 0) {
        return put_line(out, "time", "unknown: no link was measured yet");
    }
    SC_TRY(put_format(out, "time",
                      "about %.0f ms on links of %.1f ms, if the owners' "
                      "engines answer within the first tick",
                      ms, link_ms));
    err = SC_OK;
out:
    return err;
}

sc_err sc_plan_explain(sc_buf *out, const sc_plan *p, const sc_consortium *c,
                       double link_ms)
{
    sc_buf b = {0};
    size_t before = out->len;
    sc_err err = SC_E_BUG;

    SC_TRY(sc_buf_printf(out, "Plan over %s of consortium %s\n", p->table->name,
                         c->name));
    SC_TRY(put_local(out, &b, p, c));
    SC_TRY(p->protocol == SC_PLAN_CIPHERTEXT_SUM
               ? put_ciphertext_sum(out, &b, p, c)
               : put_masked_sum(out, p));
    SC_TRY(put_posts(out, &b, p, c));
    SC_TRY(put_receipt(out, p));
    SC_TRY(put_opening(out, p));
    SC_TRY(put_cost(out, &b, p, c, link_ms));
    err = SC_OK;
out:
    sc_buf_clear(&b);
    if (err != SC_OK) {
        out->len = before;
    }
    return err;
}
