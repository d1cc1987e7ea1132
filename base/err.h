/* base/err.h: every way a call can fail, and the words for it.
 *
 * One list makes both the enum and the text; nothing else maps an error to
 * words. Three sources, never mixed: our bug (SC_ASSERT), the world (MEM RNG
 * IO TIMEOUT), the peer (WIRE STATE CHEAT). No byte from a peer may ever
 * reach an assertion. */
#ifndef SC_BASE_ERR_H
#define SC_BASE_ERR_H

#define SC_ERRORS(X)                                                           \
    X(SC_OK, "success")                                                        \
    X(SC_E_ARG, "argument outside its documented range")                       \
    X(SC_E_MEM, "out of memory")                                               \
    X(SC_E_RNG, "the random source failed")                                    \
    X(SC_E_IO, "input or output failed")                                       \
    X(SC_E_TIMEOUT, "the peer did not answer in time")                         \
    X(SC_E_WIRE, "a message is malformed")                                     \
    X(SC_E_STATE, "a message came out of turn")                                \
    X(SC_E_CHEAT, "a proof or consistency check failed")                       \
    X(SC_E_REFUSED, "refused by a policy")                                     \
    X(SC_E_CONFIG, "the configuration or the request is wrong")                \
    X(SC_E_CORRUPT, "stored data does not match its checks")                   \
    X(SC_E_CANCELLED, "cancelled")                                             \
    X(SC_E_NOT_FOUND, "no such thing")                                         \
    X(SC_E_UNANCHORED, "consistent, but nobody here vouches for its keys")     \
    X(SC_E_BUG, "an internal invariant broke")

#define X(name, text) name,
typedef enum { SC_ERRORS(X) SC_N_ERRORS } sc_err;
#undef X

/* The words for e; never NULL. */
const char *sc_err_text(sc_err e);

/* The command's exit status for e: 0 done, 1 failed, 2 usage or configuration,
 * 3 refused by a policy, 4 verification failed, 5 not anchored. */
int sc_err_exit_status(sc_err e);

#define SC_MUST_USE __attribute__((warn_unused_result))

/* Needs a local `sc_err err` and a label `out`. */
#define SC_TRY(call)                                                           \
    do {                                                                       \
        if ((err = (call)) != SC_OK) {                                         \
            goto out;                                                          \
        }                                                                      \
    } while (0)

/* Fail with e unless ok; same needs as SC_TRY. */
#define SC_REQUIRE(ok, e)                                                      \
    do {                                                                       \
        if (!(ok)) {                                                           \
            err = (e);                                                         \
            goto out;                                                          \
        }                                                                      \
    } while (0)

/* Always on. For our own bugs only; prints file and line, then aborts. */
#define SC_ASSERT(ok)                                                          \
    ((ok) ? (void)0 : sc_assert_failed(#ok, __FILE__, __LINE__))
_Noreturn void sc_assert_failed(const char *what, const char *file, int line);

#endif
