# ridge_module(NAME device_cpu FOLDER device/cpu DEPENDS device base [LINK fmt::fmt] SOURCES a.cpp b.cpp)
#
# One folder of src/ is one static library. DEPENDS names other modules; it is the only way to reach them at link time, and
# cmake/check_layers.cmake holds every #include of the folder against the closure of the same list before anything is compiled.
function(ridge_module)
  cmake_parse_arguments(M "" "NAME;FOLDER" "DEPENDS;LINK;SOURCES" ${ARGN})
  if(NOT M_FOLDER)
    set(M_FOLDER ${M_NAME})
  endif()
  set(sources)
  foreach(s IN LISTS M_SOURCES)
    list(APPEND sources "${CMAKE_SOURCE_DIR}/src/${M_FOLDER}/${s}")
  endforeach()
  if(sources)
    add_library(ridge_${M_NAME} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(ridge_${M_NAME} PRIVATE ridge_warnings)
  else()
    add_library(ridge_${M_NAME} INTERFACE)  # headers only
    set(scope INTERFACE)
  endif()
  target_include_directories(ridge_${M_NAME} ${scope} "${CMAKE_SOURCE_DIR}/src")
  foreach(d IN LISTS M_DEPENDS)
    target_link_libraries(ridge_${M_NAME} ${scope} ridge_${d})
  endforeach()
  target_link_libraries(ridge_${M_NAME} ${scope} ${M_LINK})
  if(RIDGELINE_UNITY AND sources)
    set_target_properties(ridge_${M_NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  string(REPLACE ";" " " depends "${M_DEPENDS}")
  set_property(GLOBAL APPEND PROPERTY RIDGE_LAYERS "${M_FOLDER}:${M_NAME}:${depends}")
  add_dependencies(ridge_${M_NAME} check_layers)
endfunction()

# The rows collected by ridge_module are written to one file, which the check reads at build time.
add_custom_target(check_layers
  COMMAND ${CMAKE_COMMAND} -DSRC=${CMAKE_SOURCE_DIR}/src -DLAYERS=${CMAKE_BINARY_DIR}/layers.txt
          -P ${CMAKE_SOURCE_DIR}/cmake/check_layers.cmake
  COMMENT "Checking that every #include follows the module order")
function(ridge_write_layers)
  get_property(rows GLOBAL PROPERTY RIDGE_LAYERS)
  string(REPLACE ";" "\n" text "${rows}")
  file(WRITE "${CMAKE_BINARY_DIR}/layers.txt" "${text}\n")
endfunction()
