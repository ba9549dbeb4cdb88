// SPDX-License-Identifier: MIT
/*
 * The callbacks of wskevents.h, and the waits for what they record.
 */
#define WC_IMPLEMENTATION
#include "wskevents.h"

/* ---- callbacks ------------------------------------------------------------------ */

static VOID Complain(EV *Ev, BOOLEAN Fine, const char *What)
{
    if (!Fine && Ev->Bad == NULL)
    {
        Ev->Bad = What;
    }
}

/* Copies the first Take bytes of a list behind what came before. */
static VOID Keep(EV *Ev, PWSK_DATA_INDICATION List, SIZE_T Take)
{
    for (; List != NULL && Take != 0; List = List->Next)
    {
        SIZE_T Offset = List->Buffer.Offset, Left = min(List->Buffer.Length, Take);

        Take -= Left;
        for (PMDL Mdl = List->Buffer.Mdl; Left != 0 && Mdl != NULL; Mdl = Mdl->Next)
        {
            SIZE_T Part = min(MmGetMdlByteCount(Mdl) - Offset, Left);

            Complain(Ev, Ev->Length + Part <= Ev->StreamSize, "more bytes than the test sent");
            if (Ev->Length + Part <= Ev->StreamSize)
            {
                RtlCopyMemory(Ev->Stream + Ev->Length, (PUCHAR)Mdl->MappedSystemVa + Offset, Part);
                Ev->Length += Part;
            }
            Left -= Part;
            Offset = 0;
        }
        Complain(Ev, Left == 0, "an indication is longer than its MDL chain");
    }
}

static VOID CheckList(EV *Ev, ULONG Flags, PWSK_DATA_INDICATION List, SIZE_T Bytes, const SIZE_T *Accepted)
{
    SIZE_T Total = 0;

    Ev->Buffers = 0;
    for (; List != NULL; List = List->Next)
    {
        PMDL Mdl = List->Buffer.Mdl;

        Total += List->Buffer.Length;
        Ev->Buffers++;
        Complain(Ev, List->Buffer.Length != 0, "an empty indication");
        Complain(Ev, Mdl != NULL && Mdl->MappedSystemVa == MmGetMdlVirtualAddress(Mdl) &&
                         MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Mdl->MappedSystemVa,
                 "an MDL that is not mapped");
        Complain(Ev, Mdl != NULL && List->Buffer.Offset < MmGetMdlByteCount(Mdl), "Offset lies beyond the first MDL");
    }
    Complain(Ev, Total == Bytes, "BytesIndicated is not the list's");
    Complain(Ev, *Accepted == Bytes, "BytesAccepted was not preset");
    Complain(Ev, Ev->Inside == 1, "two receive callbacks at once");
    Complain(Ev, (Flags & ~(WSK_FLAG_RELEASE_ASAP | WSK_FLAG_AT_DISPATCH_LEVEL)) == 0, "flags that are never set");
}

static NTSTATUS WSKAPI OnReceive(PVOID SocketContext, ULONG Flags, PWSK_DATA_INDICATION DataIndication,
                                 SIZE_T BytesIndicated, SIZE_T *BytesAccepted)
{
    EV *Ev = SocketContext;
    BOOLEAN AtDispatch = KeGetCurrentIrql() == DISPATCH_LEVEL;
    NTSTATUS Answer = STATUS_SUCCESS;
    SIZE_T Take = EV_TAKE_ALL;
    KIRQL OldIrql;

    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Ev->Inside++;
    Ev->Order++;
    Ev->Current = DataIndication;
    Complain(Ev, AtDispatch == !!(Flags & WSK_FLAG_AT_DISPATCH_LEVEL), "the IRQL is not what Flags say");
    if (DataIndication == NULL)
    {
        Ev->Deads++;
    }
    else
    {
        Ev->Flags = Flags;
        Ev->AllFlags |= Flags;
        Ev->Indicated = BytesIndicated;
        CheckList(Ev, Flags, DataIndication, BytesIndicated, BytesAccepted);
    }
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    if (Ev->Hook != NULL)
    {
        Ev->Hook(Ev);
    }
    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    if (DataIndication != NULL)
    {
        if (Ev->Times != 0)
        {
            Ev->Times -= Ev->Times > 0;
            Answer = Ev->Answer;
            Take = Ev->Take;
        }
        if (NT_SUCCESS(Answer))
        {
            Keep(Ev, DataIndication, min(Take, BytesIndicated));
        }
        if (Answer == STATUS_PENDING)
        {
            Complain(Ev, Ev->ListCount < EV_LISTS_MAX, "more lists than the test can retain");
            Ev->Lists[Ev->ListCount++ % EV_LISTS_MAX] = DataIndication;
        }
        Ev->Receives++;
    }
    Ev->Inside--;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    if (Take != EV_TAKE_ALL)
    {
        *BytesAccepted = min(Take, BytesIndicated);
    }
    KeSetEvent(&Ev->Changed, IO_NO_INCREMENT, FALSE);
    return Answer;
}

static NTSTATUS WSKAPI OnDisconnect(PVOID SocketContext, ULONG Flags)
{
    EV *Ev = SocketContext;
    BOOLEAN AtDispatch = KeGetCurrentIrql() == DISPATCH_LEVEL;
    KIRQL OldIrql;

    if (Ev->DisconnectHook != NULL)
    {
        Ev->DisconnectHook(Ev);
    }
    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Complain(Ev, AtDispatch == !!(Flags & WSK_FLAG_AT_DISPATCH_LEVEL), "the IRQL is not what Flags say");
    Complain(Ev, Ev->Inside == 0, "a disconnect inside a receive callback");
    Ev->Order++;
    Ev->DisconnectFlags[Ev->Disconnects++ % 4] = Flags & ~WSK_FLAG_AT_DISPATCH_LEVEL;
    Ev->DisconnectLength = Ev->Length;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    KeSetEvent(&Ev->Changed, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

static NTSTATUS WSKAPI OnBacklog(PVOID SocketContext, SIZE_T IdealBacklogSize)
{
    EV *Ev = SocketContext;
    KIRQL OldIrql;

    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Ev->Order++;
    Ev->Backlogs++;
    Ev->Backlog = IdealBacklogSize;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    KeSetEvent(&Ev->Changed, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

const WSK_CLIENT_CONNECTION_DISPATCH EvTable = {OnReceive, OnDisconnect, OnBacklog};

/* ---- set-up ----------------------------------------------------------------------- */

void EvInit(EV *Ev, WC_CLIENT *Client, SIZE_T StreamSize)
{
    RtlZeroMemory(Ev, sizeof(*Ev));
    KeInitializeSpinLock(&Ev->Lock);
    KeInitializeEvent(&Ev->Changed, SynchronizationEvent, FALSE);
    Ev->Stream = MmGetSystemAddressForMdlSafe(WcBuffer(Client, StreamSize)->Buf.Mdl, NormalPagePriority);
    Ev->StreamSize = StreamSize;
    Ev->Take = EV_TAKE_ALL;
}

UCHAR *EvBytes(WC_CLIENT *Client, SIZE_T Length)
{
    UCHAR *Memory = MmGetSystemAddressForMdlSafe(WcBuffer(Client, Length)->Buf.Mdl, NormalPagePriority);

    WcFill(Memory, Length, 0);
    return Memory;
}

void EvAnswer(EV *Ev, NTSTATUS Answer, SIZE_T Take, LONG Times)
{
    KIRQL OldIrql;

    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Ev->Answer = Answer;
    Ev->Take = Take;
    Ev->Times = Times;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
}

WC_SOCK *EvConnect(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Port, PVOID Context,
                   const WSK_CLIENT_CONNECTION_DISPATCH *Table)
{
    WC_ADDR Local = WcAny(Family, 0), Remote = WcLoopback(Family, Port);
    WC_OP *Op = WcStartSocketConnect(Client, &Local, &Remote, Context, Table);

    WcMust(WcWait(Op) == STATUS_SUCCESS, "a connection");
    return WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
}

void EvPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, EV *Ev, WC_SOCK **Socket, struct peer **Peer)
{
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port);

    WcMust(Listener != NULL, "a listening peer");
    *Socket = EvConnect(Client, Family, Port, Ev, &EvTable);
    *Peer = peer_accept(Listener);
    WcMust(*Peer != NULL, "an accepting peer");
    peer_close(Listener);
}

/* ---- waits -------------------------------------------------------------------------- */

LONG EvRead(EV *Ev, LONG *Counter)
{
    KIRQL OldIrql;
    LONG Value;

    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Value = *Counter;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    return Value;
}

static SIZE_T ReadLength(EV *Ev)
{
    KIRQL OldIrql;
    SIZE_T Value;

    KeAcquireSpinLock(&Ev->Lock, &OldIrql);
    Value = Ev->Length;
    KeReleaseSpinLock(&Ev->Lock, OldIrql);
    return Value;
}

void EvWaitLength(EV *Ev, SIZE_T Length)
{
    while (ReadLength(Ev) < Length)
    {
        WcWaitEvent(&Ev->Changed, "indicated bytes");
    }
}

static void WaitCounter(EV *Ev, LONG *Counter, LONG Count, const char *What)
{
    while (EvRead(Ev, Counter) < Count)
    {
        WcWaitEvent(&Ev->Changed, What);
    }
}

void EvWaitReceives(EV *Ev, LONG Count)
{
    WaitCounter(Ev, &Ev->Receives, Count, "a receive event");
}

void EvWaitDisconnects(EV *Ev, LONG Count)
{
    WaitCounter(Ev, &Ev->Disconnects, Count, "a disconnect event");
}

void EvWaitBacklogs(EV *Ev, LONG Count)
{
    WaitCounter(Ev, &Ev->Backlogs, Count, "a send backlog event");
}

void EvWaitDeads(EV *Ev, LONG Count)
{
    WaitCounter(Ev, &Ev->Deads, Count, "a receive event without data");
}

BOOLEAN EvStaysQuiet(EV *Ev)
{
    LONG Before = EvRead(Ev, &Ev->Order);
    KEVENT Never;

    KeInitializeEvent(&Never, NotificationEvent, FALSE);
    (VOID)WcStays(&Never);
    return EvRead(Ev, &Ev->Order) == Before;
}

void EvCheckCalls(EV *Ev)
{
    if (Ev->Bad != NULL)
    {
        print_message("event: %s\n", Ev->Bad);
    }
    WcMust(Ev->Bad == NULL, "well-formed events");
}

void EvCheckStream(EV *Ev, SIZE_T Length)
{
    EvCheckCalls(Ev);
    if (ReadLength(Ev) != Length)
    {
        print_message("%llu bytes were accepted, not %llu\n", (unsigned long long)ReadLength(Ev),
                      (unsigned long long)Length);
    }
    WcMust(ReadLength(Ev) == Length, "the number of accepted bytes");
    WcMust(WcIsFilled(Ev->Stream, Length, 0), "the stream in order");
}

LONG EvReleaseAll(EV *Ev, PWSK_SOCKET Socket)
{
    const WSK_PROVIDER_CONNECTION_DISPATCH *Table;
    PWSK_DATA_INDICATION List;
    LONG Count = 0;
    KIRQL OldIrql;

    for (;;)
    {
        KeAcquireSpinLock(&Ev->Lock, &OldIrql);
        List = Ev->ListCount != 0 ? Ev->Lists[--Ev->ListCount] : NULL;
        KeReleaseSpinLock(&Ev->Lock, OldIrql);
        if (List == NULL)
        {
            return Count;
        }
        Table = Socket->Dispatch; /* of a closed socket: only a list keeps it */
        WcMust(Table->WskRelease(Socket, List) == STATUS_SUCCESS, "WskRelease");
        Count++;
    }
}

WC_OP *EvStartControl(WC_SOCK *Socket, ULONG EventMask)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, EventMask};
    WC_OP *Op = WcOp(Socket->Client, "SO_WSK_EVENT_CALLBACK");

    Op->Returned = WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                                          sizeof(Control), &Control, 0, NULL, NULL, Op->Irp);
    return Op;
}
