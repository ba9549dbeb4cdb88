// SPDX-License-Identifier: MIT
/*
 * Random numbers by Cryptography API: Next Generation. The one algorithm here is
 * the random number generator, which is the host's own.
 */
#include <bcrypt.h>

#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"

#define EXP_RNG_TAG 'gnRB'
#define EXP_RNG_MAGIC 0x474E5242

/* An open algorithm. Owner: who opened it, until BCryptCloseAlgorithmProvider. */
typedef struct _EXP_RNG
{
    ULONG Magic;
    ULONG Flags;
} EXP_RNG, *PEXP_RNG;

static PEXP_RNG ExpFindRng(BCRYPT_ALG_HANDLE Handle)
{
    PEXP_RNG Rng = Handle;
    return Rng != NULL && ExpFindBlock(Rng, ExpKindPool) != NULL && Rng->Magic == EXP_RNG_MAGIC ? Rng : NULL;
}

/* *phAlgorithm is the caller's, until BCryptCloseAlgorithmProvider; with
 * BCRYPT_PROV_DISPATCH it may be used at DISPATCH_LEVEL. pszImplementation changes
 * nothing. PASSIVE_LEVEL. STATUS_NOT_FOUND: an algorithm other than
 * BCRYPT_RNG_ALGORITHM; STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY. */
NTSTATUS NTAPI BCryptOpenAlgorithmProvider(BCRYPT_ALG_HANDLE *phAlgorithm, PCWSTR pszAlgId, PCWSTR pszImplementation,
                                           ULONG dwFlags)
{
    UNICODE_STRING Wanted;
    UNICODE_STRING Name;

    UNREFERENCED_PARAMETER(pszImplementation);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (phAlgorithm == NULL || pszAlgId == NULL || (dwFlags & ~(ULONG)BCRYPT_PROV_DISPATCH) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    *phAlgorithm = NULL;
    RtlInitUnicodeString(&Wanted, pszAlgId);
    RtlInitUnicodeString(&Name, BCRYPT_RNG_ALGORITHM);
    if (!RtlEqualUnicodeString(&Wanted, &Name, FALSE))
    {
        return STATUS_NOT_FOUND;
    }
    PEXP_RNG Rng = ExpAllocateBlock(ExpKindPool, sizeof(EXP_RNG), EXP_RNG_TAG, 0, __builtin_return_address(0));
    if (Rng == NULL)
    {
        return STATUS_NO_MEMORY;
    }
    Rng->Magic = EXP_RNG_MAGIC;
    Rng->Flags = dwFlags;
    *phAlgorithm = Rng;
    return STATUS_SUCCESS;
}

/* PASSIVE_LEVEL. STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER: flags. */
NTSTATUS NTAPI BCryptCloseAlgorithmProvider(BCRYPT_ALG_HANDLE hAlgorithm, ULONG dwFlags)
{
    PEXP_RNG Rng = ExpFindRng(hAlgorithm);

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (dwFlags != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Rng == NULL)
    {
        return STATUS_INVALID_HANDLE;
    }
    Rng->Magic = 0;
    ExpFreeBlock(Rng, __builtin_return_address(0));
    return STATUS_SUCCESS;
}

/* Fills pbBuffer. hAlgorithm is NULL with BCRYPT_USE_SYSTEM_PREFERRED_RNG, and only
 * then. Entropy in the buffer (BCRYPT_RNG_USE_ENTROPY_IN_BUFFER) is overwritten:
 * the generator needs none. IRQL <= DISPATCH_LEVEL with a BCRYPT_PROV_DISPATCH handle
 * or none, else PASSIVE_LEVEL. STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER. */
NTSTATUS NTAPI BCryptGenRandom(BCRYPT_ALG_HANDLE hAlgorithm, PUCHAR pbBuffer, ULONG cbBuffer, ULONG dwFlags)
{
    BOOLEAN System = (dwFlags & BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0;

    if ((dwFlags & ~(ULONG)(BCRYPT_RNG_USE_ENTROPY_IN_BUFFER | BCRYPT_USE_SYSTEM_PREFERRED_RNG)) != 0 ||
        (pbBuffer == NULL && cbBuffer != 0))
    {
        return STATUS_INVALID_PARAMETER;
    }
    PEXP_RNG Rng = System ? NULL : ExpFindRng(hAlgorithm);
    if (System ? hAlgorithm != NULL : Rng == NULL)
    {
        return System ? STATUS_INVALID_PARAMETER : STATUS_INVALID_HANDLE;
    }
    KI_IRQL_MAX(System || (Rng->Flags & BCRYPT_PROV_DISPATCH) != 0 ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    HcRandom(pbBuffer, cbBuffer);
    return STATUS_SUCCESS;
}
