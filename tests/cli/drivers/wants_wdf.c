// SPDX-License-Identifier: MIT
/* A driver for WDF, which is out of scope. */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
