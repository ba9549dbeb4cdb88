// SPDX-License-Identifier: MIT
#pragma once
/* mingw-w64's spelling of <wdm.h>. */
#include <wdm.h>
