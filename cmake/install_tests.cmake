# SPDX-License-Identifier: MIT
# The installation, as its users meet it: tests/install/*.sh, each a test of its own.
file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/install/*.sh)
foreach(script ${scripts})
  get_filename_component(name ${script} NAME_WE)
  if(NOT name STREQUAL "lib")
    add_test(NAME install.${name} COMMAND ${script})
    set_tests_properties(install.${name} PROPERTIES TIMEOUT 240 SKIP_RETURN_CODE 77
      ENVIRONMENT "BUILD=${PROJECT_BINARY_DIR};SOURCE=${PROJECT_SOURCE_DIR};CC=${CMAKE_C_COMPILER};CMAKE_GENERATOR=${CMAKE_GENERATOR};SANITIZE=${WSKHOST_SANITIZE}")
  endif()
endforeach()
