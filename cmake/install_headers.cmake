# Installs the rooms' headers, also those in a room's folders. Inside faultline a header is "core/error.h"; installed it is
# "faultline/core/error.h", so that neither a user's own core/ nor another package's can be taken for it.
string(REPLACE ";" "|" any_room "${faultline_rooms}")
foreach(room IN LISTS faultline_rooms)
  file(GLOB headers RELATIVE ${faultline_source} ${faultline_source}/${room}/*.h ${faultline_source}/${room}/*/*.h)
  foreach(header IN LISTS headers)
    # Line by line would lose semicolons and brackets to CMake's lists; one text keeps them.
    file(READ ${faultline_source}/${header} text)
    string(REGEX REPLACE "#include \"(${any_room})/" "#include \"faultline/\\1/" text "${text}")
    file(WRITE ${faultline_binary}/installed_headers/${header} "${text}")
    get_filename_component(folder ${header} DIRECTORY)
    file(INSTALL ${faultline_binary}/installed_headers/${header} DESTINATION "${CMAKE_INSTALL_PREFIX}/${faultline_headers}/${folder}")
  endforeach()
endforeach()
