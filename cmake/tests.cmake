# SPDX-License-Identifier: MIT
# One executable per test file; a test exists by being written. The ctest name
# is folder.file, with @engine where the test needs the WSK provider. A test of
# tests/engine runs for each engine by itself; again for the features of io_uring
# that older kernels lack, one by one and all. 77 = the system has no io_uring.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

set(support ${PROJECT_SOURCE_DIR}/tests/support)
add_library(test_runner OBJECT ${support}/runner.c)
target_link_libraries(test_runner PRIVATE wskhost_host_world)
add_library(test_nt_system OBJECT ${support}/nt_system.c)
target_link_libraries(test_nt_system PRIVATE wskhost_nt_world)
add_library(test_wsk_system OBJECT ${support}/wsk_system.c)
target_link_libraries(test_wsk_system PRIVATE wskhost_nt_world)
# What tests/wsk is written with: a WSK client, and a Linux program to talk to.
add_library(support_wskclient OBJECT ${support}/wskclient.c ${support}/wskcalls.c ${support}/wskevents.c)
target_link_libraries(support_wskclient PRIVATE wskhost_nt_world)
add_library(test_peer OBJECT ${support}/peer.c ${support}/dnspeer.c ${support}/udp.c)
target_link_libraries(test_peer PRIVATE wskhost_host_world)

# wskhost_tests(folder world objects...): every tests/<folder>/*.c
function(wskhost_tests folder world)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.c)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    set(target test_${folder}_${name})
    set(objects ${ARGN})
    add_executable(${target} ${file} $<TARGET_OBJECTS:test_runner>)
    foreach(object ${objects})
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
    endforeach()
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${target} PRIVATE wskhost_${world}_world ${CMOCKA_LIBRARY} wskhost_system)
    target_link_options(${target} PRIVATE -rdynamic)
    set(engines)
    if(folder STREQUAL "wsk")
      set(engines epoll uring uring:-all)
    else()
      add_test(NAME ${folder}.${name} COMMAND ${target})
      set_tests_properties(${folder}.${name} PROPERTIES TIMEOUT 120)
      if(folder STREQUAL "engine" AND name MATCHES "^(laws|endings|stress|poll|datagram)$")
        set(engines uring:-submit_all uring:-coop uring:-nonempty uring:-single_issuer uring:-defer_taskrun uring:-all)
      endif()
    endif()
    foreach(engine ${engines})
      string(REPLACE ":" "" label ${engine})
      add_test(NAME ${folder}.${name}@${label} COMMAND ${target})
      set_tests_properties(${folder}.${name}@${label} PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77
        ENVIRONMENT "WSKHOST_ENGINE=${engine}")
    endforeach()
  endforeach()
endfunction()

wskhost_tests(host host host)
wskhost_tests(engine host host engine test_peer)
wskhost_tests(nt nt host nt test_nt_system)
wskhost_tests(wsk nt host engine nt wsk test_wsk_system support_wskclient test_peer)

add_test(NAME tidy COMMAND ${PROJECT_SOURCE_DIR}/tests/tidy/tidy.sh)
add_test(NAME tidy.self_test COMMAND ${PROJECT_SOURCE_DIR}/tests/tidy/tidy.sh --self-test)

# Layouts and calling conventions of the driver headers; 77 = a compiler is missing.
add_test(NAME abi.layout COMMAND ${PROJECT_SOURCE_DIR}/tests/abi/layout.sh)
add_test(NAME abi.layout_self_test COMMAND ${PROJECT_SOURCE_DIR}/tests/abi/layout.sh --self-test)
add_test(NAME abi.pe_flavour COMMAND ${PROJECT_SOURCE_DIR}/tests/abi/pe_flavour.sh)
add_test(NAME abi.headers COMMAND ${PROJECT_SOURCE_DIR}/tests/abi/headers.sh)
add_test(NAME abi.headers_self_test COMMAND ${PROJECT_SOURCE_DIR}/tests/abi/headers.sh --self-test)
set_tests_properties(abi.headers abi.headers_self_test PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 240)
set_tests_properties(abi.layout abi.layout_self_test PROPERTIES ENVIRONMENT "CC=${CMAKE_C_COMPILER}")
set_tests_properties(abi.layout abi.layout_self_test abi.pe_flavour PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 240)
