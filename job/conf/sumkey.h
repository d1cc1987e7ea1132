/* job/conf/sumkey.h: the key in shares under which a consortium adds up ciphertexts.
 *
 *     ciphertext_sum:                 consortium.yaml
 *       key: "5f3c..."                the key's digest, as `he keygen` prints it
 *       bits: 3072
 *       needed: 3                     so many holders open a sum together
 *       holders: [alice, bob, audit]  party i of the key is the i-th of these
 *       dealer: Environment Agency    who made it, and is trusted to have erased
 *
 *     ciphertext_sum: {key: carbon.pub, share: carbon.share2}      node.yaml
 *
 * Every party of a job has the key's file; a holder has its share, in a file without
 * a passphrase that nobody else may read. Adversary: whoever hands a party another
 * key: the digest is in the consortium file. */
#ifndef SC_JOB_SUMKEY_H
#define SC_JOB_SUMKEY_H

#include "he/encrypt.h"
#include "he/threshold.h"
#include "job/conf/conf.h"
#include "job/conf/consortium.h"
#include "job/conf/nodeconf.h"

/* Fill cons->sumkey; holders are looked up in cons->parties. Mistakes are noted in
 * c->faults. */
void sc_sumkey_parse(sc_consortium *cons, const sc_conf *c,
                     const sc_yaml_node *map);
/* Fill n->sum_key and n->sum_share; map is NULL if node.yaml has no such lines, and
 * root is where a fault of that stands. SC_E_MEM. */
SC_MUST_USE sc_err sc_sumkey_parse_files(sc_nodeconf *n, const sc_conf *c,
                                         const sc_yaml_node *map,
                                         const sc_yaml_node *root);

/* What a running party has of the key. */
typedef struct {
    sc_threshold *key;
    sc_encryptor *e;
    sc_share share; /* index 0: this party holds none. Secret. */
} sc_sumkey;

/* The key that the consortium names, from the bytes of its file.
 *   Returns: SC_E_CHEAT  another key, or none
 *            SC_E_MEM */
SC_MUST_USE sc_err sc_sumkey_take(sc_sumkey **k, const sc_sumkey_terms *terms,
                                  sc_bytes text, sc_fault *why);
/* The same from this party's own files, with its share.
 *   Returns: SC_E_CONFIG  a file is not what the consortium names; why says what
 *            SC_E_MEM; *k is NULL, also if node.yaml names no key */
SC_MUST_USE sc_err sc_sumkey_load(sc_sumkey **k, const sc_nodeconf *n,
                                  sc_fault *why);
void sc_sumkey_free(sc_sumkey **k);
/* Number of the party's share, 1 and up; 0 if it holds none. */
size_t sc_sumkey_index(const sc_sumkey_terms *terms, size_t party);

#endif
