/* job/run/house.h: what a run may use of its node. Borrowed by all who hold it. */
#ifndef SC_JOB_HOUSE_H
#define SC_JOB_HOUSE_H

#include "job/conf/sumkey.h"
#include "job/run/history.h"
#include "ledger/keeper.h"
#include "net/session.h"

typedef struct {
    const sc_consortium *consortium;
    const sc_nodeconf *conf;
    const sc_keys *keys;
    size_t me;
    sc_mesh *mesh;
    sc_chain *chain;
    sc_keeper *keeper;
    sc_history *history;
    sc_engine *engine;       /* NULL: this party owns no table */
    const sc_sumkey *sumkey; /* NULL: node.yaml names none */
    const sc_log *log;
} sc_house;

#endif
