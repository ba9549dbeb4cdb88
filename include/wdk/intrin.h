// SPDX-License-Identifier: MIT
#pragma once
/*
 * Microsoft's compiler intrinsics. The processor's vector types and functions
 * come from the compiler's own headers (immintrin.h and its parts), which a
 * driver includes itself.
 */
#include <wskhost/bits.h>
