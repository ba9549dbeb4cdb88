// SPDX-License-Identifier: MIT
/* Brings the WSK provider up for a test program, on the engine named by
 * WSKHOST_ENGINE with WSKHOST_PROCESSORS processors (2 unless said). Exit code 77: the system does not
 * allow that engine. */
#include <wsk/wsk_init.h>

int t_group_setup(void);
int t_group_teardown(void);
char *getenv(const char *name);
int puts(const char *line);
void exit(int code);

int t_group_setup(void)
{
    const char *Processors = getenv("WSKHOST_PROCESSORS");
    NTSTATUS Status = WskpStartSystem(getenv("WSKHOST_ENGINE"), Processors ? (ULONG)(Processors[0] - '0') : 2);

    if (Status == STATUS_NOT_SUPPORTED)
    {
        puts("SKIP: this system does not allow the engine");
        exit(77);
    }
    return NT_SUCCESS(Status) ? 0 : -1;
}

int t_group_teardown(void)
{
    WskpStopSystem();
    return 0;
}
