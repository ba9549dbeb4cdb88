// SPDX-License-Identifier: MIT
/* Windows Driver Frameworks: not offered. */
#error "<wdf.h>: WDF (KMDF) is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses WDF (KMDF) in sources of its own"
