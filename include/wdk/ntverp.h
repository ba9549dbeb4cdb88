// SPDX-License-Identifier: MIT
#pragma once
/* The Windows version that a driver's version resource names. */
#define VER_PRODUCTMAJORVERSION 10
#define VER_PRODUCTMINORVERSION 0
#define VER_PRODUCTBUILD 20348
#define VER_PRODUCTBUILD_QFE 1
#define VER_PRODUCTVERSION_W (0x0A00)
#define VER_PRODUCTVERSION_DW (0x0A000000 | VER_PRODUCTBUILD)
