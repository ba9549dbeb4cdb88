// SPDX-License-Identifier: MIT
/*
 * WskReceiveFromEvent and WskRelease for datagrams: the buffers, the receive of
 * several datagrams for one callback, the callback and what it answers.
 *
 * A buffer goes  Free -> Batch (the engine's) -> Held -> lent -> Free.  Nothing is
 * received for the callback while something is held, so refused datagrams keep
 * their place, and a socket whose event is off has nothing armed. All buffers
 * are the socket's own: a client that retains for ever starves itself only.
 * Requirements DGRAM-34..49, EVT-12, EVT-14, EVT-23, EVT-36, AMB-39.
 */
#include "wsk/datagram.h"

#define WSKP_DATAGRAMS_KEPT WSKP_DATAGRAM_BATCH_MAX /* free buffers that stay allocated */

/* ---- buffers --------------------------------------------------------------------- */

/* The lock is held, as for all of this section. */
static PWSKP_DATAGRAM TakeBuffer(PWSKP_DATAGRAM_SOCKET Mine)
{
    PWSKP_DATAGRAM Datagram;

    if (Mine->InUse == WSKP_DATAGRAM_BUFFERS_MAX)
    {
        return NULL;
    }
    if (!IsListEmpty(&Mine->Free))
    {
        Datagram = CONTAINING_RECORD(RemoveHeadList(&Mine->Free), WSKP_DATAGRAM, Link);
        Mine->FreeCount--;
    }
    else
    {
        Datagram = HcAllocate(sizeof(*Datagram));
    }
    if (Datagram != NULL)
    {
        Mine->InUse++;
    }
    return Datagram;
}

VOID WskpRecycleDatagram(PWSKP_SOCKET Socket, PWSKP_DATAGRAM Datagram)
{
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;

    NT_ASSERT(Mine->InUse > 0);
    Mine->InUse--;
    if (Mine->FreeCount == WSKP_DATAGRAMS_KEPT)
    {
        HcFree(Datagram);
        return;
    }
    InsertHeadList(&Mine->Free, &Datagram->Link);
    Mine->FreeCount++;
}

PWSKP_DATAGRAM WskpTakeHeld(PWSKP_SOCKET Socket)
{
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;

    return IsListEmpty(&Mine->Held) ? NULL : CONTAINING_RECORD(RemoveHeadList(&Mine->Held), WSKP_DATAGRAM, Link);
}

NTSTATUS WskpReserveDatagram(PWSKP_SOCKET Socket)
{
    if (Socket->Datagram->InUse + Socket->Datagram->FreeCount == 0)
    {
        PWSKP_DATAGRAM Datagram = TakeBuffer(Socket->Datagram);

        if (Datagram == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        WskpRecycleDatagram(Socket, Datagram);
    }
    return WskpAllocateOp(&Socket->In);
}

/* ---- receiving -------------------------------------------------------------------- */

PFN_WSK_RECEIVE_FROM_EVENT WskpReceiveFromCallbackOf(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_DATAGRAM_DISPATCH *Dispatch = Socket->ClientDispatch;

    return Dispatch != NULL ? Dispatch->WskReceiveFromEvent : NULL;
}

BOOLEAN WskpIsReceiveFromOn(PWSKP_SOCKET Socket)
{
    return (Socket->Events & WSK_EVENT_RECEIVE_FROM) && WskpReceiveFromCallbackOf(Socket) != NULL &&
           Socket->State == WskpStateBound;
}

/* With no buffer to be had, the release of one (there is at least one) comes back here. */
WSKP_PREPARED WskpPrepareBatch(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;

    if (!WskpIsReceiveFromOn(Socket) || Mine->Dead || !IsListEmpty(&Mine->Held))
    {
        return WskpPreparedNothing;
    }
    NT_ASSERT(Mine->BatchCount == 0);
    while (Mine->BatchCount < WSKP_DATAGRAM_BATCH_MAX)
    {
        Mine->Batch[Mine->BatchCount] = TakeBuffer(Mine);
        if (Mine->Batch[Mine->BatchCount] == NULL)
        {
            break;
        }
        Mine->BatchCount++;
    }
    if (Mine->BatchCount == 0)
    {
        return WskpPreparedNothing;
    }
    Direction->Op->Kind = WskpOpReceiveFrom;
    Direction->Op->Length = Mine->BatchCount;
    return WskpPreparedOp;
}

VOID WskpBatchEnded(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;
    SIZE_T Came = Direction->Op->Err == 0 ? Direction->Op->Bytes : 0;

    for (ULONG i = 0; i < Mine->BatchCount; i++)
    {
        if (i < Came && WskpIsFromRemote(Socket, &Mine->Batch[i]->Arrival.From))
        {
            InsertTailList(&Mine->Held, &Mine->Batch[i]->Link);
        }
        else
        {
            WskpRecycleDatagram(Socket, Mine->Batch[i]);
        }
    }
    Mine->BatchCount = 0;
}

VOID WskpReceiveFromEnabled(PWSKP_SOCKET Socket)
{
    Socket->Datagram->EnabledAgain = TRUE;
    WskpKickDirection(&Socket->In);
}

VOID WskpReceiveFromDisabled(PWSKP_SOCKET Socket)
{
    PWSKP_DIRECTION In = &Socket->In;

    if (In->InFlight && In->Active == NULL && IsListEmpty(&In->Waiting))
    {
        WskpCancelOp(In);
    }
}

/* ---- the callback ------------------------------------------------------------------- */

BOOLEAN WskpWantsReceiveFromCallback(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;

    return WskpIsReceiveFromOn(Socket) && IsListEmpty(&Direction->Waiting) && Direction->Active == NULL &&
           (!IsListEmpty(&Mine->Held) || (Mine->Dead && !Mine->DeadReported));
}

/* Gives the datagram the form the client sees. */
static VOID Present(PWSKP_SOCKET Socket, PWSKP_DATAGRAM Datagram)
{
    PWSK_DATAGRAM_INDICATION Indication = &Datagram->Indication;
    BOOLEAN Truncated;

    RtlZeroMemory(Indication, sizeof(*Indication));
    MmInitializeMdl(&Datagram->Mdl, Datagram->Data, Datagram->Arrival.Bytes);
    MmBuildMdlForNonPagedPool(&Datagram->Mdl);
    Indication->Buffer.Mdl = &Datagram->Mdl;
    Indication->Buffer.Length = Datagram->Arrival.Bytes;
    Indication->RemoteAddress = &Datagram->Arrival.From.Base;
    Indication->ControlInfoLength =
        WskpWriteControlData(Socket->Family, Socket->Datagram->Tell, &Datagram->Arrival.Ancillary, Datagram->Control,
                             sizeof(Datagram->Control), &Truncated);
    Indication->ControlInfo = Indication->ControlInfoLength != 0 ? (PCMSGHDR)(PVOID)Datagram->Control : NULL;
}

/* The oldest held datagrams of one kind (DGRAM-35), as a list in order. */
static PWSKP_DATAGRAM TakeList(PWSKP_SOCKET Socket, PULONG Kind, PULONG Count)
{
    PLIST_ENTRY Held = &Socket->Datagram->Held;
    PWSKP_DATAGRAM First = WskpTakeHeld(Socket), Last = First;

    *Kind = First->Arrival.Flags & (MSG_BCAST | MSG_MCAST);
    *Count = 1;
    Present(Socket, First);
    while (!IsListEmpty(Held))
    {
        PWSKP_DATAGRAM Next = CONTAINING_RECORD(Held->Flink, WSKP_DATAGRAM, Link);

        if ((Next->Arrival.Flags & (MSG_BCAST | MSG_MCAST)) != *Kind)
        {
            break;
        }
        RemoveEntryList(&Next->Link);
        Present(Socket, Next);
        Last->Indication.Next = &Next->Indication;
        Last = Next;
        ++*Count;
    }
    return First;
}

/* The client has changed nothing of a list but, against the rules, its links:
 * they are ours to follow only because drivers are trusted. */
static VOID RecycleList(PWSKP_SOCKET Socket, PWSKP_DATAGRAM First)
{
    PWSK_DATAGRAM_INDICATION Next;

    for (PWSK_DATAGRAM_INDICATION Indication = &First->Indication; Indication != NULL; Indication = Next)
    {
        Next = Indication->Next;
        Socket->Datagram->LentCount--;
        WskpRecycleDatagram(Socket, CONTAINING_RECORD(Indication, WSKP_DATAGRAM, Indication));
    }
}

/* DGRAM-40, DGRAM-41: they keep their place before all others. */
static VOID HoldList(PWSKP_SOCKET Socket, PWSKP_DATAGRAM First)
{
    PLIST_ENTRY After = &Socket->Datagram->Held;

    for (PWSK_DATAGRAM_INDICATION Indication = &First->Indication; Indication != NULL; Indication = Indication->Next)
    {
        PLIST_ENTRY Link = &CONTAINING_RECORD(Indication, WSKP_DATAGRAM, Indication)->Link;

        Socket->Datagram->LentCount--;
        InsertHeadList(After, Link);
        After = Link;
    }
}

/* What the client answered; the lock is held. */
static VOID Answered(PWSKP_SOCKET Socket, PWSKP_DATAGRAM First, NTSTATUS Status)
{
    BOOLEAN Refused = Status == STATUS_DATA_NOT_ACCEPTED;

    if (Status != STATUS_SUCCESS && Status != STATUS_PENDING && !Refused)
    {
        KiReportMisuse((PVOID)WskpReceiveFromCallbackOf(Socket), "WskReceiveFromEvent",
                       "answered %s: only STATUS_SUCCESS, STATUS_PENDING and STATUS_DATA_NOT_ACCEPTED mean something",
                       RtlpStatusName(Status));
    }
    if (!WskpEndLoan(&First->Loan, Status == STATUS_PENDING))
    {
        return;
    }
    /* DGRAM-42: static callbacks go on, with new datagrams (DIV-16). */
    if (Refused && !(Socket->StaticEvents & WSK_EVENT_RECEIVE_FROM))
    {
        HoldList(Socket, First);
        if (!Socket->Datagram->EnabledAgain)
        {
            Socket->Events &= ~WSK_EVENT_RECEIVE_FROM;
        }
        return;
    }
    RecycleList(Socket, First);
}

VOID WskpReceiveFromCallback(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATAGRAM_SOCKET Mine = Socket->Datagram;
    PFN_WSK_RECEIVE_FROM_EVENT Callback = WskpReceiveFromCallbackOf(Socket);
    ULONG Flags = 0, Count = 0;
    PWSKP_DATAGRAM First = NULL;
    NTSTATUS Status;

    WskpCallbackBegins(Socket, WskpEventReceiveFrom);
    if (IsListEmpty(&Mine->Held))
    {
        Mine->DeadReported = TRUE; /* DGRAM-36 */
    }
    else
    {
        First = TakeList(Socket, &Flags, &Count);
        Mine->LentCount += Count;
        Flags |= Mine->LentCount > WSKP_DATAGRAM_BUFFERS_MAX / 2 ? WSK_FLAG_RELEASE_ASAP : 0;
        WskpBeginLoan(&First->Loan, Socket, &First->Indication);
    }
    Mine->EnabledAgain = FALSE;
    WskpUnlockSocket(Socket);

    Status = Callback(Socket->Context, Flags | WSK_FLAG_AT_DISPATCH_LEVEL, First != NULL ? &First->Indication : NULL);

    WskpLockSocket(Socket);
    if (First != NULL)
    {
        Answered(Socket, First, Status);
    }
    WskpCallbackReturned(Socket, WskpEventReceiveFrom);
}

/* ---- WskRelease ------------------------------------------------------------------------ */

/*
 * Gives back a list that WskReceiveFromEvent retained (STATUS_PENDING), all of it
 * at once; may be called before the callback has returned. To be called before
 * WskCloseSocket, works after it too (AMB-39). IRQL <= DISPATCH_LEVEL, does not
 * block. STATUS_SUCCESS, STATUS_INVALID_PARAMETER (not the head of a list that
 * this socket has lent). Page: PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST.
 */
NTSTATUS WSKAPI WskpReleaseDatagrams(PWSK_SOCKET Socket, PWSK_DATAGRAM_INDICATION DatagramIndication)
{
    PWSKP_SOCKET Mine;
    PWSKP_LOAN Loan;
    KIRQL OldIrql;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskRelease");
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    Status = WskpReleaseLoan(Socket, DatagramIndication, &Loan);
    if (!NT_SUCCESS(Status))
    {
        KiReportMisuse(__builtin_return_address(0), "WskRelease", "this list was not lent by a receive event");
    }
    else if (Loan != NULL)
    {
        Mine = Loan->Socket;
        WskpLockSocket(Mine);
        RecycleList(Mine, CONTAINING_RECORD(Loan, WSKP_DATAGRAM, Loan));
        if (Mine->State < WskpStateClosing)
        {
            WskpKickDirection(&Mine->In); /* it may have been out of buffers */
        }
        WskpUnlockSocket(Mine);
        WskpDereferenceSocket(Mine, WSKP_REF_INDICATION);
    }
    KeLowerIrql(OldIrql);
    return Status;
}
