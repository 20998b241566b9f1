# One interface target carries the project's warnings; CI turns them into errors.
add_library(ridge_warnings INTERFACE)
target_compile_options(ridge_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wextra-semi)
# g++ 12 reports std::optional members that it can prove set only with more inlining (GCC bug 80635).
target_compile_options(ridge_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(RIDGELINE_WERROR)
  target_compile_options(ridge_warnings INTERFACE -Werror)
endif()
