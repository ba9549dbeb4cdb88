// SPDX-License-Identifier: MIT
#pragma once
/*
 * In user mode this header adds the resolver calls of Winsock to the types
 * below; a driver that includes it wants the types.
 */
#include <ws2def.h>
#include <ws2ipdef.h>
#include <mstcpip.h>
