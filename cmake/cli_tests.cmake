# SPDX-License-Identifier: MIT
# The command from end to end: tests/cli/*.sh, each a test of its own, and the
# programs they need.
set(cli ${PROJECT_SOURCE_DIR}/tests/cli)
add_executable(cli_talk ${cli}/talk.c)
target_link_libraries(cli_talk PRIVATE wskhost_host_world)

add_executable(cli_embed_static ${cli}/embed.c)
target_link_libraries(cli_embed_static PRIVATE wskhost_host_world wskhost_static wskhost_system)
target_link_options(cli_embed_static PRIVATE -Wl,--dynamic-list=${PROJECT_BINARY_DIR}/exports/exports.list)
add_executable(cli_embed_shared ${cli}/embed.c)
target_link_libraries(cli_embed_shared PRIVATE wskhost_host_world wskhost_shared)

add_executable(cli_limit ${cli}/limit.c)
target_link_libraries(cli_limit PRIVATE wskhost_host_world wskhost_shared Threads::Threads)

add_executable(cli_device ${cli}/device.c)
target_link_libraries(cli_device PRIVATE wskhost_host_world wskhost_shared Threads::Threads)

function(wskhost_cli_test name script)
  add_test(NAME cli.${name} COMMAND ${cli}/${script}.sh)
  set_tests_properties(cli.${name} PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77
    ENVIRONMENT "WSKHOST=$<TARGET_FILE:wskhost>;SOURCE=${PROJECT_SOURCE_DIR};TALK=$<TARGET_FILE:cli_talk>;DEVICE=$<TARGET_FILE:cli_device>;${ARGN}")
endfunction()
file(GLOB scripts CONFIGURE_DEPENDS ${cli}/*.sh)
foreach(script ${scripts})
  get_filename_component(name ${script} NAME_WE)
  if(NOT name MATCHES "^(lib|embed|limit)$")
    wskhost_cli_test(${name} ${name})
  endif()
endforeach()
wskhost_cli_test(embed_static embed EMBED=$<TARGET_FILE:cli_embed_static>)
wskhost_cli_test(embed_shared embed EMBED=$<TARGET_FILE:cli_embed_shared>)
wskhost_cli_test(limit limit LIMIT=$<TARGET_FILE:cli_limit>)

# Fails on purpose under the leak checker, or that checker does not run.
add_executable(cli_planted_leak ${cli}/planted_leak.c)
target_link_libraries(cli_planted_leak PRIVATE wskhost_host_world)
add_test(NAME cli.planted_leak COMMAND cli_planted_leak)
if(WSKHOST_SANITIZE MATCHES "address")
  set_tests_properties(cli.planted_leak PROPERTIES WILL_FAIL TRUE)
endif()
