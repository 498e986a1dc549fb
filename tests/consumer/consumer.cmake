# Installs faultline to a folder of its own, and configures, builds and runs examples/library, examples/own_explainer and
# examples/plugin against it.
# cmake -DBINARY=build folder -DSOURCE=checkout -DGENERATOR=... -DCXX=... -DLAUNCHER=... -P consumer.cmake
cmake_minimum_required(VERSION 3.22)
set(work ${BINARY}/consumer)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(must name)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${name} failed (${result}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

must(installing ${CMAKE_COMMAND} --install ${BINARY} --prefix ${prefix})

# Every file of the package is there, and says nothing of this checkout or this build.
foreach(path bin/faultline include/faultline/explainers/gradient.h share/man/man1/faultline.1 share/zsh/site-functions/_faultline
        share/bash-completion/completions/faultline share/fish/vendor_completions.d/faultline.fish share/doc/faultline/LICENSE share/faultline/report.schema.json
        share/doc/faultline/docs/reference/command-line.md share/doc/faultline/examples/library/CMakeLists.txt)
  if(NOT EXISTS ${prefix}/${path})
    message(FATAL_ERROR "${path} is not installed")
  endif()
endforeach()
file(GLOB_RECURSE package_files ${prefix}/lib*/faultline*.cmake)
foreach(file IN LISTS package_files)
  file(READ ${file} text)
  foreach(word "${SOURCE}" "${BINARY}" "-Wall" "-Werror" "fpch-preprocess" "FAULTLINE_CORE_ONLY")
    string(FIND "${text}" "${word}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} holds ${word}")
    endif()
  endforeach()
endforeach()
# Headers name each other as they lie below include/.
file(GLOB_RECURSE headers ${prefix}/include/*.h)
foreach(header IN LISTS headers)
  file(STRINGS ${header} includes REGEX "^#include \"")
  foreach(line IN LISTS includes)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" path "${line}")
    if(NOT EXISTS ${prefix}/include/${path})
      message(FATAL_ERROR "${header} includes ${path}, which is not installed")
    endif()
  endforeach()
endforeach()

function(build_example name)
  must("configuring ${name}" ${CMAKE_COMMAND} -S ${SOURCE}/examples/${name} -B ${work}/${name} -G ${GENERATOR}
       -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
       -DCMAKE_EXE_LINKER_FLAGS=${LINKER_FLAGS})
  must("building ${name}" ${CMAKE_COMMAND} --build ${work}/${name})
endfunction()

build_example(library)
must(running ${work}/library/moved_map ${work}/run)
if(NOT output MATCHES "digit 3: 0\\.[0-9]+ of the top of its map is left" OR NOT EXISTS ${work}/run/report.json)
  message(FATAL_ERROR "the program printed:\n${output}")
endif()

build_example(own_explainer)
must("trying an own explainer" ${CMAKE_COMMAND} -E env RC_PARAMS=seed=1 ${work}/own_explainer/own_explainer_test)
# Its claim too much is refuted, on the smallest network there is.
execute_process(COMMAND ${CMAKE_COMMAND} -E env RC_PARAMS=seed=1 ${work}/own_explainer/own_explainer_test
                        --gtest_also_run_disabled_tests --gtest_filter=*.DISABLED_AddsUp
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 1 OR NOT output MATCHES "Falsifiable after" OR
   NOT output MATCHES "inputs \\[1,1,1\\]; stages none; flat; hidden \\[\\]; seed 0, weights rounded to 0.5" OR
   NOT output MATCHES "conservativity: refuted on [1-3] of 3 cases")
  message(FATAL_ERROR "the claim too much printed (${result}):\n${output}")
endif()

# The installed program loads what was built against the installed headers.
build_example(plugin)
must("using an own plugin" ${prefix}/bin/faultline audit --samples 2 --no-progress --out ${work}/plugin-run --attack random-sign
     --metric top-k --metric plugin:library=${work}/plugin/libown_plugin.so
     --explainer "contrast=plugin:library=${work}/plugin/libown_plugin.so,method=(gradient-x-contrast:grey=0.25)")
file(READ ${work}/plugin-run/report.csv records)
if(NOT records MATCHES "contrast,[^\n]*,plugin,")
  message(FATAL_ERROR "no record of the plugin's explainer by the plugin's metric:\n${records}")
endif()
