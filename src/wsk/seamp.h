// SPDX-License-Identifier: MIT
#pragma once
/*
 * What seam.c, which has the engine, lends nameseam.c, the other file that sees
 * the engine's types. Callers: those two.
 */
#include "engine/engine.h"

#include "wsk/wskp.h"

struct eng *WskpEngine(VOID);
VOID WskpAddressToEngine(const WSKP_ADDRESS *From, struct eng_addr *To);
VOID WskpAddressFromEngine(const struct eng_addr *From, PWSKP_ADDRESS To);
