# The install target: program, room libraries, headers, CMake package, man page, completions and documentation.
include(CMakePackageConfigHelpers)

set(installed_targets faultline_common faultline_library faultline_plugin)
set_target_properties(faultline_common PROPERTIES EXPORT_NAME common)
set_target_properties(faultline_library PROPERTIES EXPORT_NAME faultline)
set_target_properties(faultline_plugin PROPERTIES EXPORT_NAME plugin)
foreach(room IN LISTS rooms)
  list(APPEND installed_targets faultline_${room})
  set_target_properties(faultline_${room} PROPERTIES EXPORT_NAME ${room})
endforeach()
install(TARGETS ${installed_targets} EXPORT faultline_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The packages that the rooms' libraries come from: PACKAGE::target, opencv_*, or a target named as its package.
get_property(room_libraries GLOBAL PROPERTY faultline_room_libraries)
set(FAULTLINE_PACKAGES "")
foreach(library IN LISTS room_libraries)
  string(REGEX REPLACE "::.*" "" package "${library}")
  string(REGEX REPLACE "^opencv_.*" "OpenCV" package "${package}")
  list(APPEND FAULTLINE_PACKAGES ${package})
endforeach()
list(REMOVE_DUPLICATES FAULTLINE_PACKAGES)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/faultline)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/faultlineConfig.cmake.in ${PROJECT_BINARY_DIR}/faultlineConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/faultlineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT faultline_targets NAMESPACE faultline:: FILE faultlineTargets.cmake DESTINATION ${package_folder})
install(FILES ${PROJECT_BINARY_DIR}/faultlineConfig.cmake ${PROJECT_BINARY_DIR}/faultlineConfigVersion.cmake
        DESTINATION ${package_folder})

install(CODE "
  set(faultline_rooms \"${rooms}\")
  set(faultline_source \"${PROJECT_SOURCE_DIR}\")
  set(faultline_binary \"${PROJECT_BINARY_DIR}\")
  set(faultline_headers \"${CMAKE_INSTALL_INCLUDEDIR}/faultline\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)

if(TARGET faultline)
  install(TARGETS faultline RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(CODE "
    set(faultline_program \"$<TARGET_FILE:faultline>\")
    set(faultline_data \"${CMAKE_INSTALL_DATADIR}\")
    set(faultline_man \"${CMAKE_INSTALL_MANDIR}\")")
  install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_pages.cmake)
endif()

install(FILES docs/reference/report.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/faultline)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.json"
        PATTERN "*.ini" PATTERN "*.yml" PATTERN "*.py" PATTERN "*.cpp" PATTERN "CMakeLists.txt")
