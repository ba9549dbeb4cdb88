# SPDX-License-Identifier: MIT
# What is installed: the command, the library in both forms, headers for host
# programs and for drivers, and what lets CMake and pkg-config find them. Every
# path in it is relative to the file it stands in, so an installation can be moved.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/wskhost)
set(pc_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS wskhost wskhost_static wskhost_shared)
install(DIRECTORY include/wskhost DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY include/wdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wskhost-wdk PATTERN ".clang-format" EXCLUDE)
# For programs that link libwskhost.a: -Wl,--dynamic-list=<this file>.
install(FILES ${exports}/exports.list DESTINATION ${CMAKE_INSTALL_DATADIR}/wskhost)
install(FILES docs/man/wskhost.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# What a program needs besides libwskhost.a, as names: the paths of this machine
# are of no use elsewhere.
set(system_names)
get_target_property(system_libraries wskhost_system INTERFACE_LINK_LIBRARIES)
foreach(library ${system_libraries})
  if(library STREQUAL "Threads::Threads")
    list(APPEND system_names pthread)
  elseif(library MATCHES "/lib([^/]+)\\.(so|a)$")
    list(APPEND system_names ${CMAKE_MATCH_1})
  else()
    list(APPEND system_names ${library})
  endif()
endforeach()
set(sanitize_option "")
if(WSKHOST_SANITIZE)
  set(sanitize_option -fsanitize=${WSKHOST_SANITIZE})
endif()

# PATH_VARS: relative to the installation's prefix in the result.
set(command_path ${CMAKE_INSTALL_FULL_BINDIR}/wskhost)
set(shared_path ${CMAKE_INSTALL_FULL_LIBDIR}/libwskhost.so.${PROJECT_VERSION_MAJOR})
set(static_path ${CMAKE_INSTALL_FULL_LIBDIR}/libwskhost.a)
set(include_path ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(exports_path ${CMAKE_INSTALL_FULL_DATADIR}/wskhost/exports.list)
configure_package_config_file(cmake/wskhostConfig.cmake.in ${PROJECT_BINARY_DIR}/package/wskhostConfig.cmake
  INSTALL_DESTINATION ${package_folder}
  PATH_VARS command_path shared_path static_path include_path exports_path)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/wskhostConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/wskhostConfig.cmake
  ${PROJECT_BINARY_DIR}/package/wskhostConfigVersion.cmake cmake/wskhost_add_driver.cmake
  DESTINATION ${package_folder})

list(TRANSFORM system_names PREPEND -l OUTPUT_VARIABLE system_flags)
list(JOIN system_flags " " pc_system)
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_PREFIX}/${pc_folder} ${CMAKE_INSTALL_PREFIX})
set(pc_description "Winsock Kernel drivers in a Linux process")
foreach(pc wskhost wskhost-static)
  set(pc_name ${pc})
  set(pc_libs "-L\${libdir} -lwskhost")
  if(pc STREQUAL "wskhost-static")
    set(pc_libs "\${libdir}/libwskhost.a -Wl,--dynamic-list=\${exports} ${pc_system}")
  endif()
  configure_file(cmake/wskhost.pc.in ${PROJECT_BINARY_DIR}/package/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${pc}.pc DESTINATION ${pc_folder})
endforeach()
