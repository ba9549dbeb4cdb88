// SPDX-License-Identifier: MIT
#pragma once
/*
 * What control.c and ioctl.c hand each other: the arguments of one
 * WskControlSocket call. Callers: these two.
 */
#include "wsk/request.h"

/* Lives on WskpControlSocket's stack. */
typedef struct _WSKP_CONTROL
{
    WSK_CONTROL_SOCKET_TYPE Type;
    ULONG Code;
    ULONG Level;
    SIZE_T InputSize;
    PVOID InputBuffer;
    SIZE_T OutputSize;
    PVOID OutputBuffer;
    SIZE_T *OutputSizeReturned;
    PIRP Irp;
    SIZE_T Written; /* bytes of OutputBuffer */
} WSKP_CONTROL, *PWSKP_CONTROL;

NTSTATUS WskpControlIoctl(PWSKP_SOCKET Socket, PWSKP_CONTROL Control);
/* IRP-40, IRP-41. */
BOOLEAN WskpIsPassiveIoctl(ULONG Code);
