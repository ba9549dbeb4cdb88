// SPDX-License-Identifier: MIT
/* Resolves the name in its DriverEntry and says what came of it. */
#include <ntddk.h>
#include <wsk.h>

static const WSK_CLIENT_DISPATCH Dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION Registration;

static VOID ResolvesUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    WskDeregister(&Registration);
}

static NTSTATUS NTAPI Completed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS Resolve(PWSK_PROVIDER_NPI Npi, PIRP Irp)
{
    UNICODE_STRING Node = RTL_CONSTANT_STRING(L"server.wskhost.test");
    UNICODE_STRING Service = RTL_CONSTANT_STRING(L"http");
    ADDRINFOEXW Hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    PADDRINFOEXW Result = NULL;
    KEVENT Done;
    NTSTATUS Status;

    KeInitializeEvent(&Done, SynchronizationEvent, FALSE);
    IoSetCompletionRoutine(Irp, Completed, &Done, TRUE, TRUE, TRUE);
    Npi->Dispatch->WskGetAddressInfo(Npi->Client, &Node, &Service, NS_ALL, NULL, &Hints, &Result, NULL, NULL, Irp);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
    {
        PSOCKADDR_IN Address = (PSOCKADDR_IN)Result->ai_addr;

        DbgPrint("resolved to %u.%u.%u.%u, port %u\n", Address->sin_addr.S_un.S_un_b.s_b1,
                 Address->sin_addr.S_un.S_un_b.s_b2, Address->sin_addr.S_un.S_un_b.s_b3,
                 Address->sin_addr.S_un.S_un_b.s_b4, RtlUshortByteSwap(Address->sin_port));
        Npi->Dispatch->WskFreeAddressInfo(Npi->Client, Result);
    }
    else
    {
        DbgPrint("not resolved: 0x%08X\n", Status);
    }
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WSK_CLIENT_NPI Client = {NULL, &Dispatch};
    WSK_PROVIDER_NPI Npi;
    NTSTATUS Status;
    PIRP Irp;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = ResolvesUnload;
    Status = WskRegister(&Client, &Registration);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Irp = IoAllocateIrp(1, FALSE);
    Status = WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Npi);
    if (NT_SUCCESS(Status))
    {
        Status = Resolve(&Npi, Irp);
        WskReleaseProviderNPI(&Registration);
    }
    IoFreeIrp(Irp);
    return Status;
}
