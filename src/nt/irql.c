// SPDX-License-Identifier: MIT
/*
 * The interrupt request level: raising and lowering it, and the checks that
 * every exported function makes of it. It is a property of the thread; from
 * DISPATCH_LEVEL on the thread owns a virtual processor (processor.c).
 */
#include "nt/kip.h"

PCSTR KiIrqlName(KIRQL Irql)
{
    static const PCSTR Names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};

    if (Irql < RTL_NUMBER_OF(Names))
    {
        return Names[Irql];
    }
    return Irql == HIGH_LEVEL ? "HIGH_LEVEL" : "a device level";
}

static KIRQL KiRaise(KIRQL NewIrql, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();
    KIRQL OldIrql = Thread->Irql;

    if (NewIrql < OldIrql || NewIrql > HIGH_LEVEL)
    {
        KiBugCheck(IRQL_NOT_GREATER_OR_EQUAL, Caller, NULL, "KeRaiseIrql to %s (%u) at %s: raising cannot lower",
                   KiIrqlName(NewIrql), NewIrql, KiIrqlName(OldIrql));
    }
    if (NewIrql >= DISPATCH_LEVEL && OldIrql < DISPATCH_LEVEL)
    {
        KiTakeProcessor(Thread, Caller);
        KiStoreRelaxed(&Thread->IrqlCaller, Caller);
    }
    Thread->Irql = NewIrql;
    return OldIrql;
}

/* Raises the level; returns the old one for KeLowerIrql. May wait for a processor
 * when it reaches DISPATCH_LEVEL; higher ones mean no more (DIV-21). Any IRQL <= NewIrql. Page: nf-wdm-kfraiseirql. */
KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql)
{
    return KiRaise(NewIrql, __builtin_return_address(0));
}

/* KfRaiseIrql(DISPATCH_LEVEL). Page: nf-wdm-keraiseirqltodpclevel. */
KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID)
{
    return KiRaise(DISPATCH_LEVEL, __builtin_return_address(0));
}

/* Lowers the level to what a raise returned. Below DISPATCH_LEVEL it first runs
 * the DPCs and completions that the processor has queued. Any IRQL. Page:
 * nf-wdm-kelowerirql. */
VOID NTAPI KeLowerIrql(KIRQL NewIrql)
{
    PKTHREAD Thread = KiCurrentThread();

    if (NewIrql > Thread->Irql)
    {
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, __builtin_return_address(0), NULL,
                   "KeLowerIrql to %s (%u) at %s: lowering cannot raise", KiIrqlName(NewIrql), NewIrql,
                   KiIrqlName(Thread->Irql));
    }
    if (Thread->Processor != NULL && NewIrql < DISPATCH_LEVEL)
    {
        KiGiveUpProcessor(Thread, __builtin_return_address(0));
    }
    Thread->Irql = NewIrql;
}

/* The current level. Any IRQL. Page: nf-wdm-kegetcurrentirql. */
KIRQL NTAPI KeGetCurrentIrql(VOID)
{
    return KiCurrentThread()->Irql;
}

/* ---- checks --------------------------------------------------------------------- */

VOID KiCheckIrqlMax(KIRQL Maximum, PCSTR Function, PVOID Caller)
{
    KIRQL Irql = KiCurrentThread()->Irql;

    if (Irql > Maximum)
    {
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, Caller, NULL, "%s is called at %s; it may be called at %s or below",
                   Function, KiIrqlName(Irql), KiIrqlName(Maximum));
    }
}

VOID KiCheckIrqlMin(KIRQL Minimum, PCSTR Function, PVOID Caller)
{
    KIRQL Irql = KiCurrentThread()->Irql;

    if (Irql < Minimum)
    {
        KiBugCheck(IRQL_NOT_GREATER_OR_EQUAL, Caller, NULL, "%s is called at %s; it needs %s or above", Function,
                   KiIrqlName(Irql), KiIrqlName(Minimum));
    }
}

VOID KiAssertPassive(PCSTR What, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->Irql != PASSIVE_LEVEL)
    {
        CHAR Raised[256];
        HcDescribeAddress(Thread->IrqlCaller, Raised, sizeof(Raised));
        KiBugCheck(IRQL_GT_ZERO_AT_SYSTEM_SERVICE, Caller, NULL, "%s at %s instead of PASSIVE_LEVEL%s%s", What,
                   KiIrqlName(Thread->Irql), Thread->Irql >= DISPATCH_LEVEL ? "; it was raised by " : "",
                   Thread->Irql >= DISPATCH_LEVEL ? Raised : "");
    }
}
