/* ledger/voice.h: how the roles of the log speak to other parties. */
#ifndef SC_LEDGER_VOICE_H
#define SC_LEDGER_VOICE_H

#include "net/chan.h"

/* Queue a node message to a party; never blocks. */
typedef struct {
    void (*send)(void *ctx, size_t party, const sc_frame *f);
    void *ctx;
} sc_voice;

#endif
