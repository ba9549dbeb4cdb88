// SPDX-License-Identifier: MIT
#pragma once
/* What a traced driver declares for the WPP preprocessor. */
#define WPP_CONTROL_GUIDS \
    WPP_DEFINE_CONTROL_GUID(TracedGuid, (11111111, 2222, 3333, 4444, 555555555555), WPP_DEFINE_BIT(TRACE_ALL))
#define WPP_LEVEL_FLAGS_LOGGER(Level, Flags) WPP_LEVEL_LOGGER(Flags)
#define WPP_LEVEL_FLAGS_ENABLED(Level, Flags) (WPP_LEVEL_ENABLED(Flags) && WPP_CONTROL(WPP_BIT_##Flags).Level >= Level)

// begin_wpp config
// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
// FUNC TraceShort{LEVEL=TRACE_LEVEL_VERBOSE,FLAGS=TRACE_ALL}(MSG, ...);
// end_wpp
