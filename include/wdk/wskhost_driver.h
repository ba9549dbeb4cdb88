// SPDX-License-Identifier: MIT
#pragma once
/*
 * Included ahead of every driver source by `wskhost cc`: what Microsoft's
 * compiler brings without any header. Version numbers, keywords of the dialect,
 * and structured exception handling.
 */
#include <wskhost/compiler.h>
#include <excpt.h>
