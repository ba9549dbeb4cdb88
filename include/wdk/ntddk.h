// SPDX-License-Identifier: MIT
#pragma once
/*
 * The kernel interface of Windows drivers; see wdm.h.
 */
#ifndef _NTDDK_
#define _NTDDK_
#endif
#include <wdm.h>
