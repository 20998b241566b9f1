// Files of ours that may have been damaged since they were written: each carries the SHA-256 of the rest of it.
#pragma once

#include <string>
#include <string_view>

namespace ridge {

// Behind the bytes: 32 more. Loaders of programs do not mind what stands behind.
std::string with_digest_behind(std::string bytes);
bool digest_behind_holds(std::string_view bytes);

// In a JSON text, in place of its member `"digest": ""`, which must be there; of the text as it was with it empty.
std::string with_digest_inside(std::string json);
bool digest_inside_holds(std::string_view json);

}  // namespace ridge
