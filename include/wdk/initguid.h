// SPDX-License-Identifier: MIT
/*
 * From here on DEFINE_GUID defines. The symbols are weak, so several files of
 * one driver may do it.
 */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
