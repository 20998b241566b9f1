// Oracles must go on saying what they said: values of small cases, one file of tests/data/golden/ each:
//
//   {"task": "metal-sci/heat2d", "symbols": {"nx": 9, …}, "seed": 7,
//    "outputs": {"u": {"sum": …, "squares": …, "at": [[0, …], [17, …]]}}}
//
// "inputs": {"u": [ … ]} may stand for the seed. A new file needs no outputs: with RIDGELINE_WRITE_GOLDEN=1 in the
// environment the test writes them. Values are ours, checked against the laws in properties_test.cpp.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "lab.h"
#include "model/json.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

std::vector<std::string> golden_files() {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(RIDGELINE_TEST_ROOT "/tests/data/golden", ignored))
    out.push_back(entry.path().filename().string());
  std::ranges::sort(out);
  return out;
}

Json measured(const std::vector<double>& v) {
  double squares = 0;
  for (const double x : v) squares += x * x;
  Json at = Json::array();
  const std::set<std::size_t> places = {0, v.size() / 7, v.size() / 3, v.size() / 2, v.size() * 5 / 6, v.size() - 1};
  for (const std::size_t i : places) at.push_back({i, v[i]});
  return {{"sum", lab::sum(v)}, {"squares", squares}, {"at", at}};
}

Binding symbols_of(const Task& task, const Json& json) {
  Binding out;
  for (const Symbol& s : task.interface.symbols)
    out.emplace(s.name,
                is_real(s.type) ? Number(json.at(s.name).get<double>()) : Number(json.at(s.name).get<std::int64_t>()));
  return out;
}

// `scale`: what the values are made of; compilers may contract and reorder a double's last bits.
void near(const Json& golden, const Json& found, double scale, const std::string& what) {
  EXPECT_NEAR(golden.get<double>(), found.get<double>(), 1e-10 * scale) << what;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, TheOracleSaysWhatItSaid) {
  const std::string file = RIDGELINE_TEST_ROOT "/tests/data/golden/" + GetParam();
  const auto text = read_file(file);
  ASSERT_TRUE(text) << text.error().message;
  auto json = parse_json(*text, file);
  ASSERT_TRUE(json) << json.error().message;
  lab::Lab lab((*json)["task"].get<std::string>());
  const Binding symbols = symbols_of(lab.task(), (*json)["symbols"]);
  if (json->contains("inputs"))
    lab.given(symbols, (*json)["inputs"].get<std::map<std::string, std::vector<double>>>());
  else
    lab.draw(symbols, (*json)["seed"].get<std::uint64_t>());
  const bool write = std::getenv("RIDGELINE_WRITE_GOLDEN") != nullptr;
  for (const BufferSpec& b : lab.task().interface.buffers) {
    if (b.access == Access::in) continue;
    const std::vector<double> v = lab.output(b.name);
    const Json found = measured(v);
    if (write) {
      (*json)["outputs"][b.name] = found;
      continue;
    }
    ASSERT_TRUE((*json)["outputs"].contains(b.name)) << "no values of " << b.name << " in " << file;
    const Json& golden = (*json)["outputs"][b.name];
    double largest = 0;
    for (const double x : v) largest = std::max(largest, std::fabs(x));
    near(golden["sum"], found["sum"], largest * double(v.size()), b.name + " sum");
    near(golden["squares"], found["squares"], largest * largest * double(v.size()), b.name + " squares");
    ASSERT_EQ(golden["at"].size(), found["at"].size()) << b.name;
    for (std::size_t i = 0; i < golden["at"].size(); ++i)
      near(golden["at"][i][1], found["at"][i][1], largest, fmt::format("{}[{}]", b.name, found["at"][i][0].dump()));
  }
  if (!write) return;
  ASSERT_TRUE(write_file(file, dump_json(*json) + "\n"));
}

INSTANTIATE_TEST_SUITE_P(Oracles, Golden, testing::ValuesIn(golden_files()),
                         [](const auto& file) { return lab::test_name(file.param); });

TEST(GoldenValues, EveryTaskHasSome) {
  std::string all;
  for (const std::string& file : golden_files()) {
    const auto text = read_file(RIDGELINE_TEST_ROOT "/tests/data/golden/" + file);
    ASSERT_TRUE(text) << text.error().message;
    all += *text;
  }
  for (const std::string& id : lab::task_ids()) EXPECT_THAT(all, testing::HasSubstr("\"" + id + "\""));
}

}  // namespace
}  // namespace ridge
