# ridge_embed(ridge_report report/report.mustache.html report_template)
#
# Turns a text file of src/ into a constant `ridge::embedded::<name>` of the target, made again whenever the file changes. Programs
# then carry what they need and do not look for it at run time.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${IN}" content)
  string(FIND "${content}" ")ridge_file\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${IN}: contains the delimiter of the raw string it would stand in")
  endif()
  file(WRITE "${OUT}" "namespace ridge::embedded {\nextern const char* const ${NAME};\nconst char* const ${NAME} = R\"ridge_file(${content})ridge_file\";\n}  // namespace ridge::embedded\n")
  return()
endif()

set(RIDGE_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(ridge_embed target file name)
  set(in "${CMAKE_SOURCE_DIR}/src/${file}")
  set(out "${CMAKE_BINARY_DIR}/embedded/${name}.cpp")
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -DIN=${in} -DOUT=${out} -DNAME=${name} -P ${RIDGE_EMBED_SCRIPT}
    DEPENDS "${in}" "${RIDGE_EMBED_SCRIPT}" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
