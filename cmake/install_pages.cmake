# Installs the man page and the completions, which the program writes about itself: they can not be older than it is.
# faultline_page(FOLDER NAME WORDS...): what `faultline WORDS` prints, as FOLDER/NAME below the prefix.
function(faultline_page folder name)
  set(page ${faultline_binary}/installed_pages/${name})
  file(MAKE_DIRECTORY ${faultline_binary}/installed_pages)
  execute_process(COMMAND ${faultline_program} ${ARGN} OUTPUT_FILE ${page} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${faultline_program} ${ARGN} failed (${result})")
  endif()
  file(INSTALL ${page} DESTINATION "${CMAKE_INSTALL_PREFIX}/${folder}")
endfunction()

faultline_page(${faultline_man}/man1 faultline.1 man)
faultline_page(${faultline_data}/bash-completion/completions faultline completion bash)
faultline_page(${faultline_data}/zsh/site-functions _faultline completion zsh)
faultline_page(${faultline_data}/fish/vendor_completions.d faultline.fish completion fish)
