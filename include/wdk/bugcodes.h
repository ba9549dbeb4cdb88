// SPDX-License-Identifier: MIT
#pragma once
/* Bugcheck codes; see wskhost/dbg.h. */
#include <wskhost/dbg.h>
