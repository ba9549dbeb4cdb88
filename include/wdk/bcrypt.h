// SPDX-License-Identifier: MIT
#pragma once
/*
 * Cryptographic random numbers, the part of Cryptography API: Next Generation
 * that network drivers use for seeds and identifiers. Facts: SDK pages
 * BCryptGenRandom, BCryptOpenAlgorithmProvider, BCryptCloseAlgorithmProvider;
 * numbers as in mingw-w64's bcrypt.h.
 */
#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BCRYPT_RNG_ALGORITHM L"RNG"
#define MS_PRIMITIVE_PROVIDER L"Microsoft Primitive Provider"

#define BCRYPT_RNG_USE_ENTROPY_IN_BUFFER 0x00000001
#define BCRYPT_USE_SYSTEM_PREFERRED_RNG 0x00000002
#define BCRYPT_PROV_DISPATCH 0x00000001

typedef PVOID BCRYPT_HANDLE;
typedef PVOID BCRYPT_ALG_HANDLE;

/* PASSIVE_LEVEL. *phAlgorithm is closed by BCryptCloseAlgorithmProvider.
 * STATUS_NOT_FOUND: no such algorithm. */
NTSTATUS NTAPI BCryptOpenAlgorithmProvider(_Out_ BCRYPT_ALG_HANDLE *phAlgorithm, _In_ PCWSTR pszAlgId,
                                           _In_opt_ PCWSTR pszImplementation, _In_ ULONG dwFlags);
NTSTATUS NTAPI BCryptCloseAlgorithmProvider(_Inout_ BCRYPT_ALG_HANDLE hAlgorithm, _In_ ULONG dwFlags);
/* <= DISPATCH_LEVEL with BCRYPT_PROV_DISPATCH handles or
 * BCRYPT_USE_SYSTEM_PREFERRED_RNG (hAlgorithm NULL). STATUS_INVALID_HANDLE,
 * STATUS_INVALID_PARAMETER. */
NTSTATUS NTAPI BCryptGenRandom(_In_opt_ BCRYPT_ALG_HANDLE hAlgorithm, _Out_writes_bytes_(cbBuffer) PUCHAR pbBuffer,
                               _In_ ULONG cbBuffer, _In_ ULONG dwFlags);

#ifdef __cplusplus
}
#endif
