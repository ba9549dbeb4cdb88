// SPDX-License-Identifier: MIT
/* Deregisters with a socket open: WskDeregister waits for it for ever. */
#include <ntddk.h>
#include <wsk.h>

static WSK_REGISTRATION Registration;

static NTSTATUS SocketMade(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID ForgetsUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    WskReleaseProviderNPI(&Registration);
    WskDeregister(&Registration);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONST WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI ClientNpi = {NULL, &ClientDispatch};
    WSK_PROVIDER_NPI Provider;
    KEVENT Made;
    PIRP Irp;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = ForgetsUnload;
    if (!NT_SUCCESS(WskRegister(&ClientNpi, &Registration)) ||
        !NT_SUCCESS(WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Provider)))
    {
        return STATUS_UNSUCCESSFUL;
    }
    KeInitializeEvent(&Made, NotificationEvent, FALSE);
    Irp = IoAllocateIrp(1, FALSE);
    IoSetCompletionRoutine(Irp, SocketMade, &Made, TRUE, TRUE, TRUE);
    Provider.Dispatch->WskSocket(Provider.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL,
                                 NULL, NULL, NULL, Irp);
    KeWaitForSingleObject(&Made, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(Irp);
    return STATUS_SUCCESS;
}
