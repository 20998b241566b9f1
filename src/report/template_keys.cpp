#include "report/template_keys.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace ridge {
namespace {

using Data = kainjow::mustache::data;

struct Tag {
  char kind = 'v';  // v value, # section, ^ inverted section, / end, ! comment
  std::string name;
  std::size_t end = 0;
};

class Walk {
 public:
  Walk(std::string_view text, TemplateKeys& keys) : text_(text), keys_(keys) {}

  void whole(const Data& data) {
    scan(0);
    stack_ = {&data};
    body(0, tags_.size(), "");
    for (const std::string& s : sections_)
      if (!visited_.contains(s)) keys_.unvisited.push_back(s);
    for (auto* list : {&keys_.missing, &keys_.unvisited}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
  }

 private:
  void scan(std::size_t from) {
    for (std::size_t at; (at = text_.find("{{", from)) != std::string_view::npos; from = tags_.back().end) {
      const bool triple = text_.substr(at, 3) == "{{{";
      const std::string_view close = triple ? "}}}" : "}}";
      const std::size_t end = text_.find(close, at);
      if (end == std::string_view::npos) return keys_.faults.push_back("a tag is not closed");
      std::string_view inner = trim(text_.substr(at + close.size(), end - at - close.size()));
      Tag tag{'v', "", end + close.size()};
      if (!inner.empty() && std::string_view("#^/!&>=").find(inner[0]) != std::string_view::npos) {
        tag.kind = inner[0] == '&' ? 'v' : inner[0];
        inner = trim(inner.substr(1));
      }
      if (tag.kind == '>' || tag.kind == '=') keys_.faults.push_back("tags {{>…}} and {{=…}} are not used here");
      tag.name = std::string(inner);
      tags_.push_back(std::move(tag));
    }
  }

  std::size_t section_end(std::size_t begin, std::size_t end) {
    int depth = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (tags_[i].kind == '#' || tags_[i].kind == '^') ++depth;
      if (tags_[i].kind != '/' || --depth > 0) continue;
      if (tags_[i].name != tags_[begin].name)
        keys_.faults.push_back(tags_[begin].name + ": closed by " + tags_[i].name);
      return i;
    }
    keys_.faults.push_back(tags_[begin].name + ": not closed");
    return end;
  }

  const Data* find(const std::string& name) const {
    for (auto it = stack_.rbegin(); it != stack_.rend(); ++it) {
      if (name == ".") return *it;
      if ((*it)->is_object())
        if (const Data* found = (*it)->get(name)) return found;
    }
    return nullptr;
  }

  void body(std::size_t begin, std::size_t end, const std::string& place) {
    for (std::size_t i = begin; i < end; ++i) {
      const Tag& tag = tags_[i];
      if (tag.kind == '!' || tag.kind == '/') continue;
      const std::string path = place.empty() ? tag.name : place + "." + tag.name;
      const Data* value = find(tag.name);
      if (!value) keys_.missing.push_back(path);
      if (tag.kind == 'v') continue;
      const std::size_t close = section_end(i, end);
      if (value) section(tag, *value, i + 1, close, path);
      i = close;
    }
  }

  void section(const Tag& tag, const Data& value, std::size_t begin, std::size_t end, const std::string& path) {
    const bool holds = !(value.is_false() || value.is_empty_list());
    const std::string key = (tag.kind == '^' ? "^" : "") + path;
    sections_.insert(key);
    if (holds == (tag.kind == '^')) return;
    visited_.insert(key);
    if (tag.kind == '#' && value.is_list()) {
      for (const Data& item : value.list_value()) enter(item, begin, end, path);
    } else {
      enter(value, begin, end, path);
    }
  }

  void enter(const Data& item, std::size_t begin, std::size_t end, const std::string& path) {
    stack_.push_back(&item);
    body(begin, end, path);
    stack_.pop_back();
  }

  std::string_view text_;
  TemplateKeys& keys_;
  std::vector<Tag> tags_;
  std::vector<const Data*> stack_;
  std::set<std::string> sections_, visited_;
};

}  // namespace

TemplateKeys check_template(std::string_view text, const kainjow::mustache::data& data) {
  TemplateKeys keys;
  Walk(text, keys).whole(data);
  return keys;
}

}  // namespace ridge
