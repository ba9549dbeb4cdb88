// SPDX-License-Identifier: MIT
#pragma once
/*
 * The Network Module Registrar (NMR): how clients and providers of a network
 * programming interface find each other. Facts from the DDI pages named at each
 * declaration; field order of the characteristics also in ReactOS's netioddk.h.
 */
#include <wdm.h>
#include <netiodef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef CONST struct _NPI_CLIENT_CHARACTERISTICS *PNPI_CLIENT_CHARACTERISTICS;
typedef CONST struct _NPI_PROVIDER_CHARACTERISTICS *PNPI_PROVIDER_CHARACTERISTICS;
typedef CONST struct _NPI_REGISTRATION_INSTANCE *PNPI_REGISTRATION_INSTANCE;

/* Page NPI_REGISTRATION_INSTANCE. What the pointers refer to stays valid while
 * the module is registered (the registrar keeps pointers). */
typedef struct _NPI_REGISTRATION_INSTANCE
{
    USHORT Version; /* 0 */
    USHORT Size;    /* sizeof(NPI_REGISTRATION_INSTANCE) */
    PNPIID NpiId;
    PNPI_MODULEID ModuleId;
    ULONG Number; /* tells several implementations of one NPI apart; else 0 */
    CONST VOID *NpiSpecificCharacteristics; /* WSK: the provider's WSK_PROVIDER_CHARACTERISTICS */
} NPI_REGISTRATION_INSTANCE;

/* ---- client side ---------------------------------------------------------- */

/* Once per provider of the NPI, now and later. PASSIVE_LEVEL. STATUS_SUCCESS
 * (attached), STATUS_NOINTERFACE (not wanted), or the status of
 * NmrClientAttachProvider. Page NPI_CLIENT_ATTACH_PROVIDER_FN. */
typedef NTSTATUS(NTAPI NPI_CLIENT_ATTACH_PROVIDER_FN)(_In_ HANDLE NmrBindingHandle, _In_ PVOID ClientContext,
                                                      _In_ PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance);
typedef NPI_CLIENT_ATTACH_PROVIDER_FN *PNPI_CLIENT_ATTACH_PROVIDER_FN;

/* At most once per binding, <= DISPATCH_LEVEL. STATUS_SUCCESS when no call into
 * the provider is in progress, else STATUS_PENDING and later
 * NmrClientDetachProviderComplete. Page NPI_CLIENT_DETACH_PROVIDER_FN. */
typedef NTSTATUS(NTAPI NPI_CLIENT_DETACH_PROVIDER_FN)(_In_ PVOID ClientBindingContext);
typedef NPI_CLIENT_DETACH_PROVIDER_FN *PNPI_CLIENT_DETACH_PROVIDER_FN;

/* After both sides detached, <= DISPATCH_LEVEL; the place to free the context.
 * Page NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN. */
typedef VOID(NTAPI NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN)(_In_ PVOID ClientBindingContext);
typedef NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN *PNPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN;

/* Page NPI_CLIENT_CHARACTERISTICS; valid while registered. */
typedef struct _NPI_CLIENT_CHARACTERISTICS
{
    USHORT Version; /* 0 */
    USHORT Length;  /* sizeof(NPI_CLIENT_CHARACTERISTICS) */
    PNPI_CLIENT_ATTACH_PROVIDER_FN ClientAttachProvider;
    PNPI_CLIENT_DETACH_PROVIDER_FN ClientDetachProvider;
    PNPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN ClientCleanupBindingContext; /* may be NULL */
    NPI_REGISTRATION_INSTANCE ClientRegistrationInstance;
} NPI_CLIENT_CHARACTERISTICS;

/* PASSIVE_LEVEL. STATUS_INSUFFICIENT_RESOURCES. Page NmrRegisterClient. */
NTSTATUS NTAPI NmrRegisterClient(_In_ PNPI_CLIENT_CHARACTERISTICS ClientCharacteristics,
                                 _In_opt_ PVOID ClientContext, _Out_ PHANDLE NmrClientHandle);
/* <= DISPATCH_LEVEL; STATUS_PENDING when started. Page NmrDeregisterClient. */
NTSTATUS NTAPI NmrDeregisterClient(_In_ HANDLE NmrClientHandle);
/* Blocks, < DISPATCH_LEVEL. STATUS_INVALID_PARAMETER before NmrDeregisterClient.
 * Page NmrWaitForClientDeregisterComplete. */
NTSTATUS NTAPI NmrWaitForClientDeregisterComplete(_In_ HANDLE NmrClientHandle);
/* Inside ClientAttachProvider only, PASSIVE_LEVEL; answers with the provider's
 * status, STATUS_NOINTERFACE for a version it lacks. Page NmrClientAttachProvider. */
NTSTATUS NTAPI NmrClientAttachProvider(_In_ HANDLE NmrBindingHandle, _In_ PVOID ClientBindingContext,
                                       _In_ CONST VOID *ClientDispatch, _Out_ PVOID *ProviderBindingContext,
                                       _Out_ CONST VOID **ProviderDispatch);
/* <= DISPATCH_LEVEL. Page NmrClientDetachProviderComplete. */
VOID NTAPI NmrClientDetachProviderComplete(_In_ HANDLE NmrBindingHandle);

/* ---- provider side -------------------------------------------------------- */

/* PASSIVE_LEVEL. On STATUS_SUCCESS both outputs are set and stay valid for the
 * attachment. Page NPI_PROVIDER_ATTACH_CLIENT_FN. */
typedef NTSTATUS(NTAPI NPI_PROVIDER_ATTACH_CLIENT_FN)(_In_ HANDLE NmrBindingHandle, _In_ PVOID ProviderContext,
                                                      _In_ PNPI_REGISTRATION_INSTANCE ClientRegistrationInstance,
                                                      _In_ PVOID ClientBindingContext,
                                                      _In_ CONST VOID *ClientDispatch,
                                                      _Out_ PVOID *ProviderBindingContext,
                                                      _Out_ CONST VOID **ProviderDispatch);
typedef NPI_PROVIDER_ATTACH_CLIENT_FN *PNPI_PROVIDER_ATTACH_CLIENT_FN;

/* <= DISPATCH_LEVEL. STATUS_SUCCESS when no client callback is in progress, else
 * STATUS_PENDING and later NmrProviderDetachClientComplete.
 * Page NPI_PROVIDER_DETACH_CLIENT_FN. */
typedef NTSTATUS(NTAPI NPI_PROVIDER_DETACH_CLIENT_FN)(_In_ PVOID ProviderBindingContext);
typedef NPI_PROVIDER_DETACH_CLIENT_FN *PNPI_PROVIDER_DETACH_CLIENT_FN;

/* After both sides detached, <= DISPATCH_LEVEL.
 * Page NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN. */
typedef VOID(NTAPI NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN)(_In_ PVOID ProviderBindingContext);
typedef NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN *PNPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN;

/* Page NPI_PROVIDER_CHARACTERISTICS; valid while registered. */
typedef struct _NPI_PROVIDER_CHARACTERISTICS
{
    USHORT Version; /* 0 */
    USHORT Length;  /* sizeof(NPI_PROVIDER_CHARACTERISTICS) */
    PNPI_PROVIDER_ATTACH_CLIENT_FN ProviderAttachClient;
    PNPI_PROVIDER_DETACH_CLIENT_FN ProviderDetachClient;
    PNPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN ProviderCleanupBindingContext; /* may be NULL */
    NPI_REGISTRATION_INSTANCE ProviderRegistrationInstance;
} NPI_PROVIDER_CHARACTERISTICS;

/* The provider's counterparts, with the same levels and statuses. Pages
 * NmrRegisterProvider, NmrDeregisterProvider, NmrWaitForProviderDeregisterComplete,
 * NmrProviderDetachClientComplete. */
NTSTATUS NTAPI NmrRegisterProvider(_In_ PNPI_PROVIDER_CHARACTERISTICS ProviderCharacteristics,
                                   _In_opt_ PVOID ProviderContext, _Out_ PHANDLE NmrProviderHandle);
NTSTATUS NTAPI NmrDeregisterProvider(_In_ HANDLE NmrProviderHandle);
NTSTATUS NTAPI NmrWaitForProviderDeregisterComplete(_In_ HANDLE NmrProviderHandle);
VOID NTAPI NmrProviderDetachClientComplete(_In_ HANDLE NmrBindingHandle);

#ifdef __cplusplus
}
#endif
