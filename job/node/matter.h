/* job/node/matter.h: one job whose run ended before the job did, and what is still
 * to do about it (the table is in job/node/mend.h).
 *
 * A matter is looked at again and again; each look reads the record, does what
 * its state asks for, and records how far that led. All of one thread. The wall
 * clock counts at the first look alone; from then on a step of it moves no
 * deadline, and a wrong one at the start gives nothing up for an hour.
 *
 * Adversary: peers that ask for what is not theirs, answer wrongly, or not at
 * all; a crash at any instruction. */
#ifndef SC_JOB_MATTER_H
#define SC_JOB_MATTER_H

#include "job/node/sums.h"

typedef struct {
    uint8_t id[16];
    sc_opened_share *shares; /* being gathered, by position, parts behind them
                              * (job/run/outcome.h); or NULL */
    sc_sums sums;            /* made when shares begin to be gathered */
    uint32_t received;       /* bit p: party number p has acknowledged, or wants
                              * nothing any more */
    uint32_t liars;      /* bit p: its share, or part, is not what it must be */
    uint32_t distrusted; /* bit i: position i sent a false part; until */
    uint64_t distrust_ms; /* this time nothing more is taken from it */
    uint32_t unable;      /* bit p: it says that it cannot deliver it */
    int is_hopeless;      /* what was gathered makes no answer */
    int is_stated;        /* the outcome is in the log, or in the outbox */
    unsigned n_sought;    /* looks for the copy that the log names */
    unsigned n_told;      /* looks that told the auditors */
    uint64_t warned_ms;   /* of the last fault that was logged; 0: never */
    uint64_t void_ms;     /* when it is late for a receipt; 0: not known yet */
    uint64_t until_ms;    /* when it is given up */
} sc_matter;

void sc_matter_clear(sc_matter *t);
/* One look. Is it finished? */
int sc_matter_step(sc_matter *t, const sc_house *h);

/* Answer a party's ASK about any job that is recorded here; t is its matter, or
 * NULL. */
void sc_matter_answer(sc_matter *t, const sc_house *h, size_t party,
                      const uint8_t job[static 16], const sc_frame *f);
/* Take what a party answered: BODY, SHARE, RECEIVED, ABORT. Is another look due?
 */
int sc_matter_hear(sc_matter *t, const sc_house *h, size_t party,
                   const sc_frame *f);

/* One line about this matter, at most once a minute. */
void sc_matter_warn(sc_matter *t, const sc_house *h, const char *what,
                    const sc_fault *why);
/* Say a message of this job, if it could be made (SC_OK), to a party that is not
 * me; nothing if it is not linked. */
void sc_matter_say(const sc_house *h, size_t party, const uint8_t *job,
                   sc_err made, const sc_frame *f);
/* ASK, of the given kind (job/run/dossier.h). */
void sc_matter_ask(const sc_house *h, size_t party, const uint8_t *job,
                   uint64_t kind, const uint8_t digest[static 32]);
/* RECEIVED, if the answer is here. */
void sc_matter_say_received(const sc_house *h, const sc_dossier *d,
                            size_t party);

#endif
