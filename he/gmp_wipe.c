/* he/gmp_wipe.c: malloc, and free behind an overwrite; realloc by copying, for
 * realloc itself would leave the old copy as it was. */
#include "he/gmp_wipe.h"

#include <gmp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static pthread_once_t is_set = PTHREAD_ONCE_INIT;

static void *take(size_t size)
{
    void *p = malloc(size);

    SC_ASSERT(p != NULL); /* GMP's functions cannot fail */
    return p;
}

static void give_back(void *p, size_t size)
{
    sc_wipe(p, size);
    free(p);
}

static void *resize(void *old, size_t old_size, size_t new_size)
{
    void *p = take(new_size);

    memcpy(p, old, old_size < new_size ? old_size : new_size);
    give_back(old, old_size);
    return p;
}

static void set(void)
{
    mp_set_memory_functions(take, resize, give_back);
}

void sc_gmp_wipe(void)
{
    SC_ASSERT(pthread_once(&is_set, set) == 0);
}
