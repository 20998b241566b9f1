# What `cmake --install` puts where. The program finds tasks and header in ../share/ridgeline beside its own folder, the worker
# beside itself. Manual page and completions are written by the program, so they say what it does.
# Libraries of a bundle stand in ../lib/ridgeline (tools/bundle). The old tag, because those libraries need each other.
set_target_properties(ridgeline ridgeline-worker PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/ridgeline")
target_link_options(ridgeline PRIVATE -Wl,--disable-new-dtags)
target_link_options(ridgeline-worker PRIVATE -Wl,--disable-new-dtags)
install(TARGETS ridgeline ridgeline-worker RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/tasks" DESTINATION "${CMAKE_INSTALL_DATADIR}/ridgeline")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include" DESTINATION "${CMAKE_INSTALL_DATADIR}/ridgeline")
# What `doctor` judges on the user's machine.
install(DIRECTORY "${CMAKE_SOURCE_DIR}/tests/museum" DESTINATION "${CMAKE_INSTALL_DATADIR}/ridgeline/tests"
  PATTERN "*_test.cpp" EXCLUDE)
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(RIDGE_MANUAL "${CMAKE_BINARY_DIR}/manual")
set(made)
foreach(row "man:ridgeline.1" "completion bash:bash/ridgeline" "completion zsh:zsh/_ridgeline" "completion fish:fish/ridgeline.fish")
  string(REGEX MATCH "^([^:]*):(.*)$" _ "${row}")
  set(file "${RIDGE_MANUAL}/${CMAKE_MATCH_2}")
  separate_arguments(words UNIX_COMMAND "${CMAKE_MATCH_1}")
  get_filename_component(folder "${file}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${file}" COMMAND ridgeline ${words} > "${file}" DEPENDS ridgeline VERBATIM)
  list(APPEND made "${file}")
endforeach()
add_custom_target(manual ALL DEPENDS ${made})
install(FILES "${RIDGE_MANUAL}/ridgeline.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${RIDGE_MANUAL}/bash/ridgeline" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${RIDGE_MANUAL}/zsh/_ridgeline" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${RIDGE_MANUAL}/fish/ridgeline.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")

# `cmake --build --preset release --target bundle`: a tarball that runs on another distribution without installation.
add_custom_target(bundle COMMAND "${CMAKE_SOURCE_DIR}/tools/bundle" "${CMAKE_BINARY_DIR}" "${CMAKE_BINARY_DIR}/bundle"
  DEPENDS ridgeline ridgeline-worker manual VERBATIM USES_TERMINAL)
