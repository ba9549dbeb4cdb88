// SPDX-License-Identifier: MIT
/*
 * The life of a look-up: made by its call, answered from local sources on the
 * caller's thread or by a DNS query, cancelled, ended.
 *
 * Who ends it. The end of the query does, unless the cancel routine was called:
 * then the later of the two, so that the cancel routine may use the look-up and
 * its IRP to its end.
 */
#include "wsk/names.h"

VOID WskpLowerForFiles(PWSKP_CALL Call)
{
    KeLowerIrql(Call->OldIrql);
}

VOID WskpRaiseAfterFiles(PWSKP_CALL Call)
{
    KeRaiseIrql(DISPATCH_LEVEL, &Call->OldIrql);
}

PWSKP_LOOKUP WskpCreateLookup(PWSKP_CALL Call, PVOID Caller)
{
    PWSKP_LOOKUP Lookup = HcAllocateZero(sizeof(*Lookup));

    if (Lookup == NULL)
    {
        return NULL;
    }
    Lookup->Irp = Call->Irp;
    Lookup->Client = Call->Client;
    Lookup->Caller = Caller;
    Lookup->Holders = 2;
    if (!WskpCreateQuestion(Lookup))
    {
        HcFree(Lookup);
        return NULL;
    }
    *(PWSKP_LOOKUP *)WskpParameters(Call->Irp) = Lookup;
    return Lookup;
}

VOID WskpFreeLookup(PWSKP_LOOKUP Lookup)
{
    WskpFreeQuestion(Lookup);
    HcFree(Lookup);
}

/* ---- text -------------------------------------------------------------------------- */

NTSTATUS WskpNameFromClient(const UNICODE_STRING *Text, PSTR Buffer, SIZE_T Size)
{
    ULONG Length = 0;
    NTSTATUS Status;

    Buffer[0] = 0;
    if (Text == NULL || Text->Length == 0)
    {
        return STATUS_SUCCESS;
    }
    if (Text->Buffer == NULL || Text->Length % sizeof(WCHAR) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG i = 0; i < Text->Length / sizeof(WCHAR); i++)
    {
        if (Text->Buffer[i] == 0)
        {
            return STATUS_INVALID_PARAMETER;
        }
    }
    Status = RtlUnicodeToUTF8N(Buffer, (ULONG)Size - 1, &Length, Text->Buffer, Text->Length);
    Buffer[Length] = 0;
    return Status == STATUS_SUCCESS            ? STATUS_SUCCESS
           : Status == STATUS_BUFFER_TOO_SMALL ? STATUS_NOT_FOUND
                                               : STATUS_INVALID_PARAMETER;
}

/* ---- the end ------------------------------------------------------------------------ */

/* DISPATCH_LEVEL. */
static VOID EndLookup(PWSKP_LOOKUP Lookup)
{
    PIRP Irp = Lookup->Irp;
    NTSTATUS Status = Lookup->Status;

    if (Status != STATUS_CANCELLED)
    {
        Status = Lookup->Finish(Lookup);
    }
    WskpFreeLookup(Lookup);
    WskpCompleteLater(Irp, Status, 0); /* AMB-02 */
}

static VOID NTAPI CancelLookup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PWSKP_LOOKUP Lookup = *(PWSKP_LOOKUP *)WskpParameters(Irp);
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    WskpCancelQuery(Lookup);
    if (InterlockedDecrement(&Lookup->Holders) == 0)
    {
        EndLookup(Lookup);
    }
    KeLowerIrql(OldIrql);
}

VOID WskpQueryEnded(PWSKP_LOOKUP Lookup, NTSTATUS Status)
{
    Lookup->Status = Status;
    if (IoSetCancelRoutine(Lookup->Irp, NULL) != NULL || InterlockedDecrement(&Lookup->Holders) == 0)
    {
        EndLookup(Lookup);
    }
}

NTSTATUS WskpEndSearch(PWSKP_CALL Call, PWSKP_LOOKUP Lookup, NTSTATUS Status)
{
    /* NAME-09: pending whatever came of it. */
    WskpRaiseAfterFiles(Call);
    Lookup->Status = Status;
    IoMarkIrpPending(Call->Irp);
    EndLookup(Lookup);
    return WskpEndCall(Call, STATUS_PENDING);
}

/* ---- the search ------------------------------------------------------------------------ */

static NTSTATUS SearchLocally(PWSKP_LOOKUP Lookup)
{
    NTSTATUS Status;

    if (Lookup->SkipHosts)
    {
        return STATUS_NOT_FOUND;
    }
    if (Lookup->Name[0] == 0)
    {
        return WskpFindHostName(Lookup);
    }
    Status = WskpFindHost(Lookup, Lookup->Name);
    if (Status == STATUS_NOT_FOUND && WskpIsOwnName(Lookup->Name))
    {
        Status = WskpFindOwnAddresses(Lookup);
    }
    return Status;
}

/* The query is prepared; the IRQL is DISPATCH_LEVEL. */
static VOID StartQuery(PWSKP_LOOKUP Lookup)
{
    PIRP Irp = Lookup->Irp;
    NTSTATUS Status;

    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, CancelLookup);
    if (WskpIsIrpCancelled(Irp) && IoSetCancelRoutine(Irp, NULL) != NULL)
    {
        WskpDropQuery(Lookup);
        Lookup->Status = STATUS_CANCELLED;
        EndLookup(Lookup);
        return;
    }
    Status = WskpStartQuery(Lookup);
    if (!NT_SUCCESS(Status))
    {
        WskpQueryEnded(Lookup, Status);
    }
}

NTSTATUS WskpSearch(PWSKP_CALL Call, PWSKP_LOOKUP Lookup)
{
    NTSTATUS Status = SearchLocally(Lookup);

    if (Status == STATUS_NOT_FOUND && !Lookup->SkipDns)
    {
        Status = WskpPrepareQuery(Lookup);
        if (NT_SUCCESS(Status))
        {
            WskpRaiseAfterFiles(Call);
            StartQuery(Lookup);
            return WskpEndCall(Call, STATUS_PENDING);
        }
    }
    return WskpEndSearch(Call, Lookup, Status);
}
