// SPDX-License-Identifier: MIT
#pragma once
/*
 * The kernel interface of Windows drivers. The parts live in wskhost/, one per
 * component; drivers include this header, ntddk.h or ntifs.h.
 */
#ifndef _WDMDDK_
#define _WDMDDK_
#endif
#include <ntdef.h>
#include <ntstatus.h>
#include <excpt.h>
#include <wskhost/interlocked.h>
#include <wskhost/list.h>
#include <wskhost/dbg.h>
#include <wskhost/ke.h>
#include <wskhost/mm.h>
#include <wskhost/ex.h>
#include <wskhost/rtl.h>
#include <wskhost/se.h>
#include <wskhost/pnp.h>
#include <wskhost/io.h>
#include <wskhost/ps.h>
#include <wskhost/zw.h>

#include <wskhost/bits.h>
