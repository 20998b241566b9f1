// The museum's manifests: what they say is read, what is wrong in them is named, and nothing of the catalogue is
// missing. The programs themselves are run by tests/museum.
#include "trust/museum.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "device/cpu/internal/protocol.h"
#include "evaluate/mechanisms.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string source_root = RIDGELINE_TEST_ROOT;

const Museum& museum() {
  static const Museum m = [] {
    auto read = read_museum(source_root + "/tests/museum", source_root);
    RIDGE_CHECK(read, read ? "" : read.error().message);
    return std::move(*read);
  }();
  return m;
}

TEST(MuseumManifest, EveryRowOfTheCatalogueIsAccountedFor) {
  EXPECT_EQ(catalogue_rows().size(), 68u);
  EXPECT_THAT(rows_without_account(museum()), IsEmpty());
  Museum without = museum();
  std::erase_if(without.programs,
                [](const MuseumProgram& p) { return std::ranges::find(p.rows, "C9") != p.rows.end(); });
  EXPECT_THAT(rows_without_account(without), testing::ElementsAre("C9"));
}

TEST(MuseumManifest, IsAsLargeAsItSays) {
  EXPECT_GE(museum().programs.size(), 45u);
  EXPECT_GE(museum().good.size(), 40u);
}

TEST(MuseumManifest, EveryFileIsShown) {
  std::set<std::string> known;
  for (const MuseumProgram& p : museum().programs) known.insert(p.file);
  for (const GoodKernel& g : museum().good) known.insert(g.file);
  for (const char* folder : {"programs", "good"})
    for (const auto& entry : std::filesystem::directory_iterator(museum().folder + "/" + folder))
      EXPECT_TRUE(known.contains(std::string(folder) + "/" + entry.path().filename().string())) << entry.path();
}

TEST(MuseumManifest, EverySwitchHasAProof) {
  for (const std::string_view name : mechanism_switches) {
    const auto shown = [&](const MuseumMechanism& k) { return k.off == name; };
    EXPECT_TRUE(std::ranges::any_of(museum().mechanisms, shown)) << name;
  }
  for (const MuseumMechanism& k : museum().mechanisms)
    if (!k.proof.empty()) {
      EXPECT_EQ(museum().program(k.proof)->mechanism, k.id) << k.proof;
    }
}

// "tests/device/lane_test.cpp: LaneLimits": the word stands in that file.
TEST(MuseumManifest, TheTestsThatItNamesAreThere) {
  for (const MuseumMechanism& k : museum().mechanisms)
    for (const std::string& test : k.tests) {
      const std::size_t colon = test.find(": ");
      ASSERT_NE(colon, std::string::npos) << test;
      const auto text = read_file(source_root + "/" + test.substr(0, colon));
      ASSERT_TRUE(text) << test;
      EXPECT_THAT(*text, HasSubstr(test.substr(colon + 2))) << k.id;
    }
}

// Two programs forge the control page. Were its layout to change they would miss it, and be caught for another reason.
TEST(MuseumManifest, ForgersKnowTheControlPage) {
  for (const char* id : {"it_answers_before_it_is_done", "it_forges_a_refusal"}) {
    const auto text = read_file(museum().folder + "/" + museum().program(id)->file);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr(fmt::format("page = {}, program_bytes = {};", cpu::page, cpu::program_bytes)));
    EXPECT_THAT(*text,
                HasSubstr(fmt::format("answer_at = {}, go_at = {}, message_at = {};", offsetof(cpu::Control, answer),
                                      offsetof(cpu::Control, go), offsetof(cpu::Control, message))));
  }
}

// docs/trust.md holds both tables as they follow from the manifest. To renew them:
//   RIDGELINE_UPDATE_GOLDEN=1 build/ci/bin/test_trust --gtest_filter=MuseumManifest.TheDocumentSaysTheSame
TEST(MuseumManifest, TheDocumentSaysTheSame) {
  const std::string path = source_root + "/docs/trust.md";
  auto text = read_file(path);
  ASSERT_TRUE(text);
  std::string wanted = *text;
  for (const auto& [mark, table] : {std::pair<std::string, std::string>{"mechanisms", mechanisms_table(museum())},
                                    {"rows", rows_table(museum())}}) {
    const std::string begin = "<!-- " + mark + ": made from tests/museum/museum.toml -->\n",
                      end = "<!-- end of " + mark + " -->";
    const std::size_t from = wanted.find(begin), to = wanted.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << mark;
    wanted.replace(from + begin.size(), to - from - begin.size(), table);
  }
  if (std::getenv("RIDGELINE_UPDATE_GOLDEN") && wanted != *text) {
    ASSERT_TRUE(write_file(path, wanted));
  } else {
    EXPECT_EQ(*text, wanted);
  }
}

struct Wrong {
  std::string name, museum, good, message;
};
void PrintTo(const Wrong& row, std::ostream* out) {
  *out << row.name;
}
const std::string mechanism_row = "[[mechanism]]\nid = \"m\"\ntitle = \"t\"\ntests = [\"a: b\"]\n";
std::string program_row(const std::string& change = "", const std::string& with = "") {
  std::string text =
      "[[program]]\nid = \"p\"\nrows = [\"C1\"]\ntask = \"t\"\nverdict = \"wrong_result\"\nreasons = [\"mismatch\"]\n"
      "mechanism = \"m\"\nwhat = \"w\"\n";
  if (!change.empty()) {
    const std::size_t at = text.find(change);
    RIDGE_CHECK(at != std::string::npos, change);
    text.replace(at, change.size(), with);
  }
  return text;
}
const std::string good_row = "[[kernel]]\nid = \"g\"\ntask = \"t\"\nunusual = \"u\"\n";

class WrongManifest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongManifest, IsNamedByFileLineAndField) {
  const Wrong& w = GetParam();
  auto folder = TempDir::make("museum");
  ASSERT_TRUE(folder);
  for (const char* inner : {"/programs", "/good", "/tasks/t"})
    std::filesystem::create_directories(folder->path() + inner);
  for (const char* file : {"/programs/p.cpp", "/good/g.cpp", "/tasks/t/task.toml"})
    ASSERT_TRUE(write_file(folder->path() + file, ""));
  ASSERT_TRUE(write_file(folder->path() + "/museum.toml", w.museum));
  ASSERT_TRUE(write_file(folder->path() + "/good.toml", w.good));
  const auto read = read_museum(folder->path(), folder->path());
  if (w.message.empty()) {
    EXPECT_TRUE(read) << read.error().message;
    return;
  }
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr(w.message));
}

const std::string beginning = "format = 1\n";

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongManifest,
    testing::Values(
        Wrong{"none", beginning + mechanism_row + program_row(), beginning + good_row, ""},
        Wrong{"no_format", mechanism_row, beginning, "museum.toml: format = 1"},
        Wrong{"no_toml", "format = [", beginning, "museum.toml:1"},
        Wrong{"unknown_key", beginning + mechanism_row + program_row("what", "whit"), beginning,
              "museum.toml:13: [[program]] p: unknown key"},
        Wrong{"unknown_table", beginning + "[[programme]]\n", beginning, "programme"},
        Wrong{"no_table", beginning + "program = [1]\n", beginning, "[[program]] number 1: expected a table"},
        Wrong{"no_array", beginning + "[program]\nid = \"p\"\n", beginning, "write entries as [[program]]"},
        Wrong{"unknown_row", beginning + mechanism_row + program_row("C1", "C10"), beginning,
              "museum.toml:8: [[program]] p: rows: \"C10\" is no row"},
        Wrong{"unknown_verdict", beginning + mechanism_row + program_row("wrong_result", "wrong"), beginning,
              "museum.toml:10: [[program]] p: verdict = \"wrong\""},
        Wrong{"ok_is_no_failure", beginning + mechanism_row + program_row("wrong_result", "ok"), beginning,
              "verdict = \"ok\": expected one of failure"},
        Wrong{"unknown_reason", beginning + mechanism_row + program_row("mismatch", "mismatched"), beginning,
              "museum.toml:11: [[program]] p: reasons: there is no reason \"mismatched\""},
        Wrong{"no_reason", beginning + mechanism_row + program_row("\"mismatch\"", ""), beginning,
              "reasons names nothing"},
        Wrong{"unknown_mechanism", beginning + program_row(), beginning,
              "museum.toml:8: [[program]] p: mechanism = \"m\""},
        Wrong{"missing_field", beginning + mechanism_row + program_row("what = \"w\"\n", ""), beginning,
              "[[program]] p: what is missing"},
        Wrong{"wrong_kind", beginning + mechanism_row + program_row("task = \"t\"", "task = 3"), beginning,
              "museum.toml:9: [[program]] p: task"},
        Wrong{"no_such_file", beginning + mechanism_row + program_row("what", "file = \"programs/q.cpp\"\nwhat"),
              beginning, "[[program]] p: file: no such file: "},
        Wrong{"no_such_task", beginning + mechanism_row + program_row("\"t\"", "\"q\""), beginning,
              "museum.toml:9: [[program]] p: task: no such file: "},
        Wrong{"twice", beginning + mechanism_row + program_row() + program_row(), beginning,
              "id = \"p\" is there twice"},
        Wrong{"unknown_need", beginning + mechanism_row + program_row("what", "needs = [\"gpu\"]\nwhat"), beginning,
              "needs = \"gpu\""},
        Wrong{"bad_limit", beginning + mechanism_row + program_row("what", "time_limit_s = 0\nwhat"), beginning,
              "time_limit_s: expected seconds"},
        Wrong{"bad_tries", beginning + mechanism_row + program_row("what", "tries = 0\nwhat"), beginning,
              "tries = 0: expected 1 to 9"},
        Wrong{"unknown_switch", beginning + "[[mechanism]]\nid = \"m\"\ntitle = \"t\"\nswitch = \"magic\"\n", beginning,
              "switch = \"magic\": there is no such switch"},
        Wrong{"no_proof", beginning + "[[mechanism]]\nid = \"m\"\ntitle = \"t\"\nswitch = \"floor\"\n", beginning,
              "[[mechanism]] m: proof is missing"},
        Wrong{"no_test", beginning + "[[mechanism]]\nid = \"m\"\ntitle = \"t\"\n", beginning, "tests is missing"},
        Wrong{"proof_without_switch", beginning + mechanism_row + "proof = \"p\"\n", beginning, "belong to a switch"},
        Wrong{"proof_is_no_program",
              beginning +
                  "[[mechanism]]\nid = \"m\"\ntitle = \"t\"\nswitch = \"floor\"\nproof = \"q\"\nwithout = \"ok\"\n",
              beginning, "proof = \"q\": no such program"},
        Wrong{"unknown_status", beginning + "[[row]]\nids = [\"C1\"]\nstatus = \"later\"\nreason = \"r\"\n", beginning,
              "status = \"later\": expected impossible, harmless or waits"},
        Wrong{"good_twice", beginning, beginning + good_row + good_row, "good.toml:7: [[kernel]] g: id"},
        Wrong{"good_without_file", beginning, beginning + "[[kernel]]\nid = \"h\"\ntask = \"t\"\nunusual = \"u\"\n",
              "good.toml:2: [[kernel]] h: file: no such file: "}),
    [](const auto& row) { return row.param.name; });

TEST(MuseumManifest, AFolderWithoutOneIsNamed) {
  const auto read = read_museum("/nowhere", "/nowhere");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("/nowhere/museum.toml"));
}

}  // namespace
}  // namespace ridge
