# SPDX-License-Identifier: MIT
# wskhost_add_driver(NAME [STATIC] SOURCE...
#                    [DEFINITIONS X=1...] [INCLUDES FOLDER...] [OPTIONS FLAG...]
#                    [WPP_CONFIG FILE...])
#
# A driver from its sources, compiled by this project's compiler with what driver
# sources need. NAME is a target:
#   without STATIC  the image NAME.so, for wskhost_load and wskhost run;
#                   $<TARGET_FILE:NAME> is its path.
#   with STATIC     link it into a program, target_link_libraries(PROGRAM PRIVATE
#                   NAME wskhost::wskhost), which loads it with
#                   wskhost_load_static(&wskhost_driver_NAME, ...).
# Names that neither the driver nor wskhost defines are errors of the build, each
# with what to use instead. WPP trace headers (.tmh) are made on the way.

# What the command says about compiling: one set of flags for it and for us.
function(_wskhost_driver_flags kind compiler out)
  get_property(flags GLOBAL PROPERTY _wskhost_flags_${kind}_${compiler})
  if(NOT flags)
    get_target_property(command wskhost::command IMPORTED_LOCATION)
    execute_process(COMMAND ${command} cc --print-flags ${kind} --compiler ${compiler}
      OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "wskhost cc --print-flags ${kind} failed with the compiler ${compiler}")
    endif()
    string(REPLACE "\n" ";" flags "${flags}")
    set_property(GLOBAL PROPERTY _wskhost_flags_${kind}_${compiler} "${flags}")
  endif()
  set(${out} "${flags}" PARENT_SCOPE)
endfunction()

# The trace headers that the sources include, into a folder of the driver's.
function(_wskhost_driver_tmh target name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;INCLUDES;WPP_CONFIG")
  set(traced)
  foreach(source ${arg_SOURCES})
    file(STRINGS ${source} found REGEX "include.*\\.tmh" LIMIT_COUNT 1)
    if(found)
      list(APPEND traced ${source})
    endif()
  endforeach()
  if(NOT traced)
    return()
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.tmh)
  file(MAKE_DIRECTORY ${folder})
  set(options)
  foreach(config ${arg_WPP_CONFIG})
    list(APPEND options --wpp-config ${config})
  endforeach()
  foreach(include ${arg_INCLUDES})
    list(APPEND options -I ${include})
  endforeach()
  add_custom_command(OUTPUT ${folder}/stamp
    COMMAND wskhost::command cc --tmh ${folder} ${options} ${traced}
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/stamp
    DEPENDS ${traced} ${arg_WPP_CONFIG}
    COMMENT "Making the trace headers of ${name}" VERBATIM)
  set_property(SOURCE ${traced} APPEND PROPERTY OBJECT_DEPENDS ${folder}/stamp)
  target_include_directories(${target} BEFORE PRIVATE ${folder})
endfunction()

function(_wskhost_driver_link_static name)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.driver.o)
  add_custom_command(OUTPUT ${object}
    COMMAND wskhost::command cc --static --name ${name} --compiler ${ARGN} -o ${object}
      $<TARGET_OBJECTS:${name}_objects>
    DEPENDS ${name}_objects $<TARGET_OBJECTS:${name}_objects>
    COMMENT "Making the driver ${name}" COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}_object DEPENDS ${object})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_object)
  target_link_libraries(${name} INTERFACE ${object})
  set_property(TARGET ${name} PROPERTY INTERFACE_LINK_DEPENDS ${object})
endfunction()

function(wskhost_add_driver name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STATIC" "" "DEFINITIONS;INCLUDES;OPTIONS;WPP_CONFIG")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "wskhost_add_driver(${name}): no sources")
  endif()
  set(sources)
  foreach(list UNPARSED_ARGUMENTS INCLUDES WPP_CONFIG)
    set(${list})
    foreach(path ${arg_${list}})
      get_filename_component(path ${path} ABSOLUTE)
      list(APPEND ${list} ${path})
    endforeach()
  endforeach()
  set(sources ${UNPARSED_ARGUMENTS})

  set(compiled ${name})
  if(NOT arg_STATIC)
    add_library(${name} MODULE ${sources})
  elseif(name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    set(compiled ${name}_objects)
    add_library(${compiled} OBJECT ${sources})
  else()
    message(FATAL_ERROR "wskhost_add_driver(${name} STATIC): the name becomes a part of a C name")
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  foreach(language C CXX)
    if(language IN_LIST languages)
      string(REPLACE "X" "+" kind ${language})
      string(TOLOWER ${kind} kind)
      _wskhost_driver_flags(${kind} ${CMAKE_${language}_COMPILER} flags)
      target_compile_options(${compiled} PRIVATE "$<$<COMPILE_LANGUAGE:${language}>:${flags}>")
      set(compiler ${CMAKE_${language}_COMPILER})
    endif()
  endforeach()
  set_target_properties(${compiled} PROPERTIES C_VISIBILITY_PRESET default CXX_VISIBILITY_PRESET default
    VISIBILITY_INLINES_HIDDEN OFF INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_definitions(${compiled} PRIVATE ${arg_DEFINITIONS})
  target_include_directories(${compiled} PRIVATE ${INCLUDES})
  _wskhost_driver_tmh(${compiled} ${name} SOURCES ${sources} INCLUDES ${INCLUDES} WPP_CONFIG ${WPP_CONFIG})
  target_compile_options(${compiled} PRIVATE ${arg_OPTIONS})

  if(arg_STATIC)
    _wskhost_driver_link_static(${name} ${compiler})
    return()
  endif()
  _wskhost_driver_flags(link ${compiler} flags)
  list(REMOVE_ITEM flags -shared)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" SKIP_BUILD_RPATH ON)
  target_link_options(${name} PRIVATE ${flags})
  # At the end, against a --no-undefined of the project's: the undefined names are
  # the kernel's, and wskhost checks them.
  target_link_libraries(${name} PRIVATE gcc -Wl,-z,undefs)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND wskhost::command cc --check $<TARGET_FILE:${name}> VERBATIM)
endfunction()
