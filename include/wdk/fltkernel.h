// SPDX-License-Identifier: MIT
/* File system mini-filters: not offered. */
#error "<fltkernel.h>: the file system filter manager is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses the file system filter manager in sources of its own"
