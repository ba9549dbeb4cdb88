// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the I/O manager: what a driver is charged for (the leak
 * report at unload), and the state kept in an IRP's reserved bytes. Callers:
 * src/nt. See nt/init.h for what the other folders use.
 */
#include "nt/init.h"

/* Things a driver must give back before it is unloaded. */
typedef enum _IOP_CHARGE
{
    IopChargeIrp,
    IopChargeMdl,
    IopChargePages, /* MmAllocatePagesForMdl, in pages */
    IopChargeThread,
    IopChargeWorkItem,
    IopChargeDevice,
    IopChargeSymbolicLink,
    IopChargeHandle,
    IopChargeLookaside,
    IopChargeTimer,
    IopChargeMaximum
} IOP_CHARGE;

/* Adds Delta (may be negative) to what Driver has outstanding. NULL is the host:
 * counted, never reported. Any IRQL. Keep the pointer IopFindDriver gave for the
 * later decrement: the thing may be given back by somebody else's code. */
VOID IopChargeDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge, LONG Delta);
/* What Driver (NULL: the host) has outstanding now. Any IRQL. */
LONG IopChargedToDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge);

/* For blocks that outlive their driver: a number never used again, 0 for the host. */
ULONG IopDriverId(PIOP_DRIVER Driver);
