// SPDX-License-Identifier: MIT
#pragma once
/*
 * Starting and stopping the WSK provider together with the NT layer under it.
 * Callers: src/loader and the tests. NT world.
 */
#include <ntddk.h>

/* Opens the engine (NULL = default), starts the NT layer on it with that many
 * processors (0 = one per core) and makes the provider ready. PASSIVE_LEVEL.
 * STATUS_NOT_FOUND: no such engine; STATUS_NOT_SUPPORTED: not on this system;
 * STATUS_INVALID_PARAMETER: no such feature of it (the log says which there are). */
NTSTATUS WskpStartSystem(PCSTR EngineName, ULONG ProcessorCount);
/* Every client is deregistered. PASSIVE_LEVEL. */
VOID WskpStopSystem(VOID);

/* For tests of REG-27..29: a provider that is not ready yet. WskpStartSystem
 * leaves it ready; FALSE makes captures wait or fail until TRUE again. */
VOID WskpSetProviderReady(BOOLEAN Ready);

/* Where names are looked up from now on: a hosts file instead of the system's,
 * and one DNS server, "address", "address:port" or "[address]:port", instead of
 * the configured ones. NULL: the system's. Copied. PASSIVE_LEVEL; any time, before
 * WskpStartSystem too. On an error nothing changes: STATUS_INVALID_PARAMETER (no
 * such address can be), STATUS_NO_SUCH_FILE, STATUS_NAME_TOO_LONG. */
NTSTATUS WskpSetNameSources(PCSTR Hosts, PCSTR ServerAddress);
