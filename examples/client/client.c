// SPDX-License-Identifier: MIT
/*
 * A TCP client as a kernel driver: connects to an echo server, sends a few
 * messages, checks that each comes back, says how it went, and idles until it
 * is unloaded.
 *
 *     wskhost run examples/echo examples/client
 *
 * It shows the other way of using WSK, opposite to examples/echo: one thread of
 * the driver's own that waits for each IRP in turn, for code that is easier to
 * write as a sequence. A thread may wait because it runs at PASSIVE_LEVEL; a
 * completion routine never may. Only WDK headers; builds with the WDK too.
 */
#include <ntddk.h>
#include <wsk.h>

/* The server: 127.0.0.1 and this port; -DCLIENT_PORT=... for another one. */
#ifndef CLIENT_PORT
#define CLIENT_PORT 40007
#endif

#define CLIENT_MESSAGES 5
#define CLIENT_MESSAGE_SIZE 1000

/*
 * One request and the wait for it.
 * Owner: the thread that made it. The IRP is reused for one request after the
 * other; the event is signalled when the current one is complete.
 */
typedef struct _CLIENT_REQUEST
{
    PIRP Irp;
    KEVENT Done;
} CLIENT_REQUEST, *PCLIENT_REQUEST;

static struct
{
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    KEVENT Stop;     /* set by ClientUnload: whatever is waited for is given up */
    PETHREAD Thread;
} Client;

static NTSTATUS RequestComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);

    KeSetEvent(&((PCLIENT_REQUEST)Context)->Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Before each request. Returns the IRP to pass to the WSK function. */
static PIRP PrepareRequest(PCLIENT_REQUEST Request)
{
    KeClearEvent(&Request->Done);
    IoReuseIrp(Request->Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Request->Irp, RequestComplete, Request, TRUE, TRUE, TRUE);
    return Request->Irp;
}

/* After each request: waits until it is complete, or cancels it when the driver
 * is to be unloaded (and then, too, waits until it is complete: until that
 * moment the IRP belongs to WSK). Returns how the request ended. */
static NTSTATUS FinishRequest(PCLIENT_REQUEST Request)
{
    PVOID Objects[] = {&Request->Done, &Client.Stop};
    NTSTATUS Which = KeWaitForMultipleObjects(2, Objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);

    if (Which == STATUS_WAIT_1)
    {
        IoCancelIrp(Request->Irp);
        KeWaitForSingleObject(&Request->Done, Executive, KernelMode, FALSE, NULL);
    }
    return Request->Irp->IoStatus.Status;
}

static NTSTATUS Connect(PCLIENT_REQUEST Request, PWSK_SOCKET *Socket)
{
    SOCKADDR_IN Local = {.sin_family = AF_INET};
    SOCKADDR_IN Remote = {.sin_family = AF_INET, .sin_port = RtlUshortByteSwap((USHORT)CLIENT_PORT)};
    NTSTATUS Status;

    Remote.sin_addr.s_addr = RtlUlongByteSwap(0x7f000001);
    /* Creates a socket, binds it to any local address, and connects it. */
    Client.Provider.Dispatch->WskSocketConnect(Client.Provider.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&Local,
                                               (PSOCKADDR)&Remote, 0, NULL, NULL, NULL, NULL, NULL,
                                               PrepareRequest(Request));
    Status = FinishRequest(Request);
    *Socket = NT_SUCCESS(Status) ? (PWSK_SOCKET)Request->Irp->IoStatus.Information : NULL;
    return Status;
}

static VOID FillMessage(PUCHAR Data, ULONG Number)
{
    for (ULONG i = 0; i < CLIENT_MESSAGE_SIZE; i++)
    {
        Data[i] = (UCHAR)(Number * 31 + i);
    }
}

/* Sends one message and receives as many bytes; both in Buffer's memory. */
static NTSTATUS ExchangeMessage(PCLIENT_REQUEST Request, PWSK_SOCKET Socket, PWSK_BUF Buffer, PUCHAR Data, ULONG Number)
{
    CONST WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch = (CONST WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;
    NTSTATUS Status;

    FillMessage(Data, Number);
    Dispatch->WskSend(Socket, Buffer, 0, PrepareRequest(Request));
    Status = FinishRequest(Request);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    RtlZeroMemory(Data, CLIENT_MESSAGE_SIZE);
    /* Without WAITALL a receive ends with whatever has arrived. */
    Dispatch->WskReceive(Socket, Buffer, WSK_FLAG_WAITALL, PrepareRequest(Request));
    Status = FinishRequest(Request);
    if (NT_SUCCESS(Status) && Request->Irp->IoStatus.Information != CLIENT_MESSAGE_SIZE)
    {
        return STATUS_CONNECTION_DISCONNECTED; /* the server ended the connection early */
    }
    for (ULONG i = 0; NT_SUCCESS(Status) && i < CLIENT_MESSAGE_SIZE; i++)
    {
        if (Data[i] != (UCHAR)(Number * 31 + i))
        {
            Status = STATUS_DATA_ERROR;
        }
    }
    return Status;
}

static NTSTATUS ExchangeMessages(PCLIENT_REQUEST Request, PWSK_SOCKET Socket)
{
    PUCHAR Data = ExAllocatePool2(POOL_FLAG_NON_PAGED, CLIENT_MESSAGE_SIZE, 'tnlC');
    WSK_BUF Buffer = {NULL, 0, CLIENT_MESSAGE_SIZE};
    NTSTATUS Status = STATUS_SUCCESS;

    Buffer.Mdl = Data ? IoAllocateMdl(Data, CLIENT_MESSAGE_SIZE, FALSE, FALSE, NULL) : NULL;
    if (!Buffer.Mdl)
    {
        Status = STATUS_INSUFFICIENT_RESOURCES;
        goto cleanupData;
    }
    MmBuildMdlForNonPagedPool(Buffer.Mdl);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < CLIENT_MESSAGES; i++)
    {
        Status = ExchangeMessage(Request, Socket, &Buffer, Data, i);
        if (NT_SUCCESS(Status))
        {
            DbgPrint("message %u of %u came back\n", i + 1, CLIENT_MESSAGES);
        }
    }
    IoFreeMdl(Buffer.Mdl);

cleanupData:
    if (Data)
    {
        ExFreePoolWithTag(Data, 'tnlC');
    }
    return Status;
}

/* Ends the conversation in both directions, so that the close resets nothing. */
static VOID Disconnect(PCLIENT_REQUEST Request, PWSK_SOCKET Socket)
{
    CONST WSK_PROVIDER_CONNECTION_DISPATCH *Dispatch = (CONST WSK_PROVIDER_CONNECTION_DISPATCH *)Socket->Dispatch;

    Dispatch->WskDisconnect(Socket, NULL, 0, PrepareRequest(Request));
    FinishRequest(Request);
}

static VOID Close(PCLIENT_REQUEST Request, PWSK_SOCKET Socket)
{
    CONST WSK_PROVIDER_BASIC_DISPATCH *Dispatch = (CONST WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch;

    /* Waited for even when the driver is being unloaded. */
    Dispatch->WskCloseSocket(Socket, PrepareRequest(Request));
    KeWaitForSingleObject(&Request->Done, Executive, KernelMode, FALSE, NULL);
}

static KSTART_ROUTINE ClientThread;

static VOID ClientThread(PVOID Context)
{
    CLIENT_REQUEST Request;
    PWSK_SOCKET Socket;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Context);
    KeInitializeEvent(&Request.Done, NotificationEvent, FALSE);
    Request.Irp = IoAllocateIrp(1, FALSE);
    if (!Request.Irp)
    {
        DbgPrint("no memory\n");
        PsTerminateSystemThread(STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    Status = Connect(&Request, &Socket);
    if (NT_SUCCESS(Status))
    {
        Status = ExchangeMessages(&Request, Socket);
        if (NT_SUCCESS(Status))
        {
            Disconnect(&Request, Socket);
        }
        Close(&Request, Socket);
    }
    IoFreeIrp(Request.Irp);
    if (NT_SUCCESS(Status))
    {
        DbgPrint("all %u messages came back unchanged\n", CLIENT_MESSAGES);
    }
    else
    {
        DbgPrint("failed with status 0x%08X\n", Status);
    }
    PsTerminateSystemThread(Status);
}

static VOID ClientUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);

    KeSetEvent(&Client.Stop, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(Client.Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Client.Thread);
    WskReleaseProviderNPI(&Client.Registration);
    WskDeregister(&Client.Registration);
}

static NTSTATUS StartThread(VOID)
{
    HANDLE Handle;
    NTSTATUS Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, ClientThread, NULL);

    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    /* The object, unlike the handle, can be waited for. It cannot fail for a
     * handle just made. */
    ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&Client.Thread, NULL);
    ZwClose(Handle);
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONST WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI ClientNpi = {NULL, &ClientDispatch};
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&Client.Stop, NotificationEvent, FALSE);
    Status = WskRegister(&ClientNpi, &Client.Registration);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = WskCaptureProviderNPI(&Client.Registration, WSK_INFINITE_WAIT, &Client.Provider);
    if (!NT_SUCCESS(Status))
    {
        goto cleanupRegistration;
    }
    Status = StartThread();
    if (!NT_SUCCESS(Status))
    {
        goto cleanupProvider;
    }
    DriverObject->DriverUnload = ClientUnload;
    return STATUS_SUCCESS;

cleanupProvider:
    WskReleaseProviderNPI(&Client.Registration);
cleanupRegistration:
    WskDeregister(&Client.Registration);
    return Status;
}
