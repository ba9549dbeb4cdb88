// SPDX-License-Identifier: MIT
#pragma once
/* mingw-w64's spelling of <ntddk.h>. */
#include <ntddk.h>
