// SPDX-License-Identifier: MIT
/*
 * A WskDeregister that waits says for what: sockets by number, named references.
 */
#include "support/wskclient.h"
#include "wsk/wskp.h"

/* The host's log, whose header is of the other world. */
void host_log_set_sink(void (*sink)(void *ctx, int level, const char *line), void *ctx);

static char Lines[16][256];
static volatile LONG LineCount;
static KEVENT SocketLine;

static void Keep(void *ctx, int level, const char *line)
{
    LONG Index = InterlockedIncrement(&LineCount) - 1;

    UNREFERENCED_PARAMETER(ctx);
    UNREFERENCED_PARAMETER(level);
    if (Index < 16)
    {
        for (ULONG i = 0; i < 255 && line[i]; i++)
        {
            Lines[Index][i] = line[i];
        }
    }
    for (const char *At = line; *At; At++)
    {
        if (At[0] == 'C' && At[1] == 'L' && At[2] == 'I' && At[3] == 'E' && At[4] == 'N' && At[5] == 'T')
        {
            KeSetEvent(&SocketLine, IO_NO_INCREMENT, FALSE);
        }
    }
}

static BOOLEAN Said(const char *What)
{
    for (LONG i = 0; i < LineCount && i < 16; i++)
    {
        for (const char *At = Lines[i]; *At; At++)
        {
            ULONG n = 0;

            while (What[n] && At[n] == What[n])
            {
                n++;
            }
            if (!What[n])
            {
                return TRUE;
            }
        }
    }
    return FALSE;
}

static void Deregister(void *Context)
{
    WskDeregister(Context);
}

/* Given a deregistration with a captured NPI and an open socket, then after a while
 * the log names both; when they are gone it returns. */
TEST(WSKP, a_deregistration_that_waits_says_for_what)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, AF_INET, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    ULONG Before = WskpFirstReportMs;
    WC_THREAD Thread;

    COVERS("REG-41", "REG-43", "REG-47");
    KeInitializeEvent(&SocketLine, NotificationEvent, FALSE);
    WskpFirstReportMs = 20;
    host_log_set_sink(Keep, NULL);
    WcRun(&Thread, Deregister, &Client->Registration, "WskDeregister");
    WcWaitEvent(&SocketLine, "the line that names the socket");
    WcCloseSocket(Socket);
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    host_log_set_sink(NULL, NULL);
    WskpFirstReportMs = Before;
    CHECK(Said("WskDeregister waits for 1 captured provider NPIs"));
    CHECK(Said("and 1 sockets"));
    CHECK(Said("(created): CLIENT x1 (the driver has not called WskCloseSocket)"));
    CHECK(!Said("ENGINE_OP")); /* goes without saying */
    WcClose(Client);
}
