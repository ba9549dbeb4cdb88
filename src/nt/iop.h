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
/* The same: when completion reaches the top only UserEvent is set; the thread that
 * waits for it (iorequest.c) finishes and frees the IRP. */
#define IOP_IRP_HELD 0x40
/* With IOP_IRP_BUILT: Tail.Overlay.OriginalFileObject and UserEvent, if any, are
 * objects whose references completion gives back. */
#define IOP_IRP_FILE 0x20

/* Whether IoCancelIrp was called on Irp. Drivers read Irp->Cancel plainly; inside,
 * where the reader may hold no lock, it is read as what it is: shared. */
static inline BOOLEAN IopIrpCancelled(PIRP Irp)
{
    return __atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED);
}

/* IoAllocateIrp for Function, charged to the driver that Caller lies in. */
PIRP IopAllocateIrp(CCHAR StackSize, PCSTR Function, PVOID Caller);
/* Parts of IoBuildXxxRequest, for an IRP whose next stack location has its major
 * function. FALSE: exhausted; then IopAbandonIrp, which frees what was attached and
 * the IRP and returns NULL. The last form takes DeviceObject's way of transfer. */
BOOLEAN IopAttachControlBuffers(PIRP Irp, ULONG Method, PVOID Input, ULONG InputLength, PVOID Output,
                                ULONG OutputLength, PVOID Caller);
BOOLEAN IopAttachTransferBuffer(PIRP Irp, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length, PVOID Caller);
PIRP IopAbandonIrp(PIRP Irp, PVOID Caller);
/* Gives the results of a completed IRP to who asked, and frees it with what is
 * attached to it. At most OutputLength bytes are copied. */
VOID IopFinishIrp(PIRP Irp, SIZE_T OutputLength, PVOID Caller);

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
/* What a host program may open a device for; all of it unless IopSetUserRights says
 * otherwise. */
#define IOP_USER_OPEN 1
#define IOP_USER_READ 2
#define IOP_USER_WRITE 4
VOID IopSetUserRights(PDEVICE_OBJECT DeviceObject, UCHAR Rights);
/* Counts a file that opens DeviceObject for Rights, until IopCloseDeviceObject.
 * STATUS_NO_SUCH_DEVICE: it is not ready yet, or deleted; STATUS_ACCESS_DENIED: it
 * is exclusive and open, or not for that. */
NTSTATUS IopOpenDeviceObject(PDEVICE_OBJECT DeviceObject, UCHAR Rights);
VOID IopCloseDeviceObject(PDEVICE_OBJECT DeviceObject);
/* Clears DO_DEVICE_INITIALIZING of what DriverEntry created. */
VOID IopReadyDevices(PDRIVER_OBJECT DriverObject);
/* The dispatch routine of every function a driver leaves alone. */
NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);

/* From now on no device of the driver can be opened; FALSE, and nothing done, when
 * one is open. */
BOOLEAN IopBeginUnload(PDRIVER_OBJECT DriverObject);
/* DRIVER_OBJECT.Flags */
#define DRVO_UNLOAD_INVOKED 0x00000001

/* ---- requests about files (iorequest.c, file.c) -------------------------------------- */

/*
 * What a request says besides whose it is. Owner: the caller, until the call
 * returns; the buffers also while a request is pending.
 */
typedef struct _IOP_REQUEST
{
    UCHAR MajorFunction;
    KPROCESSOR_MODE Mode;       /* UserMode: buffers are checked first */
    ULONG ControlCode;          /* of device and file system control */
    PVOID Input;
    ULONG InputLength;
    PVOID Output;               /* of a read; of a write it is Input */
    ULONG OutputLength;
    LARGE_INTEGER Offset;
    ULONG InformationClass;     /* of query and set information */
    PVOID Caller;
} IOP_REQUEST, *PIOP_REQUEST;

/* Sends it to FileObject's device and waits; at Timeout (NULL: never) cancels it and
 * waits on. The status is the dispatch routine's, or of the IRP when that was pending;
 * *IoStatus says how the IRP was completed. PASSIVE_LEVEL. STATUS_ACCESS_VIOLATION,
 * STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS IopRequestAndWait(PFILE_OBJECT FileObject, const IOP_REQUEST *Request, PLARGE_INTEGER Timeout,
                           PIO_STATUS_BLOCK IoStatus);
/* Cancels what IopRequestAndWait waits for on this file; what comes later gets
 * STATUS_CANCELLED. IRQL <= DISPATCH_LEVEL. */
VOID IopCancelFile(PFILE_OBJECT FileObject);
#define IOP_FO_CANCELLED 0x40000000 /* FILE_OBJECT.Flags, under its IrpListLock */
/* Sends it; when that says STATUS_PENDING, *UserIosb is written and Event (whose
 * reference the IRP takes over in any case), or else the file's event, set later. */
NTSTATUS IopRequest(PFILE_OBJECT FileObject, const IOP_REQUEST *Request, PIO_STATUS_BLOCK UserIosb, PKEVENT Event);
/* Sends Irp, whose next stack location is set up, and waits as IopRequestAndWait;
 * the caller owns it again. */
NTSTATUS IopSendIrp(PDEVICE_OBJECT Top, PIRP Irp, PLARGE_INTEGER Timeout);

/* How a file is to be opened. */
typedef struct _IOP_OPEN
{
    KPROCESSOR_MODE Mode;
    ACCESS_MASK DesiredAccess;
    ULONG ShareAccess;
    ULONG Disposition;
    ULONG Options;
    ULONG FileAttributes;
    LARGE_INTEGER AllocationSize;
    PVOID EaBuffer;
    ULONG EaLength;
    ULONG_PTR Information; /* out: FILE_OPENED and its kind */
    PVOID Caller;
} IOP_OPEN, *PIOP_OPEN;

/* *FileObject has one reference. STATUS_OBJECT_NAME_NOT_FOUND and the others of
 * ObpReferenceName, STATUS_NO_SUCH_DEVICE, STATUS_ACCESS_DENIED, or what the driver
 * says. PASSIVE_LEVEL. */
NTSTATUS IopOpenFile(PCUNICODE_STRING Name, PIOP_OPEN Open, PFILE_OBJECT *FileObject);
/* What the end of a file's last handle does: IRP_MJ_CLEANUP. */
VOID IopCleanupFile(PVOID FileObject);
extern OBJECT_TYPE IopFileType;

/* A reported driver's own misuse records go with it (report.c). */
VOID KiForgetMisuse(PIOP_DRIVER Driver);
