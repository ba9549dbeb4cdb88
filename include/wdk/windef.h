// SPDX-License-Identifier: MIT
#pragma once
/* See minwindef.h; a driver has no use for the window types. */
#include <minwindef.h>
#include <winerror.h>

typedef struct tagRECT
{
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT, *PRECT;
typedef struct tagPOINT
{
    LONG x;
    LONG y;
} POINT, *PPOINT;
