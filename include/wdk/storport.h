// SPDX-License-Identifier: MIT
/* Storage miniports: not offered. */
#error "<storport.h>: Storport is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses Storport in sources of its own"
