// SPDX-License-Identifier: MIT
#pragma once
/* Formatted text; a driver has no files or streams. See wskhost_crt.h. */
#include <wskhost_crt.h>
