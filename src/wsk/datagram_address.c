// SPDX-License-Identifier: MIT
/*
 * What a datagram socket is set to: its fixed remote and send-to addresses. Both
 * are the provider's own business, the kernel's connect(2) is not used: it would
 * let datagrams through that strangers sent earlier, and end receives with ICMP
 * errors. Requirements DGRAM-50..54, AMB-33, AMB-34, AMB-60.
 */
#include "wsk/datagram.h"

PWSKP_DATAGRAM_SOCKET WskpAllocateDatagramSocket(VOID)
{
    PWSKP_DATAGRAM_SOCKET Datagram = HcAllocateZero(sizeof(*Datagram));

    if (Datagram != NULL)
    {
        InitializeListHead(&Datagram->Free);
        InitializeListHead(&Datagram->Held);
    }
    return Datagram;
}

static VOID FreeBuffers(PLIST_ENTRY List)
{
    while (!IsListEmpty(List))
    {
        HcFree(CONTAINING_RECORD(RemoveHeadList(List), WSKP_DATAGRAM, Link));
    }
}

VOID WskpFreeDatagramSocket(PWSKP_DATAGRAM_SOCKET Datagram)
{
    NT_ASSERT(Datagram->BatchCount == 0 && Datagram->LentCount == 0);
    FreeBuffers(&Datagram->Free);
    FreeBuffers(&Datagram->Held);
    HcFree(Datagram);
}

NTSTATUS WskpSetFixedAddress(PWSKP_SOCKET Socket, BOOLEAN Remote, const SOCKADDR *Address, SIZE_T Size)
{
    PWSKP_DATAGRAM_SOCKET Datagram = Socket->Datagram;
    WSKP_ADDRESS New;
    NTSTATUS Status = STATUS_SUCCESS;

    RtlZeroMemory(&New, sizeof(New));
    if (Address != NULL)
    {
        Status = Size < WskpAddressSize(Socket->Family) ? STATUS_INVALID_PARAMETER
                                                        : WskpCopyAddress(Socket->Family, Address, &New);
    }
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    WskpLockSocket(Socket);
    if (Socket->State != WskpStateBound)
    {
        Status = WskpStateStatus(Socket);
    }
    else
    {
        *(Remote ? &Datagram->FixedRemote : &Datagram->FixedSendTo) = New;
        Datagram->RemoteIsLast = Address != NULL ? Remote : Datagram->RemoteIsLast;
    }
    WskpUnlockSocket(Socket);
    return Status;
}
