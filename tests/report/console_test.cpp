#include "report/console.h"

#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "made_up_run.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using testing::Not;

ProgressFacts facts() {
  ProgressFacts f;
  f.elapsed_s = 41;
  f.left_s = 19;
  f.evaluations = 1312;
  f.failed = 96;
  f.per_second = 38;
  f.best = {9.84, 9.71, 9.97, .95};
  f.best_is_screened = false;
  f.parameters = "WIDE=8 UNROLL=4";
  f.phase = "searching";
  return f;
}

TEST(ProgressLine, SaysEverythingWhereThereIsRoom) {
  EXPECT_EQ(progress_line(facts(), 0),
            "  41 s │ 1 312 judged (38/s) │ 96 failed │ best 9.84× [9.71, 9.97] vs seed │ WIDE=8 UNROLL=4 │ left 19 s");
}

TEST(ProgressLine, NeverExceedsTheTerminalAndKeepsTheResultLongest) {
  for (std::size_t columns = 1; columns < 120; ++columns)
    EXPECT_LE(display_width(progress_line(facts(), columns)), columns);
  EXPECT_THAT(progress_line(facts(), 30), HasSubstr("best 9.84×"));
  EXPECT_THAT(progress_line(facts(), 80), Not(HasSubstr("WIDE")));
}

TEST(ProgressLine, AScreenedBestShowsNoInterval) {
  ProgressFacts f = facts();
  f.best_is_screened = true;
  EXPECT_THAT(progress_line(f, 0), HasSubstr("best 9.84× screened"));
  EXPECT_THAT(progress_line(f, 0), Not(HasSubstr("[")));
}

TEST(ProgressPrinter, WritesPlainLinesNowAndThenIntoAPipe) {
  std::ostringstream out;
  ProgressPrinter printer(out, false, 0, 5);
  ProgressFacts f = facts();
  for (double t = 0; t < 11; t += 0.1) {
    f.elapsed_s = t;
    printer.show(f);
  }
  f.phase = "confirming";  // a new phase is worth a line at once
  printer.show(f);
  printer.done();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
}

TEST(ProgressPrinter, OverwritesOneLineOnATerminal) {
  std::ostringstream out;
  ProgressPrinter printer(out, true, 80);
  printer.show(facts());
  printer.show(facts());
  printer.done();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 3);
}

TEST(SummaryText, SaysWhatWasProved) {
  const RunData run = made_up::run({});
  const std::string text = summary_text(run.summary, "runs/x/winner.cpp", "runs/x/report.html");
  EXPECT_THAT(text, HasSubstr("nbody: 9.84× faster than the seed (95 %: 9.71 to 9.97), confirmed in 2 fresh processes; "
                              "held-out 4 of 4 right"));
  EXPECT_THAT(text, HasSubstr("256_10    1.92 ms  211 µs"));
  EXPECT_THAT(text, HasSubstr("winner  runs/x/winner.cpp"));
  EXPECT_THAT(text, HasSubstr("again   ridgeline verify runs/x/certificate.json"));
}

TEST(SummaryText, SaysWhyNothingWasClaimed) {
  made_up::Settings settings;
  settings.certified = false;
  const std::string text = summary_text(made_up::run(settings).summary, "", "");
  EXPECT_THAT(text, HasSubstr("no kernel could be claimed"));
  EXPECT_THAT(text, HasSubstr("less than the margin"));
  EXPECT_THAT(text, Not(HasSubstr("winner")));
}

TEST(SummaryText, LetsNoTaskOrCandidateSpeakToTheTerminal) {
  made_up::Settings settings;
  settings.hostile = true;
  const std::string text = summary_text(made_up::run(settings).summary, "", "");
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(JsonLine, IsOneLineOfValidJsonWhateverTheEventHolds) {
  made_up::Settings settings;
  settings.hostile = true;
  settings.evaluations = 40;
  for (const Event& e : made_up::events(settings)) {
    const std::string line = json_line(e);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    EXPECT_EQ(json["event"], kind(e.body));
  }
  EXPECT_EQ(json_line(Error{Error::Kind::usage, "no"}), R"({"event":"error","kind":"usage","message":"no"})");
}

}  // namespace
}  // namespace ridge
