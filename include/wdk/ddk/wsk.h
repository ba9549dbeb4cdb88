// SPDX-License-Identifier: MIT
#pragma once
/* mingw-w64's spelling of <wsk.h>. */
#include <wsk.h>
