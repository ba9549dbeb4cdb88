// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the components of src/nt offer each other besides their own private
 * headers: the start and stop pairs that init.c's table runs, and the checks
 * that several of them share. Callers: src/nt only.
 */
#include "nt/init.h"

/* ---- components, in the order init.c brings them up ------------------------ */

NTSTATUS ObpInitialize(VOID);
VOID ObpUninitialize(VOID);
NTSTATUS SepInitialize(VOID);
VOID SepUninitialize(VOID);
NTSTATUS ExpInitialize(VOID);
VOID ExpUninitialize(VOID);
NTSTATUS KiInitializeThreads(VOID);
VOID KiUninitializeThreads(VOID);
NTSTATUS KiInitializeProcesses(VOID);
VOID KiUninitializeProcesses(VOID);
NTSTATUS KiInitializeTimers(VOID);
VOID KiUninitializeTimers(VOID);
NTSTATUS IopInitialize(VOID);
VOID IopUninitialize(VOID);
NTSTATUS ExpInitializeWorkers(VOID);
VOID ExpUninitializeWorkers(VOID);

/* ---- checks ------------------------------------------------------------------ */

/* A bugcheck when the caller is above PASSIVE_LEVEL: What names what has just
 * returned or is about to happen ("DriverEntry of echo returned"). */
VOID KiAssertPassive(PCSTR What, PVOID Caller);
/* A bugcheck when the caller is below Minimum. */
VOID KiCheckIrqlMin(KIRQL Minimum, PCSTR Function, PVOID Caller);
#define KI_IRQL_MIN(Level) KiCheckIrqlMin((Level), __func__, __builtin_return_address(0))
/* "DISPATCH_LEVEL" for 2. */
PCSTR KiIrqlName(KIRQL Irql);
