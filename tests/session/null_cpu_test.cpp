// The null operator on the real CPU: bytes change, work does not, nothing is deduplicated. Whatever this machine's
// noise is, nothing may be claimed and nothing certified.
#include <gtest/gtest.h>

#include "model/archive.h"
#include "support/simulated.h"
#include "workshop.h"

namespace ridge {
namespace {

TEST(NullSearchOnTheCpu, ClaimsNothing) {
  const auto folder = workshop::Folder::make(workshop::manifest, workshop::reference, workshop::honest());
  auto oracle = make_oracle(*folder.task);
  ASSERT_TRUE(oracle) << oracle.error().message;
  EvaluatorSettings settings;
  settings.deduplicate = false;
  auto evaluator =
      Evaluator::open(folder.task, workshop::device(), std::move(*oracle), Secret::from_entropy(), settings);
  ASSERT_TRUE(evaluator) << evaluator.error().message;

  simulated::RenamePolicy policy;
  MemoryArchive archive;
  simulated::Recorder recorder;
  const MapScope facts(workshop::device().capabilities().facts);
  Parts parts;
  parts.task = folder.task;
  parts.judge = evaluator->get();
  parts.archive = &archive;
  parts.policy = &policy;
  parts.clock = &workshop::device().clock();
  parts.device = &facts;
  parts.listeners = {&recorder};
  RunSpec spec;
  spec.task = folder.task->id;
  spec.budget = {20, 40};
  const std::atomic<bool> stop = false;
  Session session(spec, parts);
  const auto summary = session.run(stop);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_GT(archive.evaluations(), 2u);
  EXPECT_EQ(archive.duplicates(), 0u);
  EXPECT_FALSE(summary->certified) << "claimed " << summary->certified->speedup.lower << " out of noise";
}

}  // namespace
}  // namespace ridge
