// SPDX-License-Identifier: MIT
/*
 * WskGetLocalAddress and WskGetRemoteAddress. Requirements LISTEN-29..33,
 * CONN-14..16.
 */
#include "wsk/request.h"

/* Reads one of the two names between the brackets of an engine call. */
static NTSTATUS ReadAddress(PWSKP_SOCKET Socket, BOOLEAN Remote, PSOCKADDR To)
{
    WSKP_ADDRESS Address;
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (Remote ? !(WskpMaySend(Socket->State) || WskpMayReceive(Socket->State))
               : Socket->State < WskpStateBound)
    {
        Status = STATUS_INVALID_DEVICE_STATE;
    }
    else if (!WskpEnterEngine(Socket))
    {
        Status = STATUS_FILE_FORCED_CLOSED;
    }
    else
    {
        WskpUnlockSocket(Socket);
        Status = Remote ? WskpEnginePeerAddress(Socket->Engine, &Address)
                        : WskpEngineLocalAddress(Socket->Engine, &Address);
        WskpLockSocket(Socket);
        if (Remote && !NT_SUCCESS(Status) && Socket->RemoteAddress.Base.sa_family != AF_UNSPEC)
        {
            /* A connection that was lost has no peer in the kernel any more. */
            Address = Socket->RemoteAddress;
            Status = STATUS_SUCCESS;
        }
        WskpLeaveEngine(Socket);
    }
    WskpUnlockSocket(Socket);
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(To, &Address, WskpAddressSize(Socket->Family));
    }
    return Status;
}

static NTSTATUS GetAddress(PWSK_SOCKET Socket, PSOCKADDR Address, PIRP Irp, BOOLEAN Remote, PVOID Caller)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, Remote ? WskpKindGetRemote : WskpKindGetLocal, Caller, &Status))
    {
        return Status;
    }
    Status = Address == NULL ? STATUS_INVALID_PARAMETER : ReadAddress(WSKP_FROM_PUBLIC(Socket), Remote, Address);
    return WskpEndCall(&Call, Status);
}

/*
 * Writes the local address (the family's SOCKADDR) into LocalAddress, the
 * client's until the IRP completes. A socket bound to the wildcard address and
 * not connected has its port and the wildcard (AMB-50).
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with
 * STATUS_INVALID_DEVICE_STATE (not bound) or STATUS_INVALID_PARAMETER.
 * Page: PFN_WSK_GET_LOCAL_ADDRESS.
 */
NTSTATUS WSKAPI WskpGetLocalAddress(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskGetLocalAddress");
    return GetAddress(Socket, LocalAddress, Irp, FALSE, __builtin_return_address(0));
}

/*
 * Likewise the peer's address. STATUS_INVALID_DEVICE_STATE: not connected.
 * Page: PFN_WSK_GET_REMOTE_ADDRESS.
 */
NTSTATUS WSKAPI WskpGetRemoteAddress(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskGetRemoteAddress");
    return GetAddress(Socket, RemoteAddress, Irp, TRUE, __builtin_return_address(0));
}
