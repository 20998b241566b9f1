// A race from the outside: what a device sees of it.
#include <map>

#include "base/hash.h"
#include "workshop.h"

namespace ridge {
namespace {

using workshop::axpy;

// Notes every input that a process is given.
class SeenLane : public Lane {
 public:
  SeenLane(std::unique_ptr<Lane> inner, std::map<std::string, int>& inputs)
      : inner_(std::move(inner)), inputs_(inputs) {}
  Result<Judged<void>> allot(const ResolvedPlan& plan, std::uint32_t sets) override {
    return inner_->allot(plan, sets);
  }
  Result<void> write(std::uint32_t set, std::uint32_t storage, std::span<const std::byte> bytes) override {
    if (storage == 0) ++inputs_[hex(hash_bytes(bytes))];
    return inner_->write(set, storage, bytes);
  }
  Result<void> read(std::uint32_t set, std::uint32_t storage, std::span<std::byte> bytes) override {
    return inner_->read(set, storage, bytes);
  }
  Result<Judged<Burst>> run(std::uint32_t first, std::uint32_t count, double limit_s, bool cold) override {
    return inner_->run(first, count, limit_s, cold);
  }
  void steady(double probe_s, double patience_s) override { inner_->steady(probe_s, patience_s); }
  Result<Judged<void>> inspect(std::uint32_t set) override { return inner_->inspect(set); }
  Result<Judged<void>> idle_check() override { return inner_->idle_check(); }
  std::string output(bool& cut) override { return inner_->output(cut); }

 private:
  std::unique_ptr<Lane> inner_;
  std::map<std::string, int>& inputs_;
};

class SeenDevice : public workshop::WithCeilings {
 public:
  using WithCeilings::WithCeilings;
  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) override {
    RIDGE_TRY(auto lane, WithCeilings::open(spec));
    if (!lane) return lane;
    return Judged<std::unique_ptr<Lane>>(std::make_unique<SeenLane>(std::move(*lane), processes.emplace_back()));
  }
  std::deque<std::map<std::string, int>> processes;
};

struct Track {
  workshop::Folder folder = workshop::Folder::make();
  SeenDevice device{std::move(*open_device("cpu"))};
  std::unique_ptr<Evaluator> evaluator = [&] {
    auto opened = Evaluator::open(folder.task, device, std::move(*make_oracle(*folder.task)), Secret::from_entropy(),
                                  workshop::quick_settings());
    RIDGE_CHECK(opened, opened ? "" : opened.error().message);
    return std::move(*opened);
  }();
  Candidate candidate(const std::string& source) { return *workshop::candidate_from(*folder.task, source, "seed.cpp"); }
};

TEST(Race, NoProcessSeesADrawTwiceAndNewOnesMaySeeItAgain) {
  Track track;
  RaceJob job;
  for (const char* body :
       {"HONEST", "HONEST z[0] += 0.0f;", "for (int i = n - 1; i >= 0; --i) z[i] = a * x[i] + y[i];"})
    job.candidates.push_back(track.candidate(axpy(body)));
  track.device.processes.clear();
  track.evaluator->submit(std::move(job));
  auto done = track.evaluator->poll();
  ASSERT_TRUE(done) << done.error().message;
  const auto* race = std::get_if<Race>(&done->back().result);
  ASSERT_TRUE(race);
  EXPECT_GE(race->rounds, 6u);
  std::map<std::string, std::size_t> in_processes;
  for (const auto& inputs : track.device.processes)
    for (const auto& [digest, times] : inputs) {
      EXPECT_EQ(times, 1) << "a process was given an input again";
      ++in_processes[digest];
    }
  // Three processes at a time on the same draws, of which most stay when they start anew.
  std::size_t shared = 0, kept = 0;
  for (const auto& [digest, times] : in_processes) shared += times >= 2, kept += times > 3;
  EXPECT_GT(2 * shared, in_processes.size());
  EXPECT_GT(kept, 0u);
}

TEST(Evaluator, TheSeedIsJudgedOnceForTheSession) {
  Track track;
  const std::size_t before = track.device.processes.size();
  EXPECT_GT(before, 0u);
  const Candidate seed = track.candidate(workshop::honest());
  const auto judged = [&] {
    track.evaluator->submit(ScreenJob{seed, std::nullopt});
    auto done = track.evaluator->poll();
    RIDGE_CHECK(done && done->size() == 1, "one answer");
    return std::get<Evaluation>((*done)[0].result);
  };
  const Evaluation first = judged();
  EXPECT_EQ(workshop::outcome(first), "ok");
  EXPECT_EQ(first.candidate, seed.id);
  EXPECT_EQ(track.device.processes.size(), before) << "known from the opening";
  EXPECT_EQ(workshop::outcome(judged()), "ok");
  EXPECT_GT(track.device.processes.size(), before) << "but only once";
}

}  // namespace
}  // namespace ridge
