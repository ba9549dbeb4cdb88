// SPDX-License-Identifier: MIT
#pragma once
/* Placement new for C++ drivers. The other forms are the driver's own. */
#include <stddef.h>
#ifdef __cplusplus
inline void *operator new(__SIZE_TYPE__, void *Where) noexcept
{
    return Where;
}
inline void *operator new[](__SIZE_TYPE__, void *Where) noexcept
{
    return Where;
}
inline void operator delete(void *, void *) noexcept
{
}
inline void operator delete[](void *, void *) noexcept
{
}
#endif
