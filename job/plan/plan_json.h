/* job/plan/plan_json.h: the canonical bytes of a plan.
 *
 * {"bytes":{"other":n,"owner":n,"received":n,"share":n},"cells":n,"collusion":text,
 *  "functions":[..],"having":IR or null,"job":hex,"keys":[{"column":name,
 *  "breaks":[..],"domain":[label..,null],"outcome":[..],"outcome_null":n}],
 *  "leaks":[words],"limit":n,"margins":[[support,sum..]..],
 *  "min_group":n,"model":"semi-honest","offset":n,"opened":[{"bits":
 *  n,"scale":n,"support":n,"terms":[[sum,"factor"]..],"words":text}],"order":[{
 *  "by":IR,"descending":bool,"key":n,"nulls_first":bool}],"outputs":[{"key":n,
 *  "name":text,"value":IR}],"overlaps":[[i,j,sum]..],"owners":[DID],
 *  "protocol":"masked-sum/1","results":[DID],"reveals":[words],"ring":128,
 *  "rounds":1,"sums":[{"bits":n,"factors":
 *  [column..],"filter":IR or null,"need":[column..]}],"supports":[{"count":n,
 *  "filter":IR or null,"need":[..],"threshold":n}],"table":name,"type":"plan/1",
 *  "uses":{column:[..]},"where":IR or null}
 *
 * IR is sc_pred_json or sc_finish_json. Integers outside the JSON profile stand
 * as text. */
#ifndef SC_JOB_PLAN_JSON_H
#define SC_JOB_PLAN_JSON_H

#include "job/plan/plan.h"

/* Set p->text, digest and query_digest; all else is there. */
SC_MUST_USE sc_err sc_plan_json(sc_plan *p, const sc_consortium *c,
                                const uint8_t job_digest[static 32]);

#endif
