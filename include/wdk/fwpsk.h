// SPDX-License-Identifier: MIT
/* Filtering Platform callouts: not offered. */
#error "<fwpsk.h>: the Windows Filtering Platform is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses the Windows Filtering Platform in sources of its own"
