// SPDX-License-Identifier: MIT
/*
 * Brings the NT layer up on two processors for a test program, and counts what
 * its tests leave behind: pool blocks, IRPs and MDLs are on the pool's own lists,
 * where a leak checker finds them reachable.
 */
#include <nt/expp.h>

int t_group_setup(void);
int t_group_teardown(void);
void print_message(const char *const format, ...);

static SIZE_T BlocksBefore;

static SIZE_T CountBlocks(void)
{
    return ExpCountBlocks(NULL, ExpKindPool, NULL) + ExpCountBlocks(NULL, ExpKindIrp, NULL) +
           ExpCountBlocks(NULL, ExpKindMdl, NULL);
}

int t_group_setup(void)
{
    if (!NT_SUCCESS(KiStartSystem(2, NULL)))
    {
        return -1;
    }
    BlocksBefore = CountBlocks();
    return 0;
}

int t_group_teardown(void)
{
    SIZE_T Blocks = CountBlocks();

    if (Blocks != BlocksBefore)
    {
        print_message("%llu pool blocks, IRPs and MDLs before the tests, %llu after:\n",
                      (unsigned long long)BlocksBefore, (unsigned long long)Blocks);
        ExpReportBlocks(NULL);
    }
    KiStopSystem();
    return Blocks == BlocksBefore ? 0 : -1;
}
