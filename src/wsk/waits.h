// SPDX-License-Identifier: MIT
#pragma once
/*
 * Telling which clients and sockets there are, and who has what pending on them
 * (src/nt/waits.h tells of threads). Callers: src/loader; register.c for the list.
 */
#include "wsk/wskp.h"

/* Any thread, while the provider is up; neither raises nor waits for a processor. */
VOID WskpLogWaits(VOID);

/* register.c: the list of clients and its lock. */
PLIST_ENTRY WskpClientList(PKSPIN_LOCK *Lock);
