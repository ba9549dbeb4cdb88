// SPDX-License-Identifier: MIT
/*
 * The I/O controls of WskControlSocket. Those without a meaning here are refused
 * by name, none is ignored. Requirements BASIC-38..60, EXT-01..09, AMB-42.
 */
#include "wsk/control.h"

BOOLEAN WskpIsPassiveIoctl(ULONG Code)
{
    switch (Code)
    {
    case SIO_ADDRESS_LIST_QUERY:
    case SIO_ADDRESS_LIST_CHANGE:
    case SIO_ADDRESS_LIST_SORT:
    case SIO_LOOPBACK_FAST_PATH:
    case SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS:
    case SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT:
    case SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS:
        return TRUE;
    default:
        return FALSE;
    }
}

static BOOLEAN HoldsConnections(PWSKP_SOCKET Socket)
{
    return Socket->Category == WskpCategoryConnection || Socket->Category == WskpCategoryStream;
}

/* Checks a control that belongs on a connected socket, with an IRP. */
static NTSTATUS CheckConnected(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    NTSTATUS Status = STATUS_SUCCESS;

    if (!HoldsConnections(Socket))
    {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (Control->Irp == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    WskpLockSocket(Socket);
    if (Socket->State < WskpStateConnected || Socket->State > WskpStateDisconnected)
    {
        Status = WskpStateStatus(Socket);
    }
    WskpUnlockSocket(Socket);
    return Status;
}

static NTSTATUS QueryReceiveBacklog(PWSKP_SOCKET Socket, SIZE_T *Bytes)
{
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (!WskpEnterEngine(Socket))
    {
        WskpUnlockSocket(Socket);
        return STATUS_FILE_FORCED_CLOSED;
    }
    WskpUnlockSocket(Socket);
    Status = WskpEngineBacklog(Socket->Engine, TRUE, Bytes);
    WskpLockSocket(Socket);
    *Bytes += WskpUndeliveredBytes(Socket);
    WskpLeaveEngine(Socket);
    WskpUnlockSocket(Socket);
    return Status;
}

static NTSTATUS QueryBacklog(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    NTSTATUS Status = CheckConnected(Socket, Control);
    SIZE_T Bytes = 0;

    if (NT_SUCCESS(Status) && (Control->InputSize != 0 || Control->OutputSize < sizeof(SIZE_T)))
    {
        Status = STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(Status))
    {
        Status = Control->Code == SIO_WSK_QUERY_RECEIVE_BACKLOG ? QueryReceiveBacklog(Socket, &Bytes)
                                                                 : WskpQueryIdealBacklog(Socket, &Bytes);
    }
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(Control->OutputBuffer, &Bytes, sizeof(Bytes));
        Control->Written = sizeof(Bytes);
    }
    return Status;
}

static NTSTATUS RegisterExtension(PWSKP_CONTROL Control)
{
    const WSK_EXTENSION_CONTROL_IN *Input = Control->InputBuffer;

    if (Control->Irp != NULL || Control->InputSize != sizeof(WSK_EXTENSION_CONTROL_IN) ||
        Control->OutputSize != sizeof(WSK_EXTENSION_CONTROL_OUT) || Input->NpiId == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_NOT_SUPPORTED; /* EXT-03, EXT-06: no extension is defined */
}

static NTSTATUS SetLoopbackFastPath(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    static LONG Told;

    if (Socket->Type != SOCK_STREAM)
    {
        return STATUS_NOT_SUPPORTED;
    }
    if (Control->Irp == NULL || Control->OutputSize != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Control->InputSize < sizeof(BOOLEAN))
    {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    /* DIV-3: a hint the kernel's loopback has no use for. */
    if (InterlockedExchange(&Told, 1) == 0)
    {
        HcLog(HcLogInfo, "%s: SIO_LOOPBACK_FAST_PATH has no effect here", WskpClientName(Socket->Client));
    }
    return STATUS_SUCCESS;
}

/* DIV-4: there is no filtering platform that could redirect. */
static NTSTATUS RedirectControl(PWSKP_CONTROL Control)
{
    if (Control->Irp == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return Control->Code == SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS ? STATUS_ACCESS_DENIED : STATUS_NOT_FOUND;
}

NTSTATUS WskpControlIoctl(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    NTSTATUS Status;

    switch (Control->Code)
    {
    case SIO_WSK_QUERY_IDEAL_SEND_BACKLOG:
    case SIO_WSK_QUERY_RECEIVE_BACKLOG:
        return QueryBacklog(Socket, Control);
    case SIO_WSK_REGISTER_EXTENSION:
        return RegisterExtension(Control);
    case SIO_WSK_QUERY_INSPECT_ID:
        /* BASIC-41: no connection comes from a conditional accept yet. */
        return Control->Irp != NULL ? STATUS_INVALID_PARAMETER : STATUS_INVALID_DEVICE_REQUEST;
    case SIO_WSK_SET_REMOTE_ADDRESS:
    case SIO_WSK_SET_SENDTO_ADDRESS:
        if (Socket->Category != WskpCategoryDatagram)
        {
            return STATUS_INVALID_DEVICE_REQUEST;
        }
        if (Control->Irp == NULL || Control->OutputSize != 0)
        {
            return STATUS_INVALID_PARAMETER;
        }
        return WskpSetFixedAddress(Socket, Control->Code == SIO_WSK_SET_REMOTE_ADDRESS, Control->InputBuffer,
                                   Control->InputSize);
    case SIO_WSK_SET_TCP_SILENT_MODE:
        Status = CheckConnected(Socket, Control);
        return NT_SUCCESS(Status) ? STATUS_NOT_SUPPORTED : Status;
    case SIO_LOOPBACK_FAST_PATH:
        return SetLoopbackFastPath(Socket, Control);
    case SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS:
    case SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT:
    case SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS:
        return RedirectControl(Control);
    default:
        return STATUS_NOT_SUPPORTED; /* BASIC-13; the SIO_ADDRESS_LIST controls among them */
    }
}
