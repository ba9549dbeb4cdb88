// SPDX-License-Identifier: MIT
/*
 * The life of a request: how an IRP becomes the provider's, where its few words
 * are kept, and the one place that completes it. Callers: every operation.
 */
#include "wsk/request.h"

#define WSKP_NO_STACK_LOCATION 0x35 /* NO_MORE_IRP_STACK_LOCATIONS */

PCSTR WskpKindName(WSKP_KIND Kind)
{
    static const PCSTR Names[WskpKindMax] = {
        [WskpKindSocket] = "WskSocket",
        [WskpKindSocketConnect] = "WskSocketConnect",
        [WskpKindControlClient] = "WskControlClient",
        [WskpKindAddressInfo] = "WskGetAddressInfo",
        [WskpKindNameInfo] = "WskGetNameInfo",
        [WskpKindControl] = "WskControlSocket",
        [WskpKindClose] = "WskCloseSocket",
        [WskpKindBind] = "WskBind",
        [WskpKindListen] = "WskListen",
        [WskpKindAccept] = "WskAccept",
        [WskpKindInspectComplete] = "WskInspectComplete",
        [WskpKindConnect] = "WskConnect",
        [WskpKindConnectEx] = "WskConnectEx",
        [WskpKindSend] = "WskSend",
        [WskpKindReceive] = "WskReceive",
        [WskpKindDisconnect] = "WskDisconnect",
        [WskpKindGetLocal] = "WskGetLocalAddress",
        [WskpKindGetRemote] = "WskGetRemoteAddress",
        [WskpKindSendTo] = "WskSendTo",
        [WskpKindSendMessages] = "WskSendMessages",
        [WskpKindReceiveFrom] = "WskReceiveFrom",
    };

    return Kind < WskpKindMax ? Names[Kind] : "?";
}

/* ---- entry and return ---------------------------------------------------------- */

static VOID TakeIrp(PIRP Irp, WSKP_KIND Kind, PVOID Caller)
{
    PWSKP_REQUEST Request;

    if (Irp->CurrentLocation <= 1)
    {
        KiBugCheck(WSKP_NO_STACK_LOCATION, Caller, Irp,
                   "%s was given an IRP without a free stack location: allocate it with a StackSize of at "
                   "least 1, and call IoReuseIrp before each further use",
                   WskpKindName(Kind));
    }
    IoSetNextIrpStackLocation(Irp);
    RtlZeroMemory(WskpParameters(Irp), WSKP_PARAMETERS_SIZE);
    Request = WskpRequest(Irp);
    RtlZeroMemory(Request, sizeof(*Request));
    Request->Caller = Caller;
    Request->Kind = (UCHAR)Kind;
}

BOOLEAN WskpBeginSocketCall(PWSKP_CALL Call, PWSK_SOCKET Socket, PIRP Irp, WSKP_KIND Kind, PVOID Caller,
                            NTSTATUS *Status)
{
    if (Irp == NULL)
    {
        KiReportMisuse(Caller, WskpKindName(Kind), "the IRP is NULL");
        *Status = STATUS_INVALID_PARAMETER;
        return FALSE;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Call->OldIrql);
    Call->Irp = Irp;
    Call->Information = 0;
    Call->Client = NULL;
    TakeIrp(Irp, Kind, Caller);
    if (Socket == NULL)
    {
        KiReportMisuse(Caller, WskpKindName(Kind), "the socket is NULL");
        *Status = WskpEndCall(Call, STATUS_INVALID_HANDLE);
        return FALSE;
    }
    WskpRequest(Irp)->Socket = WSKP_FROM_PUBLIC(Socket);
    WskpRequest(Irp)->Flags = WSKP_REQUEST_OF_SOCKET;
    WskpReferenceSocket(WSKP_FROM_PUBLIC(Socket), WSKP_REF_REQUEST);
    return TRUE;
}

BOOLEAN WskpBeginClientCall(PWSKP_CALL Call, PWSK_CLIENT Client, PIRP Irp, WSKP_KIND Kind, PVOID Caller,
                            NTSTATUS *Status)
{
    if (Irp == NULL)
    {
        KiReportMisuse(Caller, WskpKindName(Kind), "the IRP is NULL");
        *Status = STATUS_INVALID_PARAMETER;
        return FALSE;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Call->OldIrql);
    Call->Irp = Irp;
    Call->Information = 0;
    Call->Client = NULL;
    TakeIrp(Irp, Kind, Caller);
    if (Client == NULL)
    {
        KiReportMisuse(Caller, WskpKindName(Kind), "the client is NULL");
        *Status = WskpEndCall(Call, STATUS_INVALID_HANDLE);
        return FALSE;
    }
    Call->Client = (PWSKP_CLIENT)Client;
    WskpReferenceClient(Call->Client, WSKP_CLIENT_CALL);
    WskpReferenceClient(Call->Client, WSKP_CLIENT_REQUEST);
    WskpRequest(Irp)->Client = Call->Client;
    WskpRequest(Irp)->Flags = WSKP_REQUEST_OF_CLIENT;
    return TRUE;
}

NTSTATUS WskpEndCall(PWSKP_CALL Call, NTSTATUS Status)
{
    if (Status != STATUS_PENDING)
    {
        /* PendingReturned must be set exactly when STATUS_PENDING is returned. */
        if (NT_SUCCESS(Status))
        {
            IoMarkIrpPending(Call->Irp);
            WskpCompleteLater(Call->Irp, Status, Call->Information);
            Status = STATUS_PENDING;
        }
        else
        {
            WskpCompleteLater(Call->Irp, Status, 0);
        }
    }
    if (Call->Client != NULL)
    {
        WskpDereferenceClient(Call->Client, WSKP_CLIENT_CALL);
    }
    KeLowerIrql(Call->OldIrql);
    return Status;
}

/* ---- completion ------------------------------------------------------------------- */

static VOID TraceCompletion(PIRP Irp, const WSKP_REQUEST *Request, NTSTATUS Status, ULONG_PTR Information)
{
    if (Request->Flags & WSKP_REQUEST_OF_SOCKET)
    {
        HcLog(HcLogTrace, "%s: %s(socket %u) irp %p: %s, %llu", WskpClientName(Request->Socket->Client),
              WskpKindName(Request->Kind), Request->Socket->Number, (PVOID)Irp, RtlpStatusName(Status),
              (ULONGLONG)Information);
        return;
    }
    HcLog(HcLogTrace, "%s: %s irp %p: %s, %llu", IopDriverName(Request->Caller), WskpKindName(Request->Kind),
          (PVOID)Irp, RtlpStatusName(Status), (ULONGLONG)Information);
}

VOID WskpCompleteRequest(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    WSKP_REQUEST Request = *WskpRequest(Irp); /* the IRP is not ours after the completion */

    NT_ASSERT(Status != STATUS_PENDING);
    if (HcLogWants(HcLogTrace))
    {
        TraceCompletion(Irp, &Request, Status, Information);
    }
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = NT_SUCCESS(Status) ? Information : 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);

    if (Request.Flags & WSKP_REQUEST_OF_SOCKET)
    {
        WskpDereferenceSocket(Request.Socket, WSKP_REF_REQUEST);
    }
    else if (Request.Flags & WSKP_REQUEST_OF_CLIENT)
    {
        WskpDereferenceClient(Request.Client, WSKP_CLIENT_REQUEST);
    }
}

static VOID CompleteDeferred(KI_DEFERRED *Deferred)
{
    PIRP Irp = CONTAINING_RECORD((PLIST_ENTRY)Deferred, IRP, Tail.Overlay.ListEntry);
    PWSKP_REQUEST Request = WskpRequest(Irp);

    WskpCompleteRequest(Irp, Request->Status, Request->Information);
}

/* DIV-13: when the thread lowers below DISPATCH_LEVEL, which may be before the call returns. */
VOID WskpCompleteLater(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    KI_DEFERRED *Deferred = (KI_DEFERRED *)&Irp->Tail.Overlay.ListEntry;
    PWSKP_REQUEST Request = WskpRequest(Irp);

    Request->Status = Status;
    Request->Information = Information;
    Deferred->Routine = CompleteDeferred;
    KiQueueDeferred(Deferred);
}

/* ---- data ------------------------------------------------------------------------------ */

/* Walks the chain as far as the data reaches; FALSE: it is shorter. Mapped is
 * FALSE when an MDL on the way has no address. */
static BOOLEAN ChainReaches(PMDL Mdl, SIZE_T End, BOOLEAN *Mapped)
{
    SIZE_T Have = 0;

    *Mapped = TRUE;
    for (; Have < End && Mdl != NULL; Mdl = Mdl->Next)
    {
        if (MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == NULL)
        {
            *Mapped = FALSE;
            return TRUE;
        }
        Have += MmGetMdlByteCount(Mdl);
    }
    return Have >= End;
}

NTSTATUS WskpCheckBuffer(PIRP Irp, const WSK_BUF *Buffer)
{
    PWSKP_REQUEST Request = WskpRequest(Irp);
    BOOLEAN Mapped;

    if (Buffer->Length == 0)
    {
        return STATUS_SUCCESS;
    }
    if (Buffer->Mdl == NULL)
    {
        KiReportMisuse(Request->Caller, WskpKindName(Request->Kind), "WSK_BUF.Mdl is NULL though Length is not 0");
        return STATUS_INVALID_PARAMETER;
    }
    if (Buffer->Length + Buffer->Offset < Buffer->Length ||
        !ChainReaches(Buffer->Mdl, Buffer->Length + Buffer->Offset, &Mapped))
    {
        KiReportMisuse(Request->Caller, WskpKindName(Request->Kind),
                       "WSK_BUF.Offset + Length reaches beyond the MDL chain (this crashes Windows)");
        return STATUS_INVALID_PARAMETER;
    }
    if (!Mapped)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (Buffer->Offset > MmGetMdlByteCount(Buffer->Mdl))
    {
        /* AMB-14: works, as public clients rely on it. */
        KiReportMisuse(Request->Caller, WskpKindName(Request->Kind), "WSK_BUF.Offset lies beyond the first MDL");
    }
    return STATUS_SUCCESS;
}

NTSTATUS WskpCaptureBuffer(PIRP Irp, PWSK_BUF Buffer, ULONG Flags)
{
    PWSKP_DATA Data = WskpData(Irp);

    if (Buffer == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    Data->Flags = Flags;
    Data->Length = Buffer->Length;
    if (Data->Length != 0)
    {
        Data->Mdl = Data->CursorMdl = Buffer->Mdl;
        Data->Offset = Buffer->Offset;
    }
    return WskpCheckBuffer(Irp, Buffer);
}

SIZE_T WskpMapData(PIRP Irp, SIZE_T Skip, SIZE_T Length, PWSKP_SEGMENT Segments, SIZE_T Maximum)
{
    PWSKP_DATA Data = WskpData(Irp);
    SIZE_T Position = Data->Offset + Skip; /* from the chain's begin */
    SIZE_T Count = 0;
    SIZE_T Start;
    PMDL Mdl;

    if (Position < Data->CursorStart)
    {
        Data->CursorMdl = Data->Mdl;
        Data->CursorStart = 0;
    }
    Mdl = Data->CursorMdl;
    Start = Data->CursorStart;
    while (Length != 0 && Count < Maximum && Mdl != NULL)
    {
        SIZE_T Size = MmGetMdlByteCount(Mdl);

        if (Position < Start + Size)
        {
            SIZE_T Part = min(Start + Size - Position, Length);

            if (Count == 0)
            {
                Data->CursorMdl = Mdl;
                Data->CursorStart = Start;
            }
            Segments[Count].Base = (PUCHAR)MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) + (Position - Start);
            Segments[Count].Length = Part;
            Count++;
            Position += Part;
            Length -= Part;
        }
        Start += Size;
        Mdl = Mdl->Next;
    }
    return Count;
}
