// SPDX-License-Identifier: MIT
#pragma once
/* Memory blocks. See wskhost_crt.h. */
#include <wskhost_crt.h>
