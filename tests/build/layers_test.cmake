# cmake -DCHECK=cmake/check_layers.cmake -DWORK=folder -P layers_test.cmake: the order of modules is really held.
file(REMOVE_RECURSE "${WORK}")
file(WRITE "${WORK}/src/low/low.h" "#pragma once\n")
file(WRITE "${WORK}/src/low/internal/own.h" "#pragma once\n")
file(WRITE "${WORK}/src/high/high.cpp" "#include \"low/low.h\"\n")

function(expect outcome rows)
  file(WRITE "${WORK}/layers.txt" "${rows}")
  execute_process(COMMAND ${CMAKE_COMMAND} -DSRC=${WORK}/src -DLAYERS=${WORK}/layers.txt -P ${CHECK}
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")  # messages are wrapped
  if(outcome STREQUAL "passes" AND NOT status EQUAL 0)
    message(FATAL_ERROR "refused what is right: ${said}")
  elseif(NOT outcome STREQUAL "passes" AND (status EQUAL 0 OR NOT said MATCHES "${outcome}"))
    message(FATAL_ERROR "expected a refusal that says \"${outcome}\", got status ${status}: ${said}")
  endif()
endfunction()

expect("passes" "low:low:\nhigh:high:low\n")
expect("may not use low" "low:low:\nhigh:high:\n")
expect("does not come before it" "high:high:low\nlow:low:\n")
file(WRITE "${WORK}/src/low/low.cpp" "#include \"high/high.h\"\n")
expect("may not use high" "low:low:\nhigh:high:low\n")
file(WRITE "${WORK}/src/low/low.cpp" "#include \"low/internal/own.h\"\n")
file(WRITE "${WORK}/src/high/high.cpp" "#include \"low/internal/own.h\"\n")
expect("internal to low" "low:low:\nhigh:high:low\n")
