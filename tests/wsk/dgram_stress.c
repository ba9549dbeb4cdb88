// SPDX-License-Identifier: MIT
/*
 * Datagrams under load: requests, the event, releases, cancels and closes at once.
 * UDP on loopback drops only what overflows a buffer, and nothing here does.
 */
#include "support/wskdgram.h"

enum
{
    Pairs = 3,
    Rounds = 300
};

/* One socket that sends to another, which hears by request and by event in turn. */
typedef struct _PAIR
{
    WC_CLIENT *Client;
    WC_SOCK *From, *To;
    WC_ADDR At;
    ULONG Seed, CallbackSeed;
    WC_OP *Op; /* of the thread, as is Buffer: made before it starts */
    WC_BUF *Buffer;
    volatile LONG Heard; /* next number expected */
    volatile LONG Wrong;
    KEVENT Come;
    KSPIN_LOCK Lock;
    PWSK_DATAGRAM_INDICATION Kept; /* Lock */
    WC_THREAD Thread;
} PAIR;

/* Numbers come in order whichever way they come. */
static VOID HearNumber(PAIR *Pair, const VOID *Data, SIZE_T Length)
{
    LONG Number = -1;

    RtlCopyMemory(&Number, Data, min(Length, sizeof(Number)));
    if (Length != sizeof(Number) || Number != InterlockedIncrement(&Pair->Heard) - 1)
    {
        InterlockedIncrement(&Pair->Wrong);
    }
    KeSetEvent(&Pair->Come, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS WSKAPI Hear(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    PAIR *Pair = SocketContext;
    PWSK_DATAGRAM_INDICATION Older;

    UNREFERENCED_PARAMETER(Flags);
    if (InterlockedAdd(&Pair->Heard, 0) % 7 == 3 && WcRandom(&Pair->CallbackSeed) % 2)
    {
        KeSetEvent(&Pair->Come, IO_NO_INCREMENT, FALSE);
        return STATUS_DATA_NOT_ACCEPTED; /* and the event is off, until the sender turns it on */
    }
    for (PWSK_DATAGRAM_INDICATION Each = DataIndication; Each != NULL; Each = Each->Next)
    {
        HearNumber(Pair, (PUCHAR)MmGetSystemAddressForMdlSafe(Each->Buffer.Mdl, NormalPagePriority) +
                             Each->Buffer.Offset,
                   Each->Buffer.Length);
    }
    KeAcquireSpinLockAtDpcLevel(&Pair->Lock);
    Older = Pair->Kept;
    Pair->Kept = DataIndication;
    KeReleaseSpinLockFromDpcLevel(&Pair->Lock);
    if (Older != NULL && WcDgramTable(Pair->To)->WskRelease(Pair->To->Wsk, Older) != STATUS_SUCCESS)
    {
        InterlockedIncrement(&Pair->Wrong);
    }
    return STATUS_PENDING;
}

static const WSK_CLIENT_DATAGRAM_DISPATCH Table = {Hear};

static NTSTATUS Control(PAIR *Pair, ULONG Mask)
{
    WSK_EVENT_CALLBACK_CONTROL Events = {&NPI_WSK_INTERFACE_ID, Mask};

    return WcBasicTable(Pair->To)
        ->WskControlSocket(Pair->To->Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Events), &Events, 0,
                           NULL, NULL, NULL);
}

/* The helpers that keep lists are the test thread's; these two objects are not. */
static BOOLEAN SendNumber(PAIR *Pair, LONG Number)
{
    if (Number != 0)
    {
        WcReuse(Pair->Op);
    }
    RtlCopyMemory(MmGetSystemAddressForMdlSafe(Pair->Buffer->Buf.Mdl, NormalPagePriority), &Number, sizeof(Number));
    Pair->Op->Returned = STATUS_PENDING;
    (void)WcDgramTable(Pair->From)
        ->WskSendTo(Pair->From->Wsk, &Pair->Buffer->Buf, 0, &Pair->At.Sa, 0, NULL, Pair->Op->Irp);
    return WcAwait(&Pair->Op->Done, "a send") && NT_SUCCESS(Pair->Op->Status);
}

/* Sends the numbers one by one and turns the event on and off meanwhile. */
static VOID Drive(PVOID Context)
{
    PAIR *Pair = Context;

    for (LONG i = 0; i < Rounds; i++)
    {
        if (!SendNumber(Pair, i))
        {
            InterlockedIncrement(&Pair->Wrong);
            return;
        }
        if (WcRandom(&Pair->Seed) % 3 == 0 && !NT_SUCCESS(Control(Pair, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE)))
        {
            InterlockedIncrement(&Pair->Wrong);
        }
        if (WcRandom(&Pair->Seed) % 2 == 0 && !NT_SUCCESS(Control(Pair, WSK_EVENT_RECEIVE_FROM)))
        {
            InterlockedIncrement(&Pair->Wrong);
        }
        /* Not further ahead than the kernel's buffer reaches. */
        while (i - InterlockedAdd(&Pair->Heard, 0) > 50)
        {
            KeClearEvent(&Pair->Come);
            (void)Control(Pair, WSK_EVENT_RECEIVE_FROM);
            if (i - InterlockedAdd(&Pair->Heard, 0) > 50 && !WcAwait(&Pair->Come, "the other side"))
            {
                InterlockedIncrement(&Pair->Wrong);
                return;
            }
        }
    }
    while (InterlockedAdd(&Pair->Heard, 0) < Rounds)
    {
        KeClearEvent(&Pair->Come);
        (void)Control(Pair, WSK_EVENT_RECEIVE_FROM);
        if (InterlockedAdd(&Pair->Heard, 0) < Rounds && !WcAwait(&Pair->Come, "the last ones"))
        {
            InterlockedIncrement(&Pair->Wrong);
            return;
        }
    }
}

TEST_BOTH(EVT_42, numbers_arrive_in_order_through_refusals_and_switching)
{
    static PAIR Workers[Pairs];

    COVERS("DGRAM-40", "DGRAM-41", "DGRAM-39", "EVT-21");
    for (ULONG i = 0; i < Pairs; i++)
    {
        PAIR *Pair = &Workers[i];

        RtlZeroMemory(Pair, sizeof(*Pair));
        KeInitializeEvent(&Pair->Come, NotificationEvent, FALSE);
        KeInitializeSpinLock(&Pair->Lock);
        Pair->Seed = Pair->CallbackSeed = 0x1234 + i;
        Pair->Client = WcOpen();
        Pair->From = DgSocket(Pair->Client, Family, NULL, NULL);
        Pair->To = DgSocket(Pair->Client, Family, Pair, &Table);
        Pair->At = DgAddress(Pair->To);
        Pair->Op = WcKeptOp(Pair->Client, "WskSendTo");
        Pair->Buffer = WcBuffer(Pair->Client, sizeof(LONG));
    }
    for (ULONG i = 0; i < Pairs; i++)
    {
        WcRun(&Workers[i].Thread, Drive, &Workers[i], "a sender");
    }
    for (ULONG i = 0; i < Pairs; i++)
    {
        PAIR *Pair = &Workers[i];
        WSK_EVENT_CALLBACK_CONTROL Off = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE};

        WcJoin(&Pair->Thread);
        CHECK_STATUS(WcWait(WcStartControl(Pair->To, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Off), &Off,
                                           0, NULL)),
                     STATUS_SUCCESS);
        if (Pair->Kept != NULL)
        {
            CHECK_STATUS(WcDgramTable(Pair->To)->WskRelease(Pair->To->Wsk, Pair->Kept), STATUS_SUCCESS);
        }
        CHECK_EQ(Pair->Wrong, 0);
        CHECK_EQ(Pair->Heard, Rounds);
        WcClose(Pair->Client);
    }
}

/* Receives are cancelled while datagrams come: each is received once or stays. */
TEST_BOTH(IRP_28, cancelled_receives_lose_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *From = DgSocket(Client, Family, NULL, NULL), *To = DgSocket(Client, Family, NULL, NULL);
    WC_ADDR At = DgAddress(To);

    COVERS("IRP-26", "DGRAM-31");
    for (UCHAR i = 0; i < 200; i++)
    {
        WC_BUF *Buffer = WcBuffer(Client, 1);
        DG_RECEIVE R;
        WC_OP *Send;
        NTSTATUS Status;

        WcPut(Buffer, 0, &i, 1);
        DgStartReceive(&R, To, 1);
        Send = DgStartSend(From, Buffer->Buf, &At);
        WcCancel(R.Op);
        Status = WcWait(R.Op);
        CHECK_STATUS(WcWait(Send), STATUS_SUCCESS);
        if (Status == STATUS_SUCCESS)
        {
            DgCheck(&R, &i, 1);
            continue;
        }
        CHECK_STATUS(Status, STATUS_CANCELLED);
        DgExpect(To, &i, 1);
    }
    WcClose(Client);
}

/* Sockets are closed while their callbacks run and their requests wait. */
typedef struct _CLOSER
{
    volatile LONG Calls;
} CLOSER;

static NTSTATUS WSKAPI CountOnly(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(DataIndication);
    return InterlockedIncrement(&((CLOSER *)SocketContext)->Calls) % 3 == 0 ? STATUS_DATA_NOT_ACCEPTED
                                                                            : STATUS_SUCCESS;
}

TEST_BOTH(EVT_41, closing_amid_datagrams)
{
    static const WSK_CLIENT_DATAGRAM_DISPATCH Counting = {CountOnly};
    static CLOSER Closer;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *From = DgSocket(Client, Family, NULL, NULL);
    ULONG Seed = 99;

    COVERS("BASIC-64", "EVT-36");
    for (int i = 0; i < 60; i++)
    {
        WC_SOCK *To = DgSocket(Client, Family, &Closer, &Counting);
        WC_ADDR At = DgAddress(To);
        DG_RECEIVE R[2];

        CHECK_STATUS(WcSetEvents(To, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
        for (ULONG j = WcRandom(&Seed) % 5; j > 0; j--)
        {
            DgSend(From, "x", 1, &At);
        }
        DgStartReceive(&R[0], To, 1);
        DgStartReceive(&R[1], To, 1);
        DgSend(From, "y", 1, &At);
        WcCloseSocket(To);
        for (int j = 0; j < 2; j++)
        {
            NTSTATUS Status = WcWait(R[j].Op);

            CHECK(Status == STATUS_SUCCESS || Status == STATUS_CANCELLED);
        }
    }
    WcClose(Client);
}
