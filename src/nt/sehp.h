// SPDX-License-Identifier: MIT
#pragma once
/*
 * Structured exceptions, seen from the rest of wskhost: faults offered by a
 * signal handler, and barriers around foreign callbacks. Drivers see excpt.h.
 */
#include <ntddk.h>

/*
 * Offers an access fault of this thread to the innermost __try on it. Does not
 * return when there is one with an __except around the fault: control continues
 * in its filter. FALSE: nobody here handles exceptions.
 * Called from a signal handler installed with SA_NODEFER and an empty mask (the
 * signal mask is not restored on the way out).
 */
BOOLEAN KiSehDispatchFault(NTSTATUS Code, PVOID FaultPc, PVOID FaultAddress);

/*
 * A barrier: exceptions raised from now on do not reach the frames that are on
 * this thread already. For whoever runs someone else's callback (a DPC, a
 * deferred routine) on a thread that may be inside a driver's __try. The result
 * goes to KiSehAttachChain when the callback has returned.
 */
PVOID KiSehDetachChain(VOID);
VOID KiSehAttachChain(PVOID Chain);
