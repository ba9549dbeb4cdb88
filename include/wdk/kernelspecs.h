// SPDX-License-Identifier: MIT
#pragma once
/*
 * Annotations of kernel code (IRQL, locks, resources), and the IRQL names their
 * arguments use. The annotations themselves are in sal.h.
 */
#include <specstrings.h>
