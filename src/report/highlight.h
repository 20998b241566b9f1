// Source code as HTML: escaped, with comments, words of the language, literals and preprocessor lines marked. One small
// scanner serves every dialect, because all of them are C with additions; a wrong guess costs a colour and nothing
// else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ridge {

std::string escape_html(std::string_view text);  // & < > " ' ; control characters other than \n and \t become visible
// The same line by line: each line is complete in itself, and cut with "…" where it is longer than `most` bytes.
std::vector<std::string> highlight_lines(std::string_view source, std::size_t most);
std::string highlight(std::string_view source);  // <i class="c|k|s|n|p">…</i>

}  // namespace ridge
