// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the I/O manager: what a driver is charged for (the leak
 * report at unload), and the state kept in an IRP's reserved bytes. Callers:
 * src/nt. See nt/init.h for what the other folders use.
 */
#include "nt/init.h"
#include "nt/obp.h"

/* Bugcheck codes only reported here. */
#ifndef CANCEL_STATE_IN_COMPLETED_IRP
#define CANCEL_STATE_IN_COMPLETED_IRP 0x48
#endif
#ifndef TARGET_MDL_TOO_SMALL
#define TARGET_MDL_TOO_SMALL 0x49
#endif

/* Things a driver must give back before it is unloaded. Pool, IRPs and MDLs are
 * counted in their own headers (nt/expp.h). */
typedef enum _IOP_CHARGE
{
    IopChargeThread,
    IopChargeWorkItem,
    IopChargeTimer,
    IopChargeDevice,
    IopChargeSymbolicLink,
    IopChargeHandle,
    IopChargeLookaside,
    IopChargeMaximum
} IOP_CHARGE;

/* Adds Delta (may be negative) to what Driver has outstanding. NULL is the host:
 * counted, never reported. Any IRQL. Keep the pointer IopFindDriver gave for the
 * later decrement, since somebody else's code may give the thing back; it stays
 * valid until then. */
VOID IopChargeDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge, LONG Delta);
/* What Driver (NULL: the host) has outstanding now. Any IRQL. */
LONG IopChargedToDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge);

NTSTATUS IopInitialize(VOID);
VOID IopUninitialize(VOID);

/* Irp->AllocationFlags: built by the I/O manager (IoBuildXxxRequest), which frees
 * it when its completion reaches the top. */
#define IOP_IRP_BUILT 0x80

/* Whether IoCancelIrp was called on Irp. Drivers read Irp->Cancel plainly; inside,
 * where the reader may hold no lock, it is read as what it is: shared. */
static inline BOOLEAN IopIrpCancelled(PIRP Irp)
{
    return __atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED);
}

/* IoAllocateIrp for Function, charged to the driver that Caller lies in. */
PIRP IopAllocateIrp(CCHAR StackSize, PCSTR Function, PVOID Caller);
/* A bugcheck when Irp is no IRP or still in somebody's queue: it is about to be
 * freed or set up anew. */
VOID IopCheckIrpIdle(PIRP Irp, PCSTR What, PVOID Caller);

/* ---- names and devices (device.c) ------------------------------------------------ */

extern OBJECT_TYPE IopDriverObjectType;
extern OBJECT_TYPE IopDeviceObjectType;

/* Logs the devices and symbolic links Driver has left, and takes their names out,
 * so that the driver can be loaded again; returns how many there were. */
SIZE_T IopReportDevices(PIOP_DRIVER Driver);
VOID IopForgetDevices(PIOP_DRIVER Driver);
/* The device of that name, through symbolic links, with a reference.
 * STATUS_OBJECT_NAME_NOT_FOUND. */
NTSTATUS IopReferenceDevice(PCUNICODE_STRING Name, PDEVICE_OBJECT *DeviceObject);
/* Clears DO_DEVICE_INITIALIZING of what DriverEntry created. */
VOID IopReadyDevices(PDRIVER_OBJECT DriverObject);
/* The dispatch routine of every function a driver leaves alone. */
NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);

/* A reported driver's own misuse records go with it (report.c). */
VOID KiForgetMisuse(PIOP_DRIVER Driver);
