// SPDX-License-Identifier: MIT
/*
 * Kernel name resolution. Not implemented: the functions check what the pages
 * demand and refuse, with the IRP completed.
 */
#include "wsk/request.h"

static NTSTATUS Refuse(PWSK_CLIENT Client, BOOLEAN Valid, PIRP Irp, WSKP_KIND Kind, PVOID Caller)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginClientCall(&Call, Client, Irp, Kind, Caller, &Status))
    {
        return Status;
    }
    return WskpEndCall(&Call, Valid ? STATUS_NOT_SUPPORTED : STATUS_INVALID_PARAMETER);
}

/* Not implemented: completed with STATUS_NOT_SUPPORTED, or
 * STATUS_INVALID_PARAMETER. PASSIVE_LEVEL. Page: PFN_WSK_GET_ADDRESS_INFO. */
NTSTATUS WSKAPI WskpGetAddressInfo(PWSK_CLIENT Client, PUNICODE_STRING NodeName, PUNICODE_STRING ServiceName,
                                   ULONG NameSpace, GUID *Provider, PADDRINFOEXW Hints, PADDRINFOEXW *Result,
                                   PEPROCESS OwningProcess, PETHREAD OwningThread, PIRP Irp)
{
    UNREFERENCED_PARAMETER(NameSpace);
    UNREFERENCED_PARAMETER(Provider);
    UNREFERENCED_PARAMETER(Hints);
    UNREFERENCED_PARAMETER(OwningProcess);
    UNREFERENCED_PARAMETER(OwningThread);
    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskGetAddressInfo");
    return Refuse(Client, Result != NULL && (NodeName != NULL || ServiceName != NULL), Irp, WskpKindAddressInfo,
                  __builtin_return_address(0));
}

/* No list is ever handed out; NULL is ignored. PASSIVE_LEVEL.
 * Page: PFN_WSK_FREE_ADDRESS_INFO. */
VOID WSKAPI WskpFreeAddressInfo(PWSK_CLIENT Client, PADDRINFOEXW AddrInfo)
{
    UNREFERENCED_PARAMETER(Client);
    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskFreeAddressInfo");
    if (AddrInfo != NULL)
    {
        KiReportMisuse(__builtin_return_address(0), "WskFreeAddressInfo", "this list is not from WskGetAddressInfo");
    }
}

/* Not implemented, as WskGetAddressInfo. PASSIVE_LEVEL. Page: PFN_WSK_GET_NAME_INFO. */
NTSTATUS WSKAPI WskpGetNameInfo(PWSK_CLIENT Client, PSOCKADDR SockAddr, ULONG SockAddrLength,
                                PUNICODE_STRING NodeName, PUNICODE_STRING ServiceName, ULONG Flags,
                                PEPROCESS OwningProcess, PETHREAD OwningThread, PIRP Irp)
{
    UNREFERENCED_PARAMETER(SockAddrLength);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(OwningProcess);
    UNREFERENCED_PARAMETER(OwningThread);
    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskGetNameInfo");
    return Refuse(Client, SockAddr != NULL && (NodeName != NULL || ServiceName != NULL), Irp, WskpKindNameInfo,
                  __builtin_return_address(0));
}
