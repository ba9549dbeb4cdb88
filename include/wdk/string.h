// SPDX-License-Identifier: MIT
#pragma once
/* Strings and memory. See wskhost_crt.h. */
#include <wskhost_crt.h>
