// SPDX-License-Identifier: MIT
/* Network adapter class extension: not offered. */
#error "<netadaptercx.h>: NetAdapterCx is out of wskhost's scope, which is Winsock Kernel and the kernel under it; keep code that uses NetAdapterCx in sources of its own"
