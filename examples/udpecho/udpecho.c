// SPDX-License-Identifier: MIT
/*
 * A UDP echo server as a kernel driver, on Winsock Kernel's event callbacks.
 *
 *     wskhost run examples/udpecho       then, elsewhere:  nc -u localhost 40008
 *
 * The socket's WskReceiveFromEvent is called with lists of datagrams that lie in
 * WSK's own memory. This driver copies nothing: it keeps the list (STATUS_PENDING),
 * sends each datagram back from where it lies, and gives the list back with
 * WskRelease when the last of its sends is over. Only WDK headers; builds with
 * the WDK too.
 *
 * What has to come in which order at the end is in CloseEchoSocket: no more
 * callbacks, then no list of ours outstanding, then the close.
 */
#include <ntddk.h>
#include <wsk.h>

/* Another port: -DECHO_PORT=4711; 0 lets the system choose one. */
#ifndef ECHO_PORT
#define ECHO_PORT 40008
#endif

#define ECHO_TAG 'odUE'

static struct
{
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    PWSK_SOCKET Socket;
    volatile LONG Lists; /* retained, and one until CloseEchoSocket waits for them */
    KEVENT ListsGone;
    volatile LONG Echoed;
    volatile LONG64 Bytes;
} Echo;

static CONST WSK_PROVIDER_DATAGRAM_DISPATCH *SocketDispatch(VOID)
{
    return (CONST WSK_PROVIDER_DATAGRAM_DISPATCH *)Echo.Socket->Dispatch;
}

/* ---- retained lists ------------------------------------------------------------------ */

/*
 * A list of datagrams on its way back to those who sent them. Sends: those not
 * completed yet, and one while the callback is still making them.
 */
typedef struct _ECHO_LIST
{
    PWSK_DATAGRAM_INDICATION First;
    volatile LONG Sends;
} ECHO_LIST, *PECHO_LIST;

static VOID DereferenceLists(VOID)
{
    if (InterlockedDecrement(&Echo.Lists) == 0)
    {
        KeSetEvent(&Echo.ListsGone, IO_NO_INCREMENT, FALSE);
    }
}

static IO_COMPLETION_ROUTINE SendComplete;

static NTSTATUS SendComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_LIST List = (PECHO_LIST)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Irp->IoStatus.Status))
    {
        InterlockedIncrement(&Echo.Echoed);
        InterlockedAdd64(&Echo.Bytes, (LONG64)Irp->IoStatus.Information);
    }
    IoFreeIrp(Irp);
    if (InterlockedDecrement(&List->Sends) == 0)
    {
        SocketDispatch()->WskRelease(Echo.Socket, List->First);
        ExFreePoolWithTag(List, ECHO_TAG);
        DereferenceLists();
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Sends one datagram back. Its control information says which of this machine's
 * addresses it was sent to: handed back, it makes the answer come from there,
 * unless everybody was meant. UDP may lose datagrams, so may this function. */
static VOID SendBack(PECHO_LIST List, PWSK_DATAGRAM_INDICATION Datagram, BOOLEAN ToEverybody)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);

    if (!Irp)
    {
        return;
    }
    InterlockedIncrement(&List->Sends);
    IoSetCompletionRoutine(Irp, SendComplete, List, TRUE, TRUE, TRUE);
    SocketDispatch()->WskSendTo(Echo.Socket, &Datagram->Buffer, 0, Datagram->RemoteAddress,
                                ToEverybody ? 0 : Datagram->ControlInfoLength,
                                ToEverybody ? NULL : Datagram->ControlInfo, Irp);
}

/* The event callback, at DISPATCH_LEVEL at most. It may start requests, and must not
 * wait for any. */
static NTSTATUS WSKAPI EchoReceiveFrom(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    PECHO_LIST List;

    UNREFERENCED_PARAMETER(SocketContext);
    if (!DataIndication)
    {
        DbgPrint("the socket does not work any more\n"); /* EchoUnload closes it */
        return STATUS_SUCCESS;
    }
    List = (PECHO_LIST)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*List), ECHO_TAG);
    if (!List)
    {
        return STATUS_SUCCESS; /* taken, and dropped */
    }
    List->First = DataIndication;
    List->Sends = 1;
    InterlockedIncrement(&Echo.Lists);
    while (DataIndication)
    {
        /* While Sends counts this loop, the list cannot be gone. */
        SendBack(List, DataIndication, (Flags & (MSG_BCAST | MSG_MCAST)) != 0);
        DataIndication = DataIndication->Next;
    }
    if (InterlockedDecrement(&List->Sends) == 0)
    {
        /* All sends are over: nothing has to be retained. */
        ExFreePoolWithTag(List, ECHO_TAG);
        DereferenceLists();
        return STATUS_SUCCESS;
    }
    return STATUS_PENDING;
}

/* ---- the socket: one request after the other, at PASSIVE_LEVEL -------------------------- */

/* A request and the wait for it; on the stack of the function that waits. */
typedef struct _ECHO_REQUEST
{
    PIRP Irp;
    KEVENT Done;
} ECHO_REQUEST, *PECHO_REQUEST;

static IO_COMPLETION_ROUTINE RequestComplete;

static NTSTATUS RequestComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(&((PECHO_REQUEST)Context)->Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP BeginRequest(PECHO_REQUEST Request)
{
    KeInitializeEvent(&Request->Done, NotificationEvent, FALSE);
    Request->Irp = IoAllocateIrp(1, FALSE);
    if (Request->Irp)
    {
        IoSetCompletionRoutine(Request->Irp, RequestComplete, Request, TRUE, TRUE, TRUE);
    }
    return Request->Irp;
}

static NTSTATUS FinishRequest(PECHO_REQUEST Request, PULONG_PTR Information)
{
    NTSTATUS Status;

    KeWaitForSingleObject(&Request->Done, Executive, KernelMode, FALSE, NULL);
    Status = Request->Irp->IoStatus.Status;
    if (Information)
    {
        *Information = Request->Irp->IoStatus.Information;
    }
    IoFreeIrp(Request->Irp);
    return Status;
}

static NTSTATUS SetOption(ULONG Level, ULONG Option, SIZE_T Size, PVOID Value)
{
    ECHO_REQUEST Request;

    if (!BeginRequest(&Request))
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    SocketDispatch()->WskControlSocket(Echo.Socket, WskSetOption, Option, Level, Size, Value, 0, NULL, NULL,
                                       Request.Irp);
    return FinishRequest(&Request, NULL);
}

static NTSTATUS BindSocket(ADDRESS_FAMILY Family)
{
    SOCKADDR_STORAGE Address;
    ECHO_REQUEST Request;

    if (!BeginRequest(&Request))
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(&Address, sizeof(Address));
    Address.ss_family = Family;
    if (Family == AF_INET6)
    {
        ((PSOCKADDR_IN6)&Address)->sin6_port = RtlUshortByteSwap((USHORT)ECHO_PORT);
    }
    else
    {
        ((PSOCKADDR_IN)&Address)->sin_port = RtlUshortByteSwap((USHORT)ECHO_PORT);
    }
    SocketDispatch()->WskBind(Echo.Socket, (PSOCKADDR)&Address, 0, Request.Irp);
    return FinishRequest(&Request, NULL);
}

/* Options, then the address, then the callback, which may be called from then on. */
static NTSTATUS StartEcho(ADDRESS_FAMILY Family)
{
    WSK_EVENT_CALLBACK_CONTROL Enable = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM};
    ULONG Off = 0, On = 1;
    NTSTATUS Status;

    if (Family == AF_INET6)
    {
        /* IPv4 senders too. */
        Status = SetOption(IPPROTO_IPV6, IPV6_V6ONLY, sizeof(Off), &Off);
        if (!NT_SUCCESS(Status))
        {
            return Status;
        }
    }
    Status = SetOption(Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP, Family == AF_INET6 ? IPV6_PKTINFO : IP_PKTINFO,
                       sizeof(On), &On);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = BindSocket(Family);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    /* Enabling takes no IRP. */
    return SocketDispatch()->WskControlSocket(Echo.Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                              sizeof(Enable), &Enable, 0, NULL, NULL, NULL);
}

static NTSTATUS CreateEchoSocket(ADDRESS_FAMILY Family)
{
    static CONST WSK_CLIENT_DATAGRAM_DISPATCH Callbacks = {EchoReceiveFrom};
    ULONG_PTR Information = 0;
    ECHO_REQUEST Request;
    NTSTATUS Status;

    if (!BeginRequest(&Request))
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Echo.Provider.Dispatch->WskSocket(Echo.Provider.Client, Family, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET,
                                      NULL, &Callbacks, NULL, NULL, NULL, Request.Irp);
    Status = FinishRequest(&Request, &Information);
    if (NT_SUCCESS(Status))
    {
        Echo.Socket = (PWSK_SOCKET)Information;
    }
    return Status;
}

/* The driver cannot go on without its socket being closed, so the IRP is allocated
 * until there is one. */
static VOID CloseEchoSocket(VOID)
{
    WSK_EVENT_CALLBACK_CONTROL Disable = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE};
    LARGE_INTEGER Moment;
    ECHO_REQUEST Request;

    /* With an IRP, disabling completes when no callback runs and none will. */
    while (SetOption(SOL_SOCKET, SO_WSK_EVENT_CALLBACK, sizeof(Disable), &Disable) == STATUS_INSUFFICIENT_RESOURCES ||
           !BeginRequest(&Request))
    {
        Moment.QuadPart = -10 * 1000 * 10; /* 10 ms */
        KeDelayExecutionThread(KernelMode, FALSE, &Moment);
    }
    /* Lists go back before their socket is closed. */
    DereferenceLists();
    KeWaitForSingleObject(&Echo.ListsGone, Executive, KernelMode, FALSE, NULL);
    ((CONST WSK_PROVIDER_BASIC_DISPATCH *)Echo.Socket->Dispatch)->WskCloseSocket(Echo.Socket, Request.Irp);
    FinishRequest(&Request, NULL);
    Echo.Socket = NULL;
}

static NTSTATUS OpenEchoSocket(ADDRESS_FAMILY Family)
{
    NTSTATUS Status;

    KeInitializeEvent(&Echo.ListsGone, NotificationEvent, FALSE);
    Echo.Lists = 1;
    Status = CreateEchoSocket(Family);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = StartEcho(Family);
    if (!NT_SUCCESS(Status))
    {
        CloseEchoSocket();
    }
    return Status;
}

/* ---- the driver --------------------------------------------------------------------------- */

static VOID EchoUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);

    CloseEchoSocket();
    WskReleaseProviderNPI(&Echo.Registration);
    WskDeregister(&Echo.Registration);
    DbgPrint("echoed %d datagrams, %I64d bytes\n", Echo.Echoed, Echo.Bytes);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONST WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI ClientNpi = {NULL, &ClientDispatch};
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = WskRegister(&ClientNpi, &Echo.Registration);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = WskCaptureProviderNPI(&Echo.Registration, WSK_INFINITE_WAIT, &Echo.Provider);
    if (!NT_SUCCESS(Status))
    {
        goto cleanupRegistration;
    }
    Status = OpenEchoSocket(AF_INET6);
    if (!NT_SUCCESS(Status) && Status != STATUS_ADDRESS_ALREADY_EXISTS)
    {
        Status = OpenEchoSocket(AF_INET); /* a machine without IPv6 */
    }
    if (!NT_SUCCESS(Status))
    {
        goto cleanupProvider;
    }
    DriverObject->DriverUnload = EchoUnload;
    return STATUS_SUCCESS;

cleanupProvider:
    WskReleaseProviderNPI(&Echo.Registration);
cleanupRegistration:
    WskDeregister(&Echo.Registration);
    return Status;
}
