// SPDX-License-Identifier: MIT
/* Network Driver Interface Specification: not offered. */
#error "<ndis.h>: NDIS is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses NDIS in sources of its own"
