// Building a root of one's own inside a mount namespace. Each ends the process with the status of a broken jail when
// the system refuses.
#pragma once

#include <string>

namespace ridge {

[[noreturn]] void broken(const char* what);
// The caller keeps its own numbers inside its new user namespace.
void map_user(unsigned uid, unsigned gid);
void bind_read_only(const std::string& from, const std::string& to);
// Folders show as they are on the host: a link stays a link, a folder is bound, a file is bound onto an empty one.
// `path`'s parent must exist below `root`.
void show(const std::string& root, const std::string& path);

}  // namespace ridge
