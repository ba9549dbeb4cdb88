// SPDX-License-Identifier: MIT
/* Brings the NT layer up on two processors for a test program. */
#include <nt/init.h>

int t_group_setup(void);
int t_group_teardown(void);

int t_group_setup(void)
{
    return NT_SUCCESS(KiStartSystem(2, NULL)) ? 0 : -1;
}

int t_group_teardown(void)
{
    KiStopSystem();
    return 0;
}
