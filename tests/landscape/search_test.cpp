// A whole search, with its real evaluator and session, over a recorded landscape.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "landscape/device.h"
#include "landscape/export.h"
#include "landscape/landscape.h"
#include "support/simulated.h"

namespace ridge {
namespace {

class RecordedSearch : public testing::Test {
 protected:
  RecordedSearch() {
    auto all = read_landscapes(std::string(RIDGELINE_TEST_DATA) + "/landscapes");
    landscape = std::make_shared<const Landscape>(std::move((*all)[1]));  // pnpoly
    device = recorded_device(landscape);
  }
  simulated::Options options(std::int64_t evaluations) const {
    simulated::Options o;
    o.tune = tune_section(landscape->space);
    o.noise = device.noise;
    o.seconds = device.seconds;
    o.runs = device.runs;
    o.fault = device.fault;
    o.policy = "bayes";
    o.evaluations = evaluations;
    o.wall_s = 1e6;
    return o;
  }
  std::shared_ptr<const Landscape> landscape;
  null::NullSettings device;
};

TEST_F(RecordedSearch, EndsWithAConfigurationNearTheRecordedBest) {
  simulated::Search search(options(90));
  const Summary summary = search.run();
  ASSERT_TRUE(summary.certified);
  const Record* winner = search.archive.find(summary.certified->candidate);
  const Configuration* c = landscape->find(landscape->space.point(winner->candidate.parameters).value());
  ASSERT_NE(c, nullptr);
  EXPECT_LT(*c->seconds, 1.1 * landscape->best_seconds);
}

TEST_F(RecordedSearch, FailuresAreThoseOfTheRecord) {
  simulated::Options o = options(150);
  o.policy = "random";
  simulated::Search search(o);
  search.run();
  std::size_t failed = 0;
  for (const CandidateId& id : search.archive.evaluated()) {
    const Record* r = search.archive.find(id);
    const auto point = landscape->space.point(r->candidate.parameters);
    if (!point) continue;  // the seed
    const Configuration* c = landscape->find(*point);
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(r->ok(), c->seconds.has_value()) << r->evaluation->diagnostics.size();
    failed += !r->ok();
  }
  EXPECT_GT(failed, 0u);
}

TEST_F(RecordedSearch, ExportedAsT4ItReadsBack) {
  simulated::Search search(options(40));
  search.run();
  const Plan& plan = *search.archive.find(search.archive.evaluated().back())->candidate.plan;
  const auto again = read_t4(to_t4(search.archive).dump(), to_t1(plan, "pnpoly").dump(), "exported");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->configurations.size() + 1, search.archive.evaluations()) << "all but the seed";
  for (const Configuration& c : again->configurations) {
    if (!c.seconds) continue;
    const Configuration* there = landscape->find(landscape->space.point(again->space.parameters(c.point)).value());
    ASSERT_NE(there, nullptr);
    EXPECT_NEAR(*c.seconds / *there->seconds, 1, 0.05);
  }
}

}  // namespace
}  // namespace ridge
