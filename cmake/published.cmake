# Published figures become part of the program: a table of file names and texts, read by cli/published_figures.cpp.
file(GLOB published CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/published/*.csv)
set(entries "")
foreach(file ${published})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND entries "{\"${name}\", R\"csv(${text})csv\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cli/published_texts.h CONTENT
  "constexpr struct { const char* name; const char* text; } kPublishedTexts[] = {\n@entries@};\n" @ONLY)
