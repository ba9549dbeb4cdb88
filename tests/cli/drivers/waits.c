// SPDX-License-Identifier: MIT
/* Waits in several ways, until it is unloaded: one thread for an event, with a lock
 * held for which another one waits, and a listening socket with an accept pending. */
#include <ntddk.h>
#include <wsk.h>

static CONST WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;
static WSK_PROVIDER_NPI Provider;
static PWSK_SOCKET Listener;
static PIRP Call, Accept;
static KEVENT CallDone, AcceptDone, Go, Locked;
static EX_PUSH_LOCK Lock;
static HANDLE Threads[2];

static NTSTATUS Completed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP Fresh(PIRP Irp, PKEVENT Done)
{
    IoReuseIrp(Irp, STATUS_SUCCESS);
    KeClearEvent(Done);
    IoSetCompletionRoutine(Irp, Completed, Done, TRUE, TRUE, TRUE);
    return Irp;
}

static NTSTATUS Finish(PIRP Irp, PKEVENT Done)
{
    KeWaitForSingleObject(Done, Executive, KernelMode, FALSE, NULL);
    return Irp->IoStatus.Status;
}

static DECLSPEC_NOINLINE VOID WaitForUnload(VOID)
{
    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
}

static VOID HoldsLock(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&Lock);
    KeSetEvent(&Locked, IO_NO_INCREMENT, FALSE);
    WaitForUnload();
    ExReleasePushLockExclusive(&Lock);
    KeLeaveCriticalRegion();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static DECLSPEC_NOINLINE VOID TakeLock(VOID)
{
    ExAcquirePushLockShared(&Lock);
    ExReleasePushLockShared(&Lock);
}

static VOID WantsLock(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Locked, Executive, KernelMode, FALSE, NULL);
    KeEnterCriticalRegion();
    TakeLock();
    KeLeaveCriticalRegion();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS Listen(VOID)
{
    SOCKADDR_IN Loopback = {.sin_family = AF_INET, .sin_addr.S_un.S_addr = 0x0100007F};
    const WSK_PROVIDER_LISTEN_DISPATCH *Dispatch;

    Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL,
                                 NULL, NULL, NULL, Fresh(Call, &CallDone));
    if (!NT_SUCCESS(Finish(Call, &CallDone)))
    {
        return Call->IoStatus.Status;
    }
    Listener = (PWSK_SOCKET)Call->IoStatus.Information;
    Dispatch = Listener->Dispatch;
    Dispatch->WskBind(Listener, (PSOCKADDR)&Loopback, 0, Fresh(Call, &CallDone));
    if (!NT_SUCCESS(Finish(Call, &CallDone)))
    {
        return Call->IoStatus.Status;
    }
    Dispatch->WskAccept(Listener, 0, NULL, NULL, NULL, NULL, Fresh(Accept, &AcceptDone));
    return STATUS_SUCCESS;
}

static VOID WaitsUnload(PDRIVER_OBJECT DriverObject)
{
    const WSK_PROVIDER_LISTEN_DISPATCH *Dispatch = Listener->Dispatch;

    UNREFERENCED_PARAMETER(DriverObject);
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
    {
        ZwWaitForSingleObject(Threads[i], FALSE, NULL);
        ZwClose(Threads[i]);
    }
    Dispatch->Basic.WskCloseSocket(Listener, Fresh(Call, &CallDone));
    Finish(Call, &CallDone);
    Finish(Accept, &AcceptDone);
    IoFreeIrp(Call);
    IoFreeIrp(Accept);
    WskReleaseProviderNPI(&Registration);
    WskDeregister(&Registration);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WSK_CLIENT_NPI ClientNpi = {NULL, &ClientDispatch};

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = WaitsUnload;
    KeInitializeEvent(&CallDone, NotificationEvent, FALSE);
    KeInitializeEvent(&AcceptDone, NotificationEvent, FALSE);
    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    KeInitializeEvent(&Locked, NotificationEvent, FALSE);
    ExInitializePushLock(&Lock);
    Call = IoAllocateIrp(1, FALSE);
    Accept = IoAllocateIrp(1, FALSE);
    WskRegister(&ClientNpi, &Registration);
    WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Provider);
    PsCreateSystemThread(&Threads[0], THREAD_ALL_ACCESS, NULL, NULL, NULL, HoldsLock, NULL);
    PsCreateSystemThread(&Threads[1], THREAD_ALL_ACCESS, NULL, NULL, NULL, WantsLock, NULL);
    return Listen();
}
