// SPDX-License-Identifier: MIT
#pragma once
/* Wide strings of 16-bit characters. See wskhost_crt.h. */
#include <wskhost_crt.h>
