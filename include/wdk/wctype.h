// SPDX-License-Identifier: MIT
#pragma once
/* Classes of wide characters. See wskhost_crt.h. */
#include <wskhost_crt.h>
