# What `cmake --install` installs, in two components: `program` (with everything it needs to run) and `development` (the
# rooms as libraries, for find_package(tise CONFIG)). A wheel can have a third, `checks` (scripts/wheel.sh).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The manual page and completion scripts, which the program generates. It may be linked to find LibTorch elsewhere, so
# LD_LIBRARY_PATH is set.
set(_made ${PROJECT_BINARY_DIR}/made)
file(MAKE_DIRECTORY ${_made})
get_filename_component(_libtorch ${LibTorch_LIBRARY} DIRECTORY)
set(_program ${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${_libtorch} $<TARGET_FILE:tise-eval>)
add_custom_command(
  OUTPUT ${_made}/tise-eval.1 ${_made}/tise-eval ${_made}/_tise-eval ${_made}/tise-eval.fish
  COMMAND ${_program} man > ${_made}/tise-eval.1
  COMMAND ${_program} completion bash > ${_made}/tise-eval
  COMMAND ${_program} completion zsh > ${_made}/_tise-eval
  COMMAND ${_program} completion fish > ${_made}/tise-eval.fish
  DEPENDS tise-eval VERBATIM)
add_custom_target(tise-made ALL DEPENDS ${_made}/tise-eval.1)

install(TARGETS tise-eval RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY models/shapes DESTINATION ${CMAKE_INSTALL_DATADIR}/tise-eval/models COMPONENT program)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/tise-eval COMPONENT program)
install(DIRECTORY examples/shapes DESTINATION ${CMAKE_INSTALL_DATADIR}/tise-eval/examples COMPONENT program
        PATTERN faithful-again EXCLUDE)

if(SKBUILD)
  # In the Python package, these files go to the environment's own share folder.
  set(_share ${SKBUILD_DATA_DIR}/share)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" TISE_TORCH_MINOR ${LibTorch_VERSION})
  configure_file(python/built_with.py.in ${_made}/_built_with.py @ONLY)
  install(FILES ${_made}/_built_with.py DESTINATION . COMPONENT program)
else()
  set(_share ${CMAKE_INSTALL_DATADIR})
endif()
install(FILES ${_made}/tise-eval.1 DESTINATION ${_share}/man/man1 COMPONENT program)
install(FILES ${_made}/tise-eval DESTINATION ${_share}/bash-completion/completions COMPONENT program)
install(FILES ${_made}/_tise-eval DESTINATION ${_share}/zsh/site-functions COMPONENT program)
install(FILES ${_made}/tise-eval.fish DESTINATION ${_share}/fish/vendor_completions.d COMPONENT program)

set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/tise)
set(_rooms tise_options tise_base tise_data tise_image tise_text tise_store tise_models tise_pipeline tise_metrics
           tise_report tise_run)
foreach(_room ${_rooms})
  string(REPLACE "tise_" "" _name ${_room})
  set_target_properties(${_room} PROPERTIES EXPORT_NAME ${_name})
endforeach()
install(TARGETS ${_rooms} EXPORT tise-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT tise-targets NAMESPACE tise:: DESTINATION ${_package} COMPONENT development)
install(DIRECTORY include/tise DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development PATTERN cli EXCLUDE)
configure_package_config_file(cmake/tise-config.cmake.in ${PROJECT_BINARY_DIR}/tise-config.cmake
                              INSTALL_DESTINATION ${_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tise-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tise-config.cmake ${PROJECT_BINARY_DIR}/tise-config-version.cmake
              cmake/FindLibTorch.cmake cmake/FindOpenCVMinimal.cmake
        DESTINATION ${_package} COMPONENT development)
