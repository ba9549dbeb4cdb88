// SPDX-License-Identifier: MIT
/* Stands in for a folder of src/ that has no source yet. */
extern int wskhost_empty;
