// SPDX-License-Identifier: MIT
/* begin_wpp config
 * FUNC TraceGreeting(LEVEL, MSG, ...);
 * end_wpp */
#ifdef __cplusplus
extern "C"
#endif
int PlusConstructed(void);
