// SPDX-License-Identifier: MIT
#pragma once
/*
 * WPP software tracing. A generated <file>.tmh includes this header and adds one
 * macro for each trace function the driver declares. Messages go to the debug
 * output at trace level, with the driver's name; every flag and level counts as
 * enabled.
 */
#include <wdm.h>
#include <evntrace.h>

EXTERN_C_START

/* The flags that the driver's WPP_CONTROL_GUIDS lists, as WPP_BIT_<name>. */
#ifndef WPP_DEFINE_CONTROL_GUID
#define WPP_DEFINE_CONTROL_GUID(Name, Guid, Bits) WPP_BLOCK_START_##Name, Bits WPP_BLOCK_END_##Name,
#endif
#ifndef WPP_DEFINE_BIT
#define WPP_DEFINE_BIT(Name) WPP_BIT_##Name,
#endif
#ifdef WPP_CONTROL_GUIDS
enum
{
    WPP_CONTROL_GUIDS NTP_WPP_LAST_BIT
};
#endif

typedef struct _WPP_PROJECT_CONTROL_BLOCK
{
    TRACEHANDLE Logger;
    UCHAR Level;
    ULONG Flags[1];
    ULONG AutoLogContext;
} WPP_PROJECT_CONTROL_BLOCK;

static const WPP_PROJECT_CONTROL_BLOCK WPP_MAIN_CB
    __attribute__((unused)) = {1, TRACE_LEVEL_RESERVED9, {0xFFFFFFFF}, 0};

#define WPP_CONTROL(Bit) (((void)(Bit)), WPP_MAIN_CB)
#define WPP_MASK(Bit) (1U << ((Bit)&31))
#define WPP_LEVEL_ENABLED(Flags_) (((void)WPP_BIT_##Flags_), 1)
#define WPP_FLAG_ENABLED(Flags_) (((void)WPP_BIT_##Flags_), 1)
#define WPP_LEVEL_LOGGER(Flags_) (WPP_MAIN_CB.Logger),
#define WPP_FLAG_LOGGER(Flags_) (WPP_MAIN_CB.Logger),

#define WPP_INIT_TRACING(...) NtpWppIgnore(0, ##__VA_ARGS__)
#define WPP_CLEANUP(...) NtpWppIgnore(0, ##__VA_ARGS__)
#define WPP_SYSTEMCONTROL(...) NtpWppIgnore(0, ##__VA_ARGS__)
#define WPP_SYSTEMCONTROL2(...) NtpWppIgnore(0, ##__VA_ARGS__)

FORCEINLINE VOID NtpWppIgnore(int First, ...)
{
    (void)First;
}

/*
 * A WPP format as DbgPrint's: %!FUNC!, %!STATUS! and their like replaced, a line
 * end added. In a buffer of the calling thread, good until its next call. Any IRQL.
 */
PCSTR NtpHdr_TraceFormat(PCSTR Format, PCSTR Function, PCSTR File, ULONG Line);

#define WSKHOST_WPP_TRACE(Format, ...)                                                                \
    (DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL) == TRUE                        \
         ? (void)DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL,                                  \
                            NtpHdr_TraceFormat((Format), __func__, __FILE__, (ULONG)__LINE__),        \
                            ##__VA_ARGS__)                                                            \
         : (void)0)

/* The trace function every driver has without declaring it. */
#ifndef DoTraceMessage
#define DoTraceMessage(Flag, Format, ...) (((void)WPP_BIT_##Flag), WSKHOST_WPP_TRACE(Format, ##__VA_ARGS__))
#endif
#ifndef DoDebugTrace
#define DoDebugTrace(Level, Flag, Format, ...) \
    (((void)WPP_BIT_##Flag), WSKHOST_WPP_TRACE(Format, ##__VA_ARGS__))
#endif

EXTERN_C_END
