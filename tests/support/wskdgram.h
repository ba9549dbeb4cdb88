// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the tests of datagram sockets share, on top of wskclient.h.
 */
#include "udp.h"
#include "wskclient.h"

/* A receive under way, with everything it may write. */
typedef struct _DG_RECEIVE
{
    WC_OP *Op;
    WC_BUF *Buffer;
    WC_ADDR From;
    ULONG ControlLength;
    ULONG Flags;
    DECLSPEC_ALIGN(16) UCHAR Control[256];
} DG_RECEIVE;

/* A UDP socket bound to the loopback address. */
static inline WC_SOCK *DgSocket(WC_CLIENT *Client, ADDRESS_FAMILY Family, PVOID Context,
                                const WSK_CLIENT_DATAGRAM_DISPATCH *Dispatch)
{
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_DATAGRAM_SOCKET, Context, Dispatch);
    WC_ADDR Address = WcLoopback(Family, 0);

    CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
    return Socket;
}

static inline WC_ADDR DgAddress(WC_SOCK *Socket)
{
    return WcLoopback(Socket->Family, WcPort(Socket));
}

/* Remote NULL: wherever the socket is fixed to. */
static inline WC_OP *DgStartSend(WC_SOCK *Socket, WSK_BUF Buffer, const WC_ADDR *Remote)
{
    WC_OP *Op = WcOp(Socket->Client, "WskSendTo");

    Op->Returned = WcDgramTable(Socket)->WskSendTo(Socket->Wsk, &Buffer, 0, Remote ? (PSOCKADDR)&Remote->Sa : NULL, 0,
                                                   NULL, Op->Irp);
    return Op;
}

/* Must succeed. */
static inline void DgSend(WC_SOCK *Socket, const VOID *Data, SIZE_T Length, const WC_ADDR *Remote)
{
    WC_BUF *Buffer = WcBuffer(Socket->Client, Length ? Length : 1);
    WC_OP *Op;

    WcPut(Buffer, 0, Data, Length);
    Op = DgStartSend(Socket, WcPart(Buffer, 0, Length), Remote);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, Length);
}

static inline void DgStartReceive(DG_RECEIVE *R, WC_SOCK *Socket, SIZE_T Size)
{
    WcPoison(R, sizeof(*R));
    R->Buffer = WcBuffer(Socket->Client, Size ? Size : 1);
    R->ControlLength = sizeof(R->Control);
    R->Op = WcKeptOp(Socket->Client, "WskReceiveFrom");
    WSK_BUF Buffer = WcPart(R->Buffer, 0, Size);
    R->Op->Returned =
        WcDgramTable(Socket)->WskReceiveFrom(Socket->Wsk, &Buffer, 0, &R->From.Sa, &R->ControlLength,
                                             (PCMSGHDR)(PVOID)R->Control, &R->Flags, R->Op->Irp);
}

/* The receive must bring exactly this. */
static inline void DgCheck(DG_RECEIVE *R, const VOID *Data, SIZE_T Length)
{
    UCHAR Got[256];

    CHECK_STATUS(WcWait(R->Op), STATUS_SUCCESS);
    CHECK_EQ(R->Op->Information, Length);
    WcGet(R->Buffer, 0, Got, Length);
    CHECK_MEM(Got, Data, Length);
    CHECK(WcGuardsIntact(R->Buffer));
}

static inline void DgExpect(WC_SOCK *Socket, const VOID *Data, SIZE_T Length)
{
    DG_RECEIVE R;

    DgStartReceive(&R, Socket, 256);
    DgCheck(&R, Data, Length);
}

static inline NTSTATUS DgFix(WC_SOCK *Socket, ULONG Code, const WC_ADDR *Address)
{
    SIZE_T Size = !Address ? 0 : Socket->Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);

    return WcWait(WcStartControl(Socket, WskIoctl, Code, 0, Size, (PVOID)Address, 0, NULL));
}
