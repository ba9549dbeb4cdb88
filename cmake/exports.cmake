# SPDX-License-Identifier: MIT
# What drivers may call, made by rule: every global symbol that src/nt and
# src/wsk define and whose name has no private prefix (ARCHITECTURE.md).
# Run as a script by the build (cmake -P) with
#   NM, OBJECTS (file: one object per line), OUT (folder), VERSION
# writes OUT/exports.c  the loader's sorted table,
#        OUT/exports.list  the dynamic list that lets dlopen'ed drivers see them,
#        OUT/libwskhost.map  the version script of the shared library.
cmake_minimum_required(VERSION 3.25)

set(private "^(Ki|Hc|Cmp|Sep|Iop|Mi|Exp|Obp|Psp|Rtlp|Nmrp|Wskp|Dbgp|Ldrp|Vf)[A-Z0-9_]")
# Private by prefix, but named by the driver headers: 16-bit C-runtime functions
# behind asm labels, and what header inlines call.
set(public_anyway "^(RtlpCrt_|NtpHdr_)")

file(STRINGS ${OBJECTS} objects)
if(NOT objects)
  message(FATAL_ERROR "exports: src/nt and src/wsk gave no objects")
endif()
execute_process(COMMAND ${NM} --defined-only --extern-only --format=posix ${objects}
  OUTPUT_VARIABLE listing RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "exports: ${NM} failed")
endif()
string(REPLACE "\n" ";" lines "${listing}")
set(names)
foreach(line IN LISTS lines)
  # Names with a dot or a leading underscore are the compiler's and the sanitizers'.
  if(line MATCHES "^([A-Za-z][A-Za-z0-9_]*) [A-Z] ")
    set(name ${CMAKE_MATCH_1})
    if(NOT name MATCHES "${private}" OR name MATCHES "${public_anyway}")
      list(APPEND names ${name})
    endif()
  endif()
endforeach()
# Byte order, as the loader's binary search wants it.
list(SORT names COMPARE STRING CASE SENSITIVE)
list(REMOVE_DUPLICATES names)

set(table "// SPDX-License-Identifier: MIT\n/* Made by cmake/exports.cmake; sorted by name. */\n#include \"loader/exports.h\"\n\n")
set(rows "")
set(list_file "")
foreach(name IN LISTS names)
  string(APPEND table "extern char ${name}[];\n")
  string(APPEND rows "    {\"${name}\", ${name}},\n")
  string(APPEND list_file "  ${name};\n")
endforeach()
string(APPEND table "\nconst LDRP_EXPORT LdrpExports[] = {\n${rows}};\n"
  "const SIZE_T LdrpExportCount = sizeof(LdrpExports) / sizeof(LdrpExports[0]);\n")

file(CONFIGURE OUTPUT ${OUT}/exports.c CONTENT "${table}" @ONLY)
file(CONFIGURE OUTPUT ${OUT}/exports.list CONTENT "{\n${list_file}};\n" @ONLY)
file(CONFIGURE OUTPUT ${OUT}/libwskhost.map
  CONTENT "WSKHOST_${VERSION} {\n global:\n  wskhost_*;\n${list_file} local: *;\n};\n" @ONLY)
# The stamp always gets a new time; the three above only when they change.
file(TOUCH ${OUT}/exports.stamp)
