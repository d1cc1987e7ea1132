/* tests/ct/control.c: a branch on a secret, which `make ct` must report: a
 * check that sees nothing here would see nothing anywhere. */
#include <stdio.h>

#include "base/ct.h"

int main(void)
{
    volatile unsigned char secret = 0;

    SC_CT_SECRET(&secret, sizeof secret);
    if (secret != 0) {
        puts("");
    }
    return 0;
}
