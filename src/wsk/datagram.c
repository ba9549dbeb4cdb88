// SPDX-License-Identifier: MIT
/*
 * Datagram data calls. Datagram sockets can be created, bound, controlled and
 * closed; moving data is refused, with the documented checks first, so that no
 * caller waits for what never comes.
 */
#include "wsk/request.h"

static NTSTATUS Refuse(PWSK_SOCKET Socket, const VOID *Needed, ULONG Flags, PIRP Irp, WSKP_KIND Kind, PVOID Caller)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, Kind, Caller, &Status))
    {
        return Status;
    }
    Status = Needed == NULL || Flags != 0 ? STATUS_INVALID_PARAMETER : STATUS_NOT_SUPPORTED;
    return WskpEndCall(&Call, Status);
}

/* Not implemented: completed with STATUS_NOT_SUPPORTED, or
 * STATUS_INVALID_PARAMETER. IRQL <= DISPATCH_LEVEL. Page: PFN_WSK_SEND_TO. */
NTSTATUS WSKAPI WskpSendTo(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PSOCKADDR RemoteAddress,
                           ULONG ControlInfoLength, PCMSGHDR ControlInfo, PIRP Irp)
{
    UNREFERENCED_PARAMETER(RemoteAddress);
    UNREFERENCED_PARAMETER(ControlInfoLength);
    UNREFERENCED_PARAMETER(ControlInfo);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSendTo");
    return Refuse(Socket, Buffer, Flags, Irp, WskpKindSendTo, __builtin_return_address(0));
}

/* Likewise. Page: PFN_WSK_SEND_MESSAGES. */
NTSTATUS WSKAPI WskpSendMessages(PWSK_SOCKET Socket, PWSK_BUF_LIST BufferList, ULONG Flags, PSOCKADDR RemoteAddress,
                                 ULONG ControlInfoLength, PCMSGHDR ControlInfo, PIRP Irp)
{
    UNREFERENCED_PARAMETER(RemoteAddress);
    UNREFERENCED_PARAMETER(ControlInfoLength);
    UNREFERENCED_PARAMETER(ControlInfo);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSendMessages");
    return Refuse(Socket, BufferList, Flags, Irp, WskpKindSendMessages, __builtin_return_address(0));
}

/* Likewise. Page: PFN_WSK_RECEIVE_FROM. */
NTSTATUS WSKAPI WskpReceiveFrom(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PSOCKADDR RemoteAddress,
                                PULONG ControlLength, PCMSGHDR ControlInfo, PULONG ControlFlags, PIRP Irp)
{
    UNREFERENCED_PARAMETER(RemoteAddress);
    UNREFERENCED_PARAMETER(ControlLength);
    UNREFERENCED_PARAMETER(ControlInfo);
    UNREFERENCED_PARAMETER(ControlFlags);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskReceiveFrom");
    return Refuse(Socket, Buffer, Flags, Irp, WskpKindReceiveFrom, __builtin_return_address(0));
}

/* No list is ever lent. STATUS_INVALID_PARAMETER. IRQL <= DISPATCH_LEVEL.
 * Page: PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST. */
NTSTATUS WSKAPI WskpReleaseDatagrams(PWSK_SOCKET Socket, PWSK_DATAGRAM_INDICATION DatagramIndication)
{
    UNREFERENCED_PARAMETER(Socket);
    UNREFERENCED_PARAMETER(DatagramIndication);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskRelease");
    KiReportMisuse(__builtin_return_address(0), "WskRelease", "this list was not lent by a receive event");
    return STATUS_INVALID_PARAMETER;
}
