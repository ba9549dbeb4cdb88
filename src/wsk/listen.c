// SPDX-License-Identifier: MIT
/*
 * WskListen: a bound stream socket becomes a listener. Requirements
 * STREAM-06..09, AMB-29.
 */
#include "wsk/request.h"

static NTSTATUS StartListening(PWSKP_SOCKET Socket)
{
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (Socket->State != WskpStateBound)
    {
        Status = WskpStateStatus(Socket);
        WskpUnlockSocket(Socket);
        return Status;
    }
    WskpSetState(Socket, WskpStateStarting);
    (VOID)WskpEnterEngine(Socket);
    WskpUnlockSocket(Socket);

    Status = WskpEngineListen(Socket->Engine);
    if (NT_SUCCESS(Status))
    {
        WskpLogListening(Socket);
    }

    WskpLockSocket(Socket);
    if (Socket->State == WskpStateStarting)
    {
        WskpSetState(Socket, NT_SUCCESS(Status) ? WskpStateListening : WskpStateBound);
        if (NT_SUCCESS(Status))
        {
            Socket->In.Work = &WskpAcceptWork;
        }
    }
    WskpLeaveEngine(Socket);
    WskpUnlockSocket(Socket);
    return Status;
}

/*
 * Makes a bound stream socket listen; from then on it is a listening socket but
 * for WskInspectComplete, and the connection functions are refused.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_DEVICE_STATE (not bound, or in a role), STATUS_ADDRESS_ALREADY_EXISTS.
 * Page: PFN_WSK_LISTEN.
 */
NTSTATUS WSKAPI WskpListen(PWSK_SOCKET Socket, PIRP Irp)
{
    PWSKP_SOCKET Mine;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskListen");
    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindListen, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    Mine = WSKP_FROM_PUBLIC(Socket);
    Status = StartListening(Mine);
    if (!NT_SUCCESS(Status))
    {
        return WskpEndCall(&Call, Status);
    }
    IoMarkIrpPending(Irp);
    WskpReferenceSocket(Mine, WSKP_REF_TURN);
    WskpCompleteLater(Irp, STATUS_SUCCESS, 0);
    WskpLockSocket(Mine);
    WskpKickDirection(&Mine->In);
    WskpUnlockSocket(Mine);
    WskpDereferenceSocket(Mine, WSKP_REF_TURN);
    return WskpEndCall(&Call, STATUS_PENDING);
}
