# SPDX-License-Identifier: MIT
# What is built from the object libraries: the export table, the command, the
# library in both forms, and their installation.
set(exports ${PROJECT_BINARY_DIR}/exports)
set(exported_objects $<TARGET_OBJECTS:nt> $<TARGET_OBJECTS:wsk>)
file(GENERATE OUTPUT ${exports}/objects.txt CONTENT "$<JOIN:${exported_objects},\n>\n")
add_custom_command(
  OUTPUT ${exports}/exports.stamp
  BYPRODUCTS ${exports}/exports.c ${exports}/exports.list ${exports}/libwskhost.map
  COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D OBJECTS=${exports}/objects.txt -D OUT=${exports}
    -D VERSION=${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} -P ${PROJECT_SOURCE_DIR}/cmake/exports.cmake
  DEPENDS ${exported_objects} ${exports}/objects.txt ${PROJECT_SOURCE_DIR}/cmake/exports.cmake
  COMMENT "Listing what drivers may call"
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(wskhost_exports DEPENDS ${exports}/exports.stamp)

add_library(exports_table OBJECT ${exports}/exports.c)
set_source_files_properties(${exports}/exports.c PROPERTIES GENERATED TRUE)
target_link_libraries(exports_table PRIVATE wskhost_nt_world)
# The table only takes addresses; some names are known to the compiler as functions.
target_compile_options(exports_table PRIVATE -fno-builtin)
set_target_properties(exports_table PROPERTIES C_VISIBILITY_PRESET default)
add_dependencies(exports_table wskhost_exports)

set(wskhost_parts host engine nt wsk loader exports_table)
set(wskhost_objects)
foreach(part ${wskhost_parts})
  list(APPEND wskhost_objects $<TARGET_OBJECTS:${part}>)
endforeach()

# wskhost_kernel(target): links the whole kernel into an executable, whose
# drivers then see exactly the exported names.
function(wskhost_kernel target)
  target_sources(${target} PRIVATE ${wskhost_objects})
  target_link_libraries(${target} PRIVATE wskhost_flags wskhost_system)
  target_link_options(${target} PRIVATE -Wl,--dynamic-list=${exports}/exports.list)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports}/exports.list)
endfunction()

# Not in include/ itself: these must never be found by anything but a driver's build.
set(wdk_folder ${CMAKE_INSTALL_FULL_INCLUDEDIR}/wskhost-wdk)
file(RELATIVE_PATH wdk_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${wdk_folder})
add_executable(wskhost $<TARGET_OBJECTS:cli>)
wskhost_kernel(wskhost)
target_compile_definitions(cli PRIVATE
  WSKHOST_VERSION="${PROJECT_VERSION}"
  WSKHOST_BUILD_HEADERS="${PROJECT_SOURCE_DIR}/include/wdk"
  WSKHOST_INSTALLED_HEADERS="${wdk_from_bin}"
  WSKHOST_BUILD_COMPILER="${CMAKE_C_COMPILER}"
  WSKHOST_BUILD_SANITIZE="${WSKHOST_SANITIZE}")

add_library(wskhost_static STATIC ${wskhost_objects})
add_library(wskhost_shared SHARED ${wskhost_objects})
target_link_libraries(wskhost_shared PRIVATE wskhost_flags wskhost_system)
target_link_options(wskhost_shared PRIVATE -Wl,--version-script=${exports}/libwskhost.map -Wl,-Bsymbolic)
set_target_properties(wskhost_static wskhost_shared PROPERTIES OUTPUT_NAME wskhost LINKER_LANGUAGE C)
set_target_properties(wskhost_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${exports}/libwskhost.map)

include(${PROJECT_SOURCE_DIR}/cmake/install.cmake)
