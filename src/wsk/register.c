// SPDX-License-Identifier: MIT
/*
 * Registration: WskRegister to WskDeregister, the provider NPI's capture and
 * release, and the counters by which a deregistration knows that nothing of its
 * client is left. Requirements REG-01..53.
 */
#include "wsk/waits.h"

#define WSKP_REGISTERED 0x524B5357ULL   /* 'WSKR' in ReservedRegistrationState */
#define WSKP_DEREGISTERED 0x444B5357ULL /* 'WSKD': REG-35 */
#define WSKP_LONGEST_REPORT_MS 60000

ULONG WskpFirstReportMs = 3000;

static KSPIN_LOCK ClientListLock;
static LIST_ENTRY ClientList;
static KEVENT ReadyEvent; /* signalled while the provider is ready */

VOID WskpInitializeRegistration(VOID)
{
    KeInitializeSpinLock(&ClientListLock);
    InitializeListHead(&ClientList);
    KeInitializeEvent(&ReadyEvent, NotificationEvent, FALSE);
}

PLIST_ENTRY WskpClientList(PKSPIN_LOCK *Lock)
{
    *Lock = &ClientListLock;
    return &ClientList;
}

ULONG WskpCountClients(VOID)
{
    ULONG Count = 0;
    KIRQL OldIrql;

    KeAcquireSpinLock(&ClientListLock, &OldIrql);
    for (PLIST_ENTRY Link = ClientList.Flink; Link != &ClientList; Link = Link->Flink)
    {
        Count++;
    }
    KeReleaseSpinLock(&ClientListLock, OldIrql);
    return Count;
}

VOID WskpSetProviderReady(BOOLEAN Ready)
{
    if (Ready)
    {
        KeSetEvent(&ReadyEvent, IO_NO_INCREMENT, FALSE);
    }
    else
    {
        KeClearEvent(&ReadyEvent);
    }
}

PCSTR WskpClientName(PWSKP_CLIENT Client)
{
    return Client->Driver != NULL ? Client->Driver->Name : "host";
}

/* ---- counters ---------------------------------------------------------------------- */

VOID WskpCheckClientIdle(PWSKP_CLIENT Client)
{
    if (Client->Deregistering && Client->Captures == 0 && Client->Calls == 0 && Client->Requests == 0 &&
        Client->Sockets == 0)
    {
        /* Under the lock: WskDeregister takes it once more before it frees. */
        KeSetEvent(&Client->IdleEvent, IO_NO_INCREMENT, FALSE);
    }
}

VOID WskpReferenceClient(PWSKP_CLIENT Client, SIZE_T Counter)
{
    KIRQL OldIrql;

    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    ++*(PLONG)((PUCHAR)Client + Counter);
    KeReleaseSpinLock(&Client->Lock, OldIrql);
}

VOID WskpDereferenceClient(PWSKP_CLIENT Client, SIZE_T Counter)
{
    PLONG Count = (PLONG)((PUCHAR)Client + Counter);
    KIRQL OldIrql;

    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    NT_ASSERT(*Count > 0);
    --*Count;
    WskpCheckClientIdle(Client);
    KeReleaseSpinLock(&Client->Lock, OldIrql);
}

/* ---- WskRegister --------------------------------------------------------------------- */

/*
 * Registers a WSK client; any number of times, each with its own
 * WSK_REGISTRATION, which (like WskClientNpi->Dispatch) stays the client's and
 * valid until WskDeregister. WskClientNpi itself is copied. PASSIVE_LEVEL, does
 * not block. STATUS_SUCCESS; STATUS_INVALID_PARAMETER (a NULL pointer, a
 * Reserved that is not 0); STATUS_INSUFFICIENT_RESOURCES. An unsupported version
 * is reported by WskCaptureProviderNPI. Page: WskRegister.
 */
NTSTATUS WSKAPI WskRegister(PWSK_CLIENT_NPI WskClientNpi, PWSK_REGISTRATION WskRegistration)
{
    PVOID Caller = __builtin_return_address(0);
    PWSKP_CLIENT Client;
    KIRQL OldIrql;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (WskClientNpi == NULL || WskRegistration == NULL || WskClientNpi->Dispatch == NULL ||
        WskClientNpi->Dispatch->Reserved != 0)
    {
        KiReportMisuse(Caller, "WskRegister", "a pointer is NULL or WSK_CLIENT_DISPATCH.Reserved is not 0");
        return STATUS_INVALID_PARAMETER;
    }
    Client = HcAllocateZero(sizeof(*Client));
    if (Client == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeSpinLock(&Client->Lock);
    Client->Context = WskClientNpi->ClientContext;
    Client->Dispatch = WskClientNpi->Dispatch;
    Client->Version = WskClientNpi->Dispatch->Version;
    Client->Caller = Caller;
    Client->Driver = IopFindDriver(Caller);
    InitializeListHead(&Client->SocketList);
    InitializeListHead(&Client->ListChangeIrps);
    InitializeListHead(&Client->SecurityList);
    InitializeListHead(&Client->AddressLists);
    KeInitializeEvent(&Client->DeregisterEvent, NotificationEvent, FALSE);
    KeInitializeEvent(&Client->IdleEvent, NotificationEvent, FALSE);

    KeAcquireSpinLock(&ClientListLock, &OldIrql);
    InsertTailList(&ClientList, &Client->Link);
    KeReleaseSpinLock(&ClientListLock, OldIrql);

    KeInitializeSpinLock(&WskRegistration->ReservedRegistrationLock);
    WskRegistration->ReservedRegistrationContext = Client;
    WskRegistration->ReservedRegistrationState = WSKP_REGISTERED;
    return STATUS_SUCCESS;
}

/* The client of a live registration, with a CALL reference; NULL when it is
 * deregistered (REG-33..35). */
static PWSKP_CLIENT EnterRegistration(PWSK_REGISTRATION Registration)
{
    PWSKP_CLIENT Client = NULL;
    KIRQL OldIrql;

    KeAcquireSpinLock(&Registration->ReservedRegistrationLock, &OldIrql);
    if (Registration->ReservedRegistrationState == WSKP_REGISTERED)
    {
        Client = Registration->ReservedRegistrationContext;
        WskpReferenceClient(Client, WSKP_CLIENT_CALL);
    }
    KeReleaseSpinLock(&Registration->ReservedRegistrationLock, OldIrql);
    return Client;
}

/* ---- WskCaptureProviderNPI ------------------------------------------------------------- */

static NTSTATUS WaitUntilReady(PWSKP_CLIENT Client, ULONG WaitTimeout)
{
    PVOID Objects[2] = {&Client->DeregisterEvent, &ReadyEvent};
    LARGE_INTEGER Timeout;

    if (WaitTimeout == WSK_NO_WAIT)
    {
        return KeReadStateEvent(&ReadyEvent) ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
    }
    Timeout.QuadPart = -(LONGLONG)WaitTimeout * 10000;
    if (KeWaitForMultipleObjects(2, Objects, WaitAny, Executive, KernelMode, FALSE,
                                 WaitTimeout == WSK_INFINITE_WAIT ? NULL : &Timeout, NULL) != STATUS_WAIT_1)
    {
        return STATUS_DEVICE_NOT_READY; /* deregistered, or too late */
    }
    return STATUS_SUCCESS;
}

/*
 * Captures the provider NPI: adds one reference that one WskReleaseProviderNPI
 * gives back, and fills *WskProviderNpi, both pointers valid until then. Blocks
 * up to WaitTimeout milliseconds (WSK_NO_WAIT, WSK_INFINITE_WAIT) until the
 * provider is ready. PASSIVE_LEVEL; <= DISPATCH_LEVEL with WSK_NO_WAIT.
 * STATUS_SUCCESS; STATUS_NOINTERFACE (version not supported);
 * STATUS_DEVICE_NOT_READY (not ready in time, or deregistered).
 * Page: WskCaptureProviderNPI.
 */
NTSTATUS WSKAPI WskCaptureProviderNPI(PWSK_REGISTRATION WskRegistration, ULONG WaitTimeout,
                                      PWSK_PROVIDER_NPI WskProviderNpi)
{
    PVOID Caller = __builtin_return_address(0);
    PWSKP_CLIENT Client;
    NTSTATUS Status;
    KIRQL OldIrql;

    KiCheckIrqlMax(WaitTimeout == WSK_NO_WAIT ? DISPATCH_LEVEL : PASSIVE_LEVEL, __func__, Caller);
    if (WskRegistration == NULL || WskProviderNpi == NULL)
    {
        KiReportMisuse(Caller, __func__, "a pointer is NULL");
        return STATUS_INVALID_PARAMETER;
    }
    Client = EnterRegistration(WskRegistration);
    if (Client == NULL)
    {
        return STATUS_DEVICE_NOT_READY;
    }
    Status = WaitUntilReady(Client, WaitTimeout);
    if (NT_SUCCESS(Status))
    {
        if (WSK_MAJOR_VERSION(Client->Version) != WSK_MAJOR_VERSION(WSKP_VERSION_HIGHEST) ||
            Client->Version > WSKP_VERSION_HIGHEST)
        {
            Status = STATUS_NOINTERFACE;
        }
    }
    if (NT_SUCCESS(Status))
    {
        KeAcquireSpinLock(&Client->Lock, &OldIrql);
        if (Client->Deregistering)
        {
            Status = STATUS_DEVICE_NOT_READY;
        }
        else
        {
            Client->Captures++;
            WskProviderNpi->Client = (PWSK_CLIENT)Client;
            WskProviderNpi->Dispatch = &WskpProviderDispatch;
        }
        KeReleaseSpinLock(&Client->Lock, OldIrql);
    }
    WskpDereferenceClient(Client, WSKP_CLIENT_CALL);
    return Status;
}

/*
 * Gives back one capture; sockets created through it live on.
 * IRQL <= DISPATCH_LEVEL, does not block. Page: WskReleaseProviderNPI.
 */
VOID WSKAPI WskReleaseProviderNPI(PWSK_REGISTRATION WskRegistration)
{
    PVOID Caller = __builtin_return_address(0);
    BOOLEAN Released = FALSE;
    KIRQL OldIrql;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (WskRegistration == NULL)
    {
        KiReportMisuse(Caller, __func__, "the registration is NULL");
        return;
    }
    /* WskDeregister may wait for this very release: the marker does not matter,
     * and the client exists, since its capture keeps it. */
    KeAcquireSpinLock(&WskRegistration->ReservedRegistrationLock, &OldIrql);
    PWSKP_CLIENT Client = WskRegistration->ReservedRegistrationContext;
    if (Client != NULL)
    {
        KeAcquireSpinLockAtDpcLevel(&Client->Lock);
        if (Client->Captures > 0)
        {
            Client->Captures--;
            Released = TRUE;
            WskpCheckClientIdle(Client);
        }
        KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    }
    KeReleaseSpinLock(&WskRegistration->ReservedRegistrationLock, OldIrql);
    if (!Released)
    {
        KiReportMisuse(Caller, __func__, "no captured provider NPI is left to release");
    }
}

/*
 * The versions the provider supports; needs a registration only, no capture.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_SUCCESS;
 * STATUS_DEVICE_NOT_READY (provider not ready, or deregistered);
 * STATUS_INVALID_PARAMETER. Page: WskQueryProviderCharacteristics.
 */
NTSTATUS WSKAPI WskQueryProviderCharacteristics(PWSK_REGISTRATION WskRegistration,
                                                PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics)
{
    PWSKP_CLIENT Client;
    BOOLEAN Ready;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (WskRegistration == NULL || WskProviderCharacteristics == NULL)
    {
        KiReportMisuse(__builtin_return_address(0), __func__, "a pointer is NULL");
        return STATUS_INVALID_PARAMETER;
    }
    Client = EnterRegistration(WskRegistration);
    if (Client == NULL)
    {
        return STATUS_DEVICE_NOT_READY;
    }
    Ready = KeReadStateEvent(&ReadyEvent) != 0;
    WskpDereferenceClient(Client, WSKP_CLIENT_CALL);
    if (!Ready)
    {
        return STATUS_DEVICE_NOT_READY;
    }
    WskProviderCharacteristics->HighestVersion = WSKP_VERSION_HIGHEST;
    WskProviderCharacteristics->LowestVersion = WSKP_VERSION_LOWEST;
    return STATUS_SUCCESS;
}

/* ---- WskDeregister ----------------------------------------------------------------------- */

#define WSKP_REPORTED_SOCKETS 8

typedef struct _WSKP_SOCKET_REPORT
{
    ULONG Number;
    WSKP_STATE State;
    LONG References[WSKP_REF_MAX];
} WSKP_SOCKET_REPORT;

/* Who holds the socket, and what to do about it. The engine holds every socket
 * until its close, which is news only when nobody else does. */
static VOID LogSocket(PWSKP_CLIENT Client, const WSKP_SOCKET_REPORT *Report)
{
    LONG Others = 0;

    for (WSKP_REF Reference = 0; Reference < WSKP_REF_MAX; Reference++)
    {
        Others += Reference != WSKP_REF_ENGINE_OP ? Report->References[Reference] : 0;
    }
    for (WSKP_REF Reference = 0; Reference < WSKP_REF_MAX; Reference++)
    {
        if (Report->References[Reference] != 0 && (Reference != WSKP_REF_ENGINE_OP || Others == 0))
        {
            HcLog(HcLogWarning, "  %s: socket %u (%s): %s x%d%s", WskpClientName(Client), Report->Number,
                  WskpStateName(Report->State), WskpReferenceName(Reference), Report->References[Reference],
                  Reference == WSKP_REF_CLIENT       ? " (the driver has not called WskCloseSocket)"
                  : Reference == WSKP_REF_INDICATION ? " (the driver has not called WskRelease)"
                                                     : "");
        }
    }
}

static VOID LogWhatIsLeft(PWSKP_CLIENT Client)
{
    WSKP_SOCKET_REPORT Reports[WSKP_REPORTED_SOCKETS];
    LONG Captures, Calls, Requests, Sockets;
    ULONG Count = 0;
    KIRQL OldIrql;

    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    Captures = Client->Captures;
    Calls = Client->Calls;
    Requests = Client->Requests;
    Sockets = Client->Sockets;
    for (PLIST_ENTRY Link = Client->SocketList.Flink; Link != &Client->SocketList && Count < WSKP_REPORTED_SOCKETS;
         Link = Link->Flink)
    {
        PWSKP_SOCKET Socket = CONTAINING_RECORD(Link, WSKP_SOCKET, ClientLink);

        WskpLockSocket(Socket);
        Reports[Count].Number = Socket->Number;
        Reports[Count].State = Socket->State;
        for (WSKP_REF Reference = 0; Reference < WSKP_REF_MAX; Reference++)
        {
            Reports[Count].References[Reference] = InterlockedAdd(&Socket->References[Reference], 0);
        }
        WskpUnlockSocket(Socket);
        Count++;
    }
    KeReleaseSpinLock(&Client->Lock, OldIrql);

    HcLog(HcLogWarning,
          "%s: WskDeregister waits for %d captured provider NPIs, %d calls, %d requests of the client and %d sockets",
          WskpClientName(Client), Captures, Calls, Requests, Sockets);
    for (ULONG i = 0; i < Count; i++)
    {
        LogSocket(Client, &Reports[i]);
    }
    if ((ULONG)Sockets > Count)
    {
        HcLog(HcLogWarning, "  %s: and %u more sockets", WskpClientName(Client), (ULONG)Sockets - Count);
    }
}

ULONG WskpNextReportMs(ULONG Ms)
{
    return Ms < WSKP_LONGEST_REPORT_MS / 2 ? 2 * Ms : WSKP_LONGEST_REPORT_MS;
}

/* Says more and more seldom for what it waits: it may be for hours, for a peer. */
static VOID WaitUntilIdle(PWSKP_CLIENT Client)
{
    ULONG Ms = WskpFirstReportMs;
    LARGE_INTEGER Timeout;

    Timeout.QuadPart = -10000LL * Ms;
    while (KeWaitForSingleObject(&Client->IdleEvent, Executive, KernelMode, FALSE, &Timeout) == STATUS_TIMEOUT)
    {
        LogWhatIsLeft(Client);
        Ms = WskpNextReportMs(Ms);
        Timeout.QuadPart = -10000LL * Ms;
    }
}

/*
 * Ends a registration: captures that wait return, pending transport list change
 * requests are cancelled; then blocks until every capture is released, every
 * call and request of the client is over and every socket is closed (after
 * some seconds the log says for what it waits). The client frees or re-uses
 * WskRegistration afterwards. PASSIVE_LEVEL. Page: WskDeregister.
 */
VOID WSKAPI WskDeregister(PWSK_REGISTRATION WskRegistration)
{
    PVOID Caller = __builtin_return_address(0);
    PWSKP_CLIENT Client = NULL;
    KIRQL OldIrql;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (WskRegistration != NULL)
    {
        KeAcquireSpinLock(&WskRegistration->ReservedRegistrationLock, &OldIrql);
        if (WskRegistration->ReservedRegistrationState == WSKP_REGISTERED)
        {
            Client = WskRegistration->ReservedRegistrationContext;
            WskRegistration->ReservedRegistrationState = WSKP_DEREGISTERED;
        }
        KeReleaseSpinLock(&WskRegistration->ReservedRegistrationLock, OldIrql);
    }
    if (Client == NULL)
    {
        KiReportMisuse(Caller, __func__, "this WSK_REGISTRATION is not registered");
        return;
    }
    KeSetEvent(&Client->DeregisterEvent, IO_NO_INCREMENT, FALSE);
    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    Client->Deregistering = TRUE;
    WskpCheckClientIdle(Client);
    KeReleaseSpinLock(&Client->Lock, OldIrql);
    WskpCancelListChanges(Client);
    WaitUntilIdle(Client);

    KeAcquireSpinLock(&WskRegistration->ReservedRegistrationLock, &OldIrql);
    WskRegistration->ReservedRegistrationContext = NULL;
    KeReleaseSpinLock(&WskRegistration->ReservedRegistrationLock, OldIrql);
    KeAcquireSpinLock(&ClientListLock, &OldIrql);
    RemoveEntryList(&Client->Link);
    KeReleaseSpinLock(&ClientListLock, OldIrql);
    KeAcquireSpinLock(&Client->Lock, &OldIrql); /* who set the event has left */
    KeReleaseSpinLock(&Client->Lock, OldIrql);
    WskpFreeSecurity(Client);
    WskpFreeAddressLists(Client);
    HcFree(Client);
}
