// SPDX-License-Identifier: MIT
#pragma once
/* mingw-w64's spelling of <ntifs.h>. */
#include <ntifs.h>
