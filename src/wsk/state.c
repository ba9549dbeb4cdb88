// SPDX-License-Identifier: MIT
/*
 * The states of a socket.
 *
 *   CREATED <--> BINDING --> BOUND <--> STARTING --> LISTENING      (stream)
 *      |            |          |
 *      |            +----------|-----------------------^            (listening)
 *      |                       v
 *      |  accepted        CONNECTING --(failed)--> BOUND
 *      |                       | \
 *      |                       v  +--(cancelled)--> ABORTED
 *      +------------------> CONNECTED
 *                          /         \
 *   WskDisconnect  LOCAL_ENDED    REMOTE_ENDED   the peer's end was received
 *                          \         /
 *                         DISCONNECTED
 *
 *   CONNECTED and the three below it --> BROKEN   the connection was lost
 *                                    --> ABORTED  we reset it; also from BROKEN
 *   every state --> CLOSING --> CLOSED
 *
 * Who performs them: bind.c (BINDING, BOUND, LISTENING), listen.c (STARTING),
 * connect.c (CONNECTING, CONNECTED), accept.c (CREATED to CONNECTED),
 * disconnect.c (LOCAL_ENDED, BROKEN, ABORTED), receive.c (REMOTE_ENDED),
 * close.c (CLOSING, CLOSED).
 */
#include "wsk/wskp.h"

#define WSKP_BAD_STATE 0xE0575301 /* a private code: an inner fault of the provider */

#define BIT(State) (1u << WskpState##State)
#define CLOSE BIT(Closing)
#define LOST (BIT(Broken) | BIT(Aborted) | CLOSE)

static const ULONG Allowed[WskpStateMax] = {
    [WskpStateCreated] = BIT(Binding) | BIT(Connected) | CLOSE,
    [WskpStateBinding] = BIT(Created) | BIT(Bound) | BIT(Listening) | CLOSE,
    [WskpStateBound] = BIT(Starting) | BIT(Connecting) | CLOSE,
    [WskpStateStarting] = BIT(Bound) | BIT(Listening) | CLOSE,
    [WskpStateListening] = CLOSE,
    [WskpStateConnecting] = BIT(Connected) | BIT(Bound) | BIT(Aborted) | CLOSE,
    [WskpStateConnected] = BIT(LocalEnded) | BIT(RemoteEnded) | LOST,
    [WskpStateLocalEnded] = BIT(Disconnected) | LOST,
    [WskpStateRemoteEnded] = BIT(Disconnected) | LOST,
    [WskpStateDisconnected] = LOST,
    [WskpStateBroken] = BIT(Aborted) | CLOSE,
    [WskpStateAborted] = CLOSE,
    [WskpStateClosing] = BIT(Closed),
    [WskpStateClosed] = 0,
};

PCSTR WskpStateName(WSKP_STATE State)
{
    static const PCSTR Names[WskpStateMax] = {
        [WskpStateCreated] = "created",
        [WskpStateBinding] = "binding",
        [WskpStateBound] = "bound",
        [WskpStateStarting] = "starting",
        [WskpStateListening] = "listening",
        [WskpStateConnecting] = "connecting",
        [WskpStateConnected] = "connected",
        [WskpStateLocalEnded] = "disconnected locally",
        [WskpStateRemoteEnded] = "disconnected by the peer",
        [WskpStateDisconnected] = "disconnected",
        [WskpStateBroken] = "broken",
        [WskpStateAborted] = "aborted",
        [WskpStateClosing] = "closing",
        [WskpStateClosed] = "closed",
    };

    return State < WskpStateMax ? Names[State] : "?";
}

BOOLEAN WskpIsTransition(WSKP_STATE From, WSKP_STATE To)
{
    return From < WskpStateMax && To < WskpStateMax && (Allowed[From] & (1u << To)) != 0;
}

VOID WskpSetState(PWSKP_SOCKET Socket, WSKP_STATE State)
{
    if (!WskpIsTransition(Socket->State, State))
    {
        KiBugCheck(WSKP_BAD_STATE, __builtin_return_address(0), NULL,
                   "a fault of wskhost itself: socket %u goes from %s to %s", Socket->Number,
                   WskpStateName(Socket->State), WskpStateName(State));
    }
    Socket->State = State;
}

BOOLEAN WskpMaySend(WSKP_STATE State)
{
    return State == WskpStateConnected || State == WskpStateRemoteEnded;
}

BOOLEAN WskpMayReceive(WSKP_STATE State)
{
    /* What arrived before the break can still be received, and the break itself. */
    return (State >= WskpStateConnected && State <= WskpStateDisconnected) || State == WskpStateBroken;
}

NTSTATUS WskpStateStatus(PWSKP_SOCKET Socket)
{
    switch (Socket->State)
    {
    case WskpStateBroken:
        return Socket->BreakStatus;
    case WskpStateAborted:
        return STATUS_CONNECTION_ABORTED; /* AMB-17 */
    case WskpStateClosing:
    case WskpStateClosed:
        return STATUS_FILE_FORCED_CLOSED;
    default:
        return STATUS_INVALID_DEVICE_STATE; /* AMB-18 */
    }
}

BOOLEAN WskpIsLost(WSKP_STATE State)
{
    return State == WskpStateBroken || State == WskpStateAborted;
}

NTSTATUS WskpLostStatus(PWSKP_SOCKET Socket, NTSTATUS WhenAborted)
{
    return Socket->State == WskpStateAborted ? WhenAborted : Socket->BreakStatus;
}

/* What holds in every state and in each:
 *  - a direction without an op has nothing in flight, and what is in flight is
 *    a listener's accept, a datagram socket's receive, a receive for an event, or
 *    works for an IRP;
 *  - up to BOUND (of datagram sockets: before) and while LISTENING nothing goes out;
 *  - BROKEN says why; CLOSED has no engine socket. */
VOID WskpCheckSocket(PWSKP_SOCKET Socket)
{
    PWSKP_DIRECTION Out = &Socket->Out;
    PWSKP_DIRECTION In = &Socket->In;
    BOOLEAN Fine = TRUE;

    Fine &= !Out->InFlight || (Out->Op != NULL && Out->Active != NULL);
    Fine &= !In->InFlight || (In->Op != NULL && (In->Active != NULL || In->Work == &WskpAcceptWork ||
                                              In->Op->Kind == WskpOpIndicate || Socket->Datagram != NULL));
    Fine &= !(Out->InFlight && Out->OpEnded) && !(In->InFlight && In->OpEnded);
    Fine &= !Out->InFlight || Socket->State >= (Socket->Datagram != NULL ? WskpStateBound : WskpStateConnecting);
    Fine &= Socket->State != WskpStateBroken || !NT_SUCCESS(Socket->BreakStatus);
    Fine &= Socket->State != WskpStateClosed || Socket->Engine == NULL;
    if (!Fine)
    {
        KiBugCheck(WSKP_BAD_STATE, __builtin_return_address(0), NULL,
                   "a fault of wskhost itself: socket %u is %s but out=%p/%d%d in=%p/%d%d", Socket->Number,
                   WskpStateName(Socket->State), (PVOID)Out->Active, Out->InFlight, Out->OpEnded, (PVOID)In->Active,
                   In->InFlight, In->OpEnded);
    }
}
