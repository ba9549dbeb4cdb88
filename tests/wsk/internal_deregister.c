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

/* When the lines that begin a report came. */
#define REPORTS 3
static ULONGLONG ReportTimes[REPORTS];
static ULONG ReportCount; /* written by the one thread that deregisters */
static KEVENT LastReport;

static BOOLEAN Contains(const char *Line, const char *What)
{
    for (; *Line; Line++)
    {
        ULONG n = 0;

        while (What[n] && Line[n] == What[n])
        {
            n++;
        }
        if (!What[n])
        {
            return TRUE;
        }
    }
    return FALSE;
}

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
    if (Contains(line, "CLIENT"))
    {
        KeSetEvent(&SocketLine, IO_NO_INCREMENT, FALSE);
    }
}

static BOOLEAN Said(const char *What)
{
    for (LONG i = 0; i < LineCount && i < 16; i++)
    {
        if (Contains(Lines[i], What))
        {
            return TRUE;
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

static void KeepTime(void *ctx, int level, const char *line)
{
    UNREFERENCED_PARAMETER(ctx);
    UNREFERENCED_PARAMETER(level);
    if (ReportCount < REPORTS && Contains(line, "WskDeregister waits for"))
    {
        ReportTimes[ReportCount++] = KeQueryInterruptTime();
        if (ReportCount == REPORTS)
        {
            KeSetEvent(&LastReport, IO_NO_INCREMENT, FALSE);
        }
    }
}

/* A peer may keep its connection for hours: the same list every few seconds
 * would bury everything else in the log. */
TEST(WSKP, a_deregistration_that_waits_long_says_so_more_seldom)
{
    WC_CLIENT *Client = WcOpen();
    ULONG Before = WskpFirstReportMs;
    WC_THREAD Thread;

    KeInitializeEvent(&LastReport, NotificationEvent, FALSE);
    ReportCount = 0;
    WskpFirstReportMs = 20;
    host_log_set_sink(KeepTime, NULL);
    WcRun(&Thread, Deregister, &Client->Registration, "WskDeregister");
    WcWaitEvent(&LastReport, "the third report");
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    host_log_set_sink(NULL, NULL);
    WskpFirstReportMs = Before;
    WcClose(Client);
    /* In units of 100 ns; only the lower bounds hold on a busy machine. */
    CHECK(ReportTimes[1] - ReportTimes[0] >= 40 * 10000);
    CHECK(ReportTimes[2] - ReportTimes[1] >= 80 * 10000);
    CHECK_EQ(WskpNextReportMs(3000), 6000);
    CHECK_EQ(WskpNextReportMs(48000), 60000);
    CHECK_EQ(WskpNextReportMs(60000), 60000);
}
