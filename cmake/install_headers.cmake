# Installs the rooms' headers. Inside faultline a header is "core/error.h"; installed it is "faultline/core/error.h", so that
# neither a user's own core/ nor another package's can be taken for it.
string(REPLACE ";" "|" any_room "${faultline_rooms}")
foreach(room IN LISTS faultline_rooms)
  file(GLOB headers ${faultline_source}/${room}/*.h)
  set(staged_headers "")
  foreach(header IN LISTS headers)
    # Line by line would lose semicolons and brackets to CMake's lists; one text keeps them.
    file(READ ${header} text)
    string(REGEX REPLACE "#include \"(${any_room})/" "#include \"faultline/\\1/" text "${text}")
    get_filename_component(name ${header} NAME)
    file(WRITE ${faultline_binary}/installed_headers/${room}/${name} "${text}")
    list(APPEND staged_headers ${faultline_binary}/installed_headers/${room}/${name})
  endforeach()
  file(INSTALL ${staged_headers} DESTINATION "${CMAKE_INSTALL_PREFIX}/${faultline_headers}/${room}")
endforeach()
