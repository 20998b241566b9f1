#include "report/html.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "base/hash.h"
#include "base/text.h"
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
  cut.promotions.resize(40, cut.promotions.back());
  cut.lineage.resize(40, cut.lineage.back());
  cut.failures.resize(60, cut.failures.back());
  while (cut.effects.parameters.size() < 30) cut.effects.parameters.push_back(cut.effects.parameters.front());
  for (ParameterEffect& p : cut.effects.parameters) p.values.resize(20, p.values.front());
  RunData same = run_with(true);
  same.winner->source = same.seed->source;
  same.winner->parameters.clear();
  same.seed->source = std::make_shared<std::string>(standalone_source(*same.winner));
  same.lineage.resize(3);
  RunData demoted = run_with(false);
  demoted.promotions.back().demoted = true;
  RunData wrong = run_with(true);
  wrong.summary.certified->hidden[0].verdict = Verdict::wrong_result;
  wrong.promotions.resize(2);
  Counters counters;
  counters.values = {{"dram_read_bytes", 3e6}, {"dram_write_bytes", 1e6}, {"dram_percent", 87.2}};
  counters.traffic_ratio = 1.05;
  counters.limit = "memory";
  counters.why = "DRAM is at 87 % of its peak";
  wrong.seed_evaluation->workloads[0].counters = counters;
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

TEST(Html, ShowsWhatTheCountersSay) {
  RunData run = run_with(true);
  EXPECT_THAT(render_html(run), Not(HasSubstr("id=\"counters\"")));
  Counters counters;
  counters.values = {{"dram_read_bytes", 3 << 20}, {"dram_write_bytes", 1 << 20}, {"dram_percent", 87.2}};
  counters.traffic_ratio = 1.05;
  counters.limit = "memory";
  counters.why = "DRAM is at 87 % of its peak, 1.05 times the compulsory traffic";
  run.confirmation->candidate = run.winner->id;
  run.confirmation->workloads[0].counters = counters;
  const std::string page = render_html(run);
  EXPECT_THAT(page, HasSubstr("<a href=\"#counters\">"));
  EXPECT_THAT(page, HasSubstr("<td class=\"w q\">winner</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">4 MiB</td><td class=\"n\">1.05</td><td class=\"n\">87 %</td>"));
  EXPECT_THAT(page, HasSubstr("memory<div class=\"example\">DRAM is at 87 % of its peak"));
}

TEST(Html, ATemplateThatAsksForMoreIsNoticed) {
  const std::string text = std::string(embedded::report_template) + "{{no_such_key}}";
  EXPECT_THAT(check_template(text, report_view(run_with(true))).missing, testing::ElementsAre("no_such_key"));
}

TEST(Html, OpensWithTheVerdict) {
  const std::string page = render_html(run_with(true));
  EXPECT_THAT(page, HasSubstr("<p class=\"factor\" aria-hidden=\"true\">9.84×</p>"));
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

// The policy lets nothing load, and nothing run but the one script and style that the page was made with.
TEST(Html, LoadsNothingAndRunsOnlyItsOwn) {
  const std::string page = render_html(run_with(true));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  for (const char* outside :
       {"<link", "<iframe", "http:", "https:", "url(", "@import", " src=", " style=", " onclick="})
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at) ++scripts;
  EXPECT_EQ(scripts, 1u);
  for (std::size_t at = 0; (at = page.find(" href=\"", at)) != std::string::npos; ++at) EXPECT_EQ(page[at + 7], '#');
}

std::string between(const std::string& page, const std::string& a, const std::string& b) {
  const std::size_t from = page.find(a) + a.size();
  return page.substr(from, page.find(b, from) - from);
}

// A browser that refuses the style or the script because of a wrong hash would show a bare page.
TEST(Html, ThePolicyNamesTheHashesOfStyleAndScript) {
  const std::string page = render_html(run_with(true));
  for (const auto& [directive, tag] : {std::pair{"style-src", "style"}, std::pair{"script-src", "script"}}) {
    const std::string content = between(page, fmt::format("<{}>", tag), fmt::format("</{}>", tag));
    const std::string named = between(page, fmt::format("{} 'sha256-", directive), "'");
    std::string raw;  // base64 → hexadecimal, by the other way than the page's
    const std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : named) {
      if (c == '=') break;
      bits = bits << 6 | std::uint32_t(letters.find(c));
      if ((have += 6) >= 8) raw += fmt::format("{:02x}", bits >> (have -= 8) & 0xFF);
    }
    EXPECT_EQ(raw, hex(hash_text(content))) << tag;
  }
  EXPECT_EQ(hex(hash_text("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// What a screen reader and a keyboard need: one h1, landmarks, a name for each section and picture, headers of tables.
TEST(Html, CanBeUsedWithoutSeeingIt) {
  const std::string page = render_html(run_with(true));
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = page.find(what, at)) != std::string::npos; ++at) ++n;
    return n;
  };
  EXPECT_EQ(count("<h1"), 1u);
  EXPECT_EQ(count("<main"), 1u);
  EXPECT_EQ(count("<nav"), 1u);
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page, HasSubstr("class=\"skip\" href=\"#main\""));
  EXPECT_EQ(count("<section "), count("aria-labelledby=\"h-"));
  EXPECT_EQ(count("<th>"), 0u);
  EXPECT_EQ(count("<th "), count("<th scope=") + count("<th class="));
  EXPECT_EQ(count("<th class="), 0u);
  for (std::size_t at = 0; (at = page.find("<svg", at)) != std::string::npos; ++at) {
    const std::string tag = between(page.substr(at, 3000), "<svg", ">");
    EXPECT_TRUE(tag.find("role=\"img\" aria-label=\"") != std::string::npos ||
                tag.find("aria-hidden=\"true\"") != std::string::npos)
        << tag;
  }
  // Every place that the contents name is there.
  for (std::size_t at = 0; (at = page.find("<a href=\"#", at)) != std::string::npos; ++at)
    EXPECT_THAT(page, HasSubstr("id=\"" + between(page.substr(at), "#", "\"") + "\""));
}

TEST(Html, ShowsWhatTheClaimRestsOn) {
  const std::string page = render_html(run_with(true));
  EXPECT_THAT(page, HasSubstr(">Certificate</h2>"));
  EXPECT_THAT(page, HasSubstr("4 of 4 right, 8.80× to 10.0× the seed&#39;s speed; attempt 1 of at most 3"));
  EXPECT_THAT(page, HasSubstr("<code>" + std::string(64, 'a') + "</code>"));
  EXPECT_THAT(page, HasSubstr("<code>" + std::string(64, 'c') + "</code>"));
  EXPECT_THAT(page,
              HasSubstr("nothing was found by ghost replay, address sanitizer; not possible here: thread sanitizer"));
  EXPECT_THAT(page, HasSubstr("ridgeline verify runs/nbody-20261122-150405/certificate.json"));
  EXPECT_THAT(page, HasSubstr("blis: not compared"));
  EXPECT_THAT(page, HasSubstr("Roofline: highest ceiling 148 GFLOP/s."));
  RunData found = run_with(true);
  found.confirmation->checks[0].outcome = CheckOutcome::failed;
  EXPECT_THAT(render_html(found), HasSubstr("found out by ghost replay"));
  const std::string none = render_html(run_with(false));
  EXPECT_THAT(none, HasSubstr(">No certificate</h2>"));
  EXPECT_THAT(none, HasSubstr("not asked"));
  RunData slower = run_with(true);
  slower.confirmation->against_seed->per_workload[1] = {0.9, 0.88, 0.92, .95};
  EXPECT_THAT(render_html(slower), HasSubstr("1 of 3 workloads became slower beyond doubt"));
}

TEST(Html, EscapesWhateverOthersWrote) {
  const std::string page = render_html(run_with(true, true, 300, true));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("\u202e")));  // would turn what follows
  EXPECT_THAT(page, Not(HasSubstr("\u200f")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("{{task}}"));  // data are not a template
  const std::string nothing = render_html(run_with(false, true, 300, true));
  EXPECT_THAT(nothing, Not(HasSubstr("<script>alert")));
}

// The page of a made-up run, character by character but for style and script. After a change that is meant:
//   RIDGELINE_UPDATE_GOLDEN=1 build/dev/bin/test_report --gtest_filter=Html.LooksAsItDid
// and look at it in a browser.
TEST(Html, LooksAsItDid) {
  std::string page = render_html(run_with(true, true, 60));
  for (const char* tag : {"style", "script"}) {
    const std::size_t from = page.find(fmt::format("<{}>", tag)), to = page.find(fmt::format("</{}>", tag));
    page.erase(from, to - from);
  }
  const std::size_t policy = page.find("default-src");
  page.erase(policy, page.find('"', policy) - policy);
  const std::string golden = std::string(RIDGELINE_TEST_DATA) + "/report.golden.html";
  if (std::getenv("RIDGELINE_UPDATE_GOLDEN")) {
    ASSERT_TRUE(write_file(golden, page));
  }
  const auto before = read_file(golden);
  ASSERT_TRUE(before) << before.error().message;
  const auto a = split_lines(*before), b = split_lines(page);
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    ASSERT_EQ(i < a.size() ? a[i] : "(end)", i < b.size() ? b[i] : "(end)") << "line " << i + 1;
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
