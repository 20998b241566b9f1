#include "report/html.h"

#include <gmock/gmock.h>

#include "made_up_run.h"
#include "report/internal/embedded.h"
#include "report/internal/report_view.h"
#include "report/template_keys.h"

namespace ridge {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RunData run_with(bool certified, bool finished = true, int evaluations = 300, bool hostile = false) {
  made_up::Settings settings;
  settings.certified = certified;
  settings.finished = finished;
  settings.evaluations = evaluations;
  settings.hostile = hostile;
  return made_up::run(settings);
}

TEST(TemplateKeys, FindsWhatIsNotSupplied) {
  const auto keys = check_template("{{a}}{{#s}}{{b}}{{c}}{{/s}}{{^e}}{{d}}{{/e}}",
                                   object{{"a", "1"}, {"s", list{object{{"b", "2"}}}}, {"e", false}});
  EXPECT_THAT(keys.missing, testing::ElementsAre("e.d", "s.c"));
  EXPECT_THAT(keys.unvisited, IsEmpty());
}

TEST(TemplateKeys, LooksOutwardsAndReportsBodiesItCouldNotEnter) {
  const auto keys = check_template("{{#s}}{{outer}}{{/s}}{{#empty}}{{x}}{{/empty}}{{^s}}{{y}}{{/s}}",
                                   object{{"outer", "1"}, {"s", true}, {"empty", list{}}});
  EXPECT_THAT(keys.missing, IsEmpty());
  EXPECT_THAT(keys.unvisited, testing::ElementsAre("^s", "empty"));
}

TEST(TemplateKeys, ReportsUnbalancedSections) {
  EXPECT_THAT(check_template("{{#a}}", object{{"a", true}}).faults, Not(IsEmpty()));
  EXPECT_THAT(check_template("{{#a}}{{/b}}", object{{"a", true}}).faults, Not(IsEmpty()));
  EXPECT_THAT(check_template("{{a", object{}).faults, Not(IsEmpty()));
}

// Three runs enter every section between them; in none of them does the template ask for something that is not there.
TEST(Html, TheTemplateFindsEveryKey) {
  RunData cut = run_with(true);
  cut.winner->source = std::make_shared<std::string>(std::string(100'000, 'x') + "\n" + [] {
    std::string lines;
    for (int i = 0; i < 5000; ++i) lines += fmt::format("line {}\n", i);
    return lines;
  }());
  cut.resumed = 1;
  RunData same = run_with(true);
  same.winner->source = same.seed->source;
  same.lineage.resize(3);
  RunData demoted = run_with(false);
  demoted.promotions.back().demoted = true;
  RunData wrong = run_with(true);
  wrong.summary.certified->hidden[0].verdict = Verdict::wrong_result;
  wrong.promotions.resize(2);
  std::vector<std::string> unvisited;
  bool first = true;
  for (const RunData& run : {run_with(true), cut, same, demoted, wrong, run_with(true, false), RunData{}}) {
    const TemplateKeys keys = check_template(embedded::report_template, report_view(run));
    EXPECT_THAT(keys.missing, IsEmpty());
    EXPECT_THAT(keys.faults, IsEmpty());
    std::vector<std::string> both;
    std::set_intersection(unvisited.begin(), unvisited.end(), keys.unvisited.begin(), keys.unvisited.end(),
                          std::back_inserter(both));
    unvisited = first ? keys.unvisited : both;
    first = false;
  }
  EXPECT_THAT(unvisited, IsEmpty());
}

TEST(Html, ATemplateThatAsksForMoreIsNoticed) {
  const std::string text = std::string(embedded::report_template) + "{{no_such_key}}";
  EXPECT_THAT(check_template(text, report_view(run_with(true))).missing, testing::ElementsAre("no_such_key"));
}

TEST(Html, OpensWithTheVerdict) {
  const std::string page = render_html(run_with(true));
  EXPECT_THAT(page, HasSubstr("<p class=\"factor\">9.84×</p>"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "as fast as the seed: nbody on cpu, confirmed in 2 fresh processes and right on 4 of 4 hidden workloads."));
  EXPECT_THAT(page, HasSubstr("ridgeline check metal-sci/nbody runs/nbody-20261122-150405/winner.cpp"));
  EXPECT_THAT(page, HasSubstr("--policy one-plus-one --seed 7 --policy-set restart=40 --budget 60s"));
}

TEST(Html, ClaimsNothingWithoutACertificate) {
  for (const bool finished : {true, false}) {
    const std::string page = render_html(run_with(false, finished));
    EXPECT_THAT(page, Not(HasSubstr("class=\"factor\"")));
    EXPECT_THAT(page, HasSubstr("They are no claim."));
    EXPECT_THAT(page, HasSubstr("not certified"));
  }
}

TEST(Html, LoadsNothingAndRunsNothing) {
  const std::string page = render_html(run_with(true));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* outside : {"<script", "<link", "<iframe", "http:", "https:", "url(", "@import", " src=", " href="})
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
}

TEST(Html, EscapesWhateverOthersWrote) {
  const std::string page = render_html(run_with(true, true, 300, true));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("{{task}}"));  // data are not a template
  const std::string nothing = render_html(run_with(false, true, 300, true));
  EXPECT_THAT(nothing, Not(HasSubstr("<script")));
}

TEST(Html, StaysSmall) {
  EXPECT_LT(render_html(run_with(true, true, 10'000)).size(), 1'000'000u);
  RunData run = run_with(true);
  std::string large;
  while (large.size() < 2'000'000) large += "if (a < b && c > d) { f(\"<>\"); } // \"'&\n";
  run.winner->source = std::make_shared<std::string>(large);
  EXPECT_LT(render_html(run).size(), 1'000'000u);
}

TEST(Html, RendersAnEmptyRun) {
  EXPECT_THAT(render_html(RunData{}), HasSubstr("has not ended"));
}

}  // namespace
}  // namespace ridge
