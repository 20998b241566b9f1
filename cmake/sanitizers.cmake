if(RIDGELINE_SANITIZE)
  add_compile_options(-fsanitize=${RIDGELINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RIDGELINE_SANITIZE})
endif()
