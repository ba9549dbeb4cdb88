// SPDX-License-Identifier: MIT
/*
 * WskBind: a local address, and for a listening socket the begin of listening.
 * Requirements LISTEN-01..17; sharing of addresses is in share.c.
 */
#include "wsk/request.h"

NTSTATUS WskpCopyAddress(ADDRESS_FAMILY Family, const SOCKADDR *From, PWSKP_ADDRESS To)
{
    /* Not more bytes than the family has: callers pass a 16-byte SOCKADDR_IN (AMB-08). */
    if (From == NULL || From->sa_family != Family)
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlZeroMemory(To, sizeof(*To));
    RtlCopyMemory(To, From, WskpAddressSize(Family));
    return STATUS_SUCCESS;
}

VOID WskpLogListening(PWSKP_SOCKET Socket)
{
    CHAR Text[WSKP_ADDRESS_TEXT];
    WSKP_ADDRESS Address;

    if (NT_SUCCESS(WskpEngineLocalAddress(Socket->Engine, &Address)))
    {
        WskpFormatAddress(&Address, Text);
        HcLog(HcLogInfo, "%s on %s (driver %s)",
              Socket->Category == WskpCategoryDatagram ? "datagrams" : "listening", Text,
              WskpClientName(Socket->Client));
    }
}

/* Binds, and starts to listen where the category says so. Engine calls only. */
static NTSTATUS BindEngineSocket(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    BOOLEAN Listens = Socket->Category == WskpCategoryListen;
    WSKP_ADDRESS Assigned;
    NTSTATUS Status;

    if (Listens || Socket->Category == WskpCategoryStream)
    {
        /* AMB-55: a listener's port is free again while old connections linger. */
        (VOID)WskpEngineSetOption(Socket->Engine, WskpOptionReuseAddress, 1);
    }
    Status = WskpShareAddress(Socket, Address);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = WskpEngineBind(Socket->Engine, Address);
    if (NT_SUCCESS(Status) && Listens)
    {
        Status = WskpEngineListen(Socket->Engine);
    }
    if (NT_SUCCESS(Status))
    {
        Status = WskpEngineLocalAddress(Socket->Engine, &Assigned);
    }
    if (!NT_SUCCESS(Status))
    {
        WskpUnshareAddress(Socket);
        return Status;
    }
    WskpAddressShared(Socket, &Assigned);
    if (Listens || Socket->Category == WskpCategoryDatagram)
    {
        WskpLogListening(Socket);
    }
    return STATUS_SUCCESS;
}

NTSTATUS WskpBindSocket(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (Socket->State != WskpStateCreated)
    {
        Status = WskpStateStatus(Socket);
        WskpUnlockSocket(Socket);
        return Status;
    }
    if (Socket->Category == WskpCategoryListen && Socket->Type != SOCK_STREAM)
    {
        WskpUnlockSocket(Socket);
        return STATUS_NOT_IMPLEMENTED; /* LISTEN-14 */
    }
    if (Socket->StaticEvents & WSK_EVENT_RECEIVE_FROM)
    {
        Status = WskpReserveDatagram(Socket);
        if (!NT_SUCCESS(Status))
        {
            WskpUnlockSocket(Socket);
            return Status;
        }
    }
    WskpSetState(Socket, WskpStateBinding);
    (VOID)WskpEnterEngine(Socket);
    WskpUnlockSocket(Socket);

    Status = BindEngineSocket(Socket, Address);

    WskpLockSocket(Socket);
    if (Socket->State == WskpStateBinding) /* else it was closed meanwhile */
    {
        WskpSetState(Socket, !NT_SUCCESS(Status)                          ? WskpStateCreated
                             : Socket->Category == WskpCategoryListen ? WskpStateListening
                                                                       : WskpStateBound);
    }
    WskpLeaveEngine(Socket);
    WskpUnlockSocket(Socket);
    return Status;
}

/*
 * Binds a socket to LocalAddress (copied; of the socket's family; port 0 picks
 * one). A listening socket listens when the IRP completes, and accepts
 * connections as its events and accept requests say.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE (bound already),
 * STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED,
 * STATUS_INVALID_ADDRESS_COMPONENT (no address of this machine),
 * STATUS_NOT_IMPLEMENTED (a listening socket of datagrams). Page: PFN_WSK_BIND.
 */
NTSTATUS WSKAPI WskpBind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp)
{
    WSKP_ADDRESS Address;
    PWSKP_SOCKET Mine;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskBind");
    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindBind, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    Mine = WSKP_FROM_PUBLIC(Socket);
    Status = WskpCopyAddress(Mine->Family, LocalAddress, &Address);
    if (NT_SUCCESS(Status) && Flags != 0)
    {
        Status = STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(Status))
    {
        return WskpEndCall(&Call, Status);
    }
    Status = WskpBindSocket(Mine, &Address);
    if (!NT_SUCCESS(Status))
    {
        return WskpEndCall(&Call, Status);
    }
    /* Queued before the direction is kicked: the bind completes first. */
    IoMarkIrpPending(Irp);
    WskpReferenceSocket(Mine, WSKP_REF_TURN);
    WskpCompleteLater(Irp, STATUS_SUCCESS, 0);
    if (Mine->Category == WskpCategoryListen || Mine->Category == WskpCategoryDatagram)
    {
        WskpLockSocket(Mine);
        WskpKickDirection(&Mine->In);
        WskpUnlockSocket(Mine);
    }
    WskpDereferenceSocket(Mine, WSKP_REF_TURN);
    return WskpEndCall(&Call, STATUS_PENDING);
}
