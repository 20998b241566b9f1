#include "report/jsonl.h"

#include <nlohmann/json.hpp>

#include "model/json.h"

namespace ridge {
namespace {

const char* blame(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::usage:
      return "usage";
    case Error::Kind::invalid:
      return "invalid";
    case Error::Kind::world:
      return "world";
  }
  return "world";
}

}  // namespace

std::string json_line(const nlohmann::json& json) {
  return dump_json(json);
}
std::string json_line(const Event& event) {
  return json_line(to_json(event));
}
std::string json_line(const Summary& summary) {
  return json_line(to_json(summary));
}
std::string json_line(const Error& error) {
  return json_line(nlohmann::json{{"event", "error"}, {"kind", blame(error.kind)}, {"message", error.message}});
}

}  // namespace ridge
