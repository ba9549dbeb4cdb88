// SPDX-License-Identifier: MIT
#pragma once
/* WPP software tracing; see wskhost/wpp.h. */
#include <wskhost/wpp.h>
