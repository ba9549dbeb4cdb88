// SPDX-License-Identifier: MIT
/*
 * The constant data that drivers get from the kernel's network library: the
 * identity of the WSK interface and the well-known addresses. They are exported
 * objects, not header constants, because drivers take their addresses, and some
 * define NPI_WSK_INTERFACE_ID themselves, which then wins in their image.
 */
#include <wsk.h>

CONST NPIID NPI_WSK_INTERFACE_ID = {0x2227E803, 0x8D8B, 0x11D4, {0xAB, 0xAD, 0x00, 0x90, 0x27, 0x71, 0x9E, 0x09}};

CONST IN6_ADDR in6addr_any = IN6ADDR_ANY_INIT;
CONST IN6_ADDR in6addr_loopback = IN6ADDR_LOOPBACK_INIT;
CONST IN_ADDR in4addr_any = IN4ADDR_ANY_INIT;
CONST IN_ADDR in4addr_loopback = IN4ADDR_LOOPBACK_INIT;
CONST IN_ADDR in4addr_broadcast = IN4ADDR_BROADCAST_INIT;
