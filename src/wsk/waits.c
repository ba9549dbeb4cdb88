// SPDX-License-Identifier: MIT
/*
 * What clients and sockets wait for: every reference that somebody holds and
 * every request that is pending, by name. Written for the moment when something
 * does not come to its end, so it takes locks only if they come free soon.
 */
#include "nt/waits.h"
#include "wsk/request.h"
#include "wsk/waits.h"

#define WSKP_SOCKETS_TOLD 32 /* per client; the rest is counted */

/* How many requests of each kind. */
typedef struct _WSKP_PENDING
{
    ULONG Count[WskpKindMax];
} WSKP_PENDING, *PWSKP_PENDING;

static VOID CountList(PWSKP_PENDING Pending, PLIST_ENTRY List)
{
    for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink)
    {
        Pending->Count[WskpRequest(WskpIrpFromLink(Link))->Kind]++;
    }
}

static VOID CountDirection(PWSKP_PENDING Pending, PWSKP_DIRECTION Direction)
{
    CountList(Pending, &Direction->Waiting);
    CountList(Pending, &Direction->Finished);
    if (Direction->Active != NULL)
    {
        Pending->Count[WskpRequest(Direction->Active)->Kind]++;
    }
}

/* The socket's lock is held. */
static VOID AddSocket(PKI_LINES Lines, PWSKP_SOCKET Socket)
{
    WSKP_PENDING Pending = {{0}};
    CHAR Text[384] = "";
    SIZE_T Length = 0;

    CountDirection(&Pending, &Socket->Out);
    CountDirection(&Pending, &Socket->In);
    if (Socket->CloseIrp != NULL)
    {
        Pending.Count[WskpKindClose]++;
    }
    for (ULONG Kind = 0; Kind < WskpKindMax && Length < sizeof(Text) - 1; Kind++)
    {
        if (Pending.Count[Kind] != 0)
        {
            Length += HcFormat(Text + Length, sizeof(Text) - Length, ", %s x%u", WskpKindName((WSKP_KIND)Kind),
                               (unsigned)Pending.Count[Kind]);
        }
    }
    KiAddLine(Lines, "    socket %u (%s): pending%s", (unsigned)Socket->Number, WskpStateName(Socket->State),
              Length != 0 ? Text + 1 : ": nothing");
    Length = 0;
    for (WSKP_REF Reference = 0; Reference < WSKP_REF_MAX && Length < sizeof(Text) - 1; Reference++)
    {
        LONG Count = InterlockedAdd(&Socket->References[Reference], 0);

        if (Count != 0)
        {
            Length += HcFormat(Text + Length, sizeof(Text) - Length, ", %s x%d", WskpReferenceName(Reference), Count);
        }
    }
    KiAddLine(Lines, "      held by%s", Length != 0 ? Text + 1 : " nobody");
}

/* The client's lock is held. */
static VOID AddSockets(PKI_LINES Lines, PWSKP_CLIENT Client)
{
    ULONG Told = 0;

    for (PLIST_ENTRY Link = Client->SocketList.Flink; Link != &Client->SocketList && Told < WSKP_SOCKETS_TOLD;
         Link = Link->Flink)
    {
        PWSKP_SOCKET Socket = CONTAINING_RECORD(Link, WSKP_SOCKET, ClientLink);

        if (KiTryLockForReport(&Socket->Lock))
        {
            AddSocket(Lines, Socket);
            KiUnlockForReport(&Socket->Lock);
        }
        else
        {
            KiAddLine(Lines, "    socket %u: somebody holds its lock", (unsigned)Socket->Number);
        }
        Told++;
    }
    if ((ULONG)Client->Sockets > Told)
    {
        KiAddLine(Lines, "    and %u more sockets", (unsigned)Client->Sockets - (unsigned)Told);
    }
}

static VOID AddClient(PKI_LINES Lines, PWSKP_CLIENT Client)
{
    if (!KiTryLockForReport(&Client->Lock))
    {
        KiAddLine(Lines, "  %s: a WSK client, whose lock somebody holds", WskpClientName(Client));
        return;
    }
    KiAddLine(Lines, "  %s: a WSK client%s; %d captured provider NPIs, %d calls, %d requests of the client, %d sockets",
              WskpClientName(Client), Client->Deregistering ? " in WskDeregister, which waits for all of these" : "",
              Client->Captures, Client->Calls, Client->Requests, Client->Sockets);
    AddSockets(Lines, Client);
    KiUnlockForReport(&Client->Lock);
}

VOID WskpLogWaits(VOID)
{
    KI_LINES Lines = {0};
    PKSPIN_LOCK Lock;
    PLIST_ENTRY List = WskpClientList(&Lock);

    if (!KiTryLockForReport(Lock))
    {
        HcLog(HcLogError, "  the list of WSK clients cannot be looked at: somebody holds its lock");
        return;
    }
    for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink)
    {
        AddClient(&Lines, CONTAINING_RECORD(Link, WSKP_CLIENT, Link));
    }
    KiUnlockForReport(Lock);
    KiLogLines(&Lines);
}
