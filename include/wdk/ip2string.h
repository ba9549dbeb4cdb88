// SPDX-License-Identifier: MIT
#pragma once
/*
 * Addresses to text and back. Facts: SDK pages RtlIpv4AddressToString ...,
 * prototypes also in mingw-w64's mstcpip.h. Strings ending in W have 16-bit
 * characters; buffers hold 16 (IPv4), 46 (IPv6), 22 and 65 (with port)
 * characters. Statuses: STATUS_SUCCESS, STATUS_INVALID_PARAMETER.
 */
#include <ntdef.h>
#include <inaddr.h>
#include <in6addr.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Return a pointer to the terminating zero; S holds 16 characters. */
PSTR NTAPI RtlIpv4AddressToStringA(_In_ CONST IN_ADDR *Addr, _Out_ PSTR S);
PWSTR NTAPI RtlIpv4AddressToStringW(_In_ CONST IN_ADDR *Addr, _Out_ PWSTR S);
/* S holds 46 characters. */
PSTR NTAPI RtlIpv6AddressToStringA(_In_ CONST IN6_ADDR *Addr, _Out_ PSTR S);
PWSTR NTAPI RtlIpv6AddressToStringW(_In_ CONST IN6_ADDR *Addr, _Out_ PWSTR S);

/* Port in network byte order, left out when 0; *AddressStringLength in characters
 * with the zero, set to what is needed when too small. */
NTSTATUS NTAPI RtlIpv4AddressToStringExA(_In_ CONST IN_ADDR *Address, _In_ USHORT Port, _Out_ PSTR AddressString,
                                         _Inout_ PULONG AddressStringLength);
NTSTATUS NTAPI RtlIpv4AddressToStringExW(_In_ CONST IN_ADDR *Address, _In_ USHORT Port, _Out_ PWSTR AddressString,
                                         _Inout_ PULONG AddressStringLength);
NTSTATUS NTAPI RtlIpv6AddressToStringExA(_In_ CONST IN6_ADDR *Address, _In_ ULONG ScopeId, _In_ USHORT Port,
                                         _Out_ PSTR AddressString, _Inout_ PULONG AddressStringLength);
NTSTATUS NTAPI RtlIpv6AddressToStringExW(_In_ CONST IN6_ADDR *Address, _In_ ULONG ScopeId, _In_ USHORT Port,
                                         _Out_ PWSTR AddressString, _Inout_ PULONG AddressStringLength);

/* *Terminator: where parsing stopped. Strict: four decimal parts only. */
NTSTATUS NTAPI RtlIpv4StringToAddressA(_In_ PCSTR S, _In_ BOOLEAN Strict, _Out_ PCSTR *Terminator, _Out_ IN_ADDR *Addr);
NTSTATUS NTAPI RtlIpv4StringToAddressW(_In_ PCWSTR S, _In_ BOOLEAN Strict, _Out_ PCWSTR *Terminator,
                                       _Out_ IN_ADDR *Addr);
NTSTATUS NTAPI RtlIpv6StringToAddressA(_In_ PCSTR S, _Out_ PCSTR *Terminator, _Out_ IN6_ADDR *Addr);
NTSTATUS NTAPI RtlIpv6StringToAddressW(_In_ PCWSTR S, _Out_ PCWSTR *Terminator, _Out_ IN6_ADDR *Addr);
NTSTATUS NTAPI RtlIpv4StringToAddressExA(_In_ PCSTR AddressString, _In_ BOOLEAN Strict, _Out_ IN_ADDR *Address,
                                         _Out_ PUSHORT Port);
NTSTATUS NTAPI RtlIpv4StringToAddressExW(_In_ PCWSTR AddressString, _In_ BOOLEAN Strict, _Out_ IN_ADDR *Address,
                                         _Out_ PUSHORT Port);
NTSTATUS NTAPI RtlIpv6StringToAddressExA(_In_ PCSTR AddressString, _Out_ IN6_ADDR *Address, _Out_ PULONG ScopeId,
                                         _Out_ PUSHORT Port);
NTSTATUS NTAPI RtlIpv6StringToAddressExW(_In_ PCWSTR AddressString, _Out_ IN6_ADDR *Address, _Out_ PULONG ScopeId,
                                         _Out_ PUSHORT Port);

#ifdef __cplusplus
}
#endif
