#include <set>

#include <gmock/gmock.h>

#include "model/json.h"
#include "samples.h"

namespace ridge {
namespace {

using testing::HasSubstr;
constexpr std::size_t kKinds = std::variant_size_v<EventBody>;

TEST(Event, EveryKindComesBackEqualFromItsText) {
  sample::Random random(1);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const Event event = random.event(kind);
      ASSERT_EQ(event.body.index(), kind);
      const std::string text = dump_json(to_json(event));
      const auto parsed = parse_json(text, "event");
      ASSERT_TRUE(parsed) << parsed.error().message;
      const auto back = event_from_json(*parsed);
      ASSERT_TRUE(back) << back.error().message << "\n" << text;
      EXPECT_EQ(back->body.index(), kind);
      EXPECT_EQ(dump_json(to_json(*back)), text);
    }
  }
}

TEST(Event, KindsHaveDifferentNames) {
  sample::Random random(2);
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < kKinds; ++kind) names.insert(ridge::kind(random.body(kind)));
  EXPECT_EQ(names.size(), kKinds);
}

// Every value of a document replaced by values of other kinds, and every member left out: an Error or an Event, never
// an exception.
void disturb(nlohmann::json& node, const nlohmann::json& whole, int& refused) {
  static const nlohmann::json strange[] = {nullptr,
                                           true,
                                           -1,
                                           18446744073709551615u,
                                           1.5,
                                           "x",
                                           nlohmann::json::array({1}),
                                           nlohmann::json::object({{"x", 1}})};
  const nlohmann::json saved = node;
  for (const auto& value : strange) {
    node = value;
    const auto result = event_from_json(whole);
    if (!result) {
      ++refused;
      EXPECT_FALSE(result.error().message.empty());
    }
  }
  node = saved;
  if (node.is_object()) {
    for (const auto& [key, value] : saved.items()) {
      node.erase(key);
      if (!event_from_json(whole)) ++refused;
      node[key] = value;
      disturb(node[key], whole, refused);
    }
  } else if (node.is_array()) {
    for (auto& item : node) disturb(item, whole, refused);
  }
}

TEST(Event, ReadersAreTotal) {
  sample::Random random(3);
  int refused = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      nlohmann::json json = to_json(random.event(kind));
      disturb(json, json, refused);
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Event, ErrorsNameTheField) {
  nlohmann::json json = to_json(sample::event(sample::evaluation("c:1")));
  json["workloads"] = {{{"name", 5}}};
  EXPECT_THAT(event_from_json(json).error().message,
              HasSubstr("evaluation.workloads[0].name: expected a string, found number"));
  json.erase("device");
  EXPECT_THAT(event_from_json(json).error().message, HasSubstr("evaluation.device: missing"));
  json["event"] = "evaluatoin";
  EXPECT_THAT(event_from_json(json).error().message, HasSubstr("unknown kind \"evaluatoin\""));
  EXPECT_THAT(event_from_json(nlohmann::json::array()).error().message, HasSubstr("expected an object"));
}

TEST(Event, AnEvaluationLooksAsDocumented) {
  Evaluation e = sample::evaluation("c:9f3a");
  e.workloads.push_back(sample::workload("512x512_100"));
  e.workloads[0].timing = Timing{0.004, 0.0039, 0.0041, 0.0038, 15, "warm"};
  Candidate c = sample::candidate(32);
  c.parents = {"c:77b0"};
  c.why = "TILE 16→32";
  const auto json = to_json(sample::event(e), c);
  EXPECT_EQ(json["event"], "evaluation");
  EXPECT_EQ(json["verdict"], "ok");
  EXPECT_TRUE(json["reason"].is_null());
  EXPECT_EQ(json["workloads"][0]["seconds"]["median"], 0.004);
  EXPECT_EQ(json["score"]["name"], "speedup_gmean");
  EXPECT_EQ(json["parents"][0], "c:77b0");
  EXPECT_EQ(json["why"], "TILE 16→32");
  EXPECT_EQ(json["parameters"]["TILE"], 32);
}

}  // namespace
}  // namespace ridge
