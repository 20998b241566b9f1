// What every row of the operator table keeps. A new operator is tested here by being in the table.
#include "operate/operator.h"

#include <gmock/gmock.h>

#include "../policy/landscape.h"

namespace ridge {
namespace {

class OperatorContract : public testing::TestWithParam<OperatorRow> {
 protected:
  void add(const Draft& draft) {
    const Candidate c = seal(task, draft);
    ASSERT_TRUE(archive.append(Event{0, "", 0, CandidateAdded{c}}));
    Evaluation e;
    e.candidate = c.id;
    e.score.emplace();
    ASSERT_TRUE(archive.append(Event{0, "", 0, e}));
  }
  Result<std::vector<Draft>> propose(Operator& op, std::vector<const Record*> parents, std::size_t wanted, Rng& rng,
                                     std::string_view mode = {}) {
    return op.propose(task, parents, OperatorContext{archive, nullptr, device, Dialect::cpp, mode}, rng, wanted);
  }
  std::vector<std::string_view> modes() const {
    std::vector<std::string_view> out = {""};
    for (const OperatorMode& m : GetParam().modes) out.push_back(m.name);
    return out;
  }

  Task task = landscape::separable_task();
  MemoryArchive archive;
  MapScope device;
};

TEST_P(OperatorContract, RowsDescribeThemselves) {
  EXPECT_EQ(GetParam().make()->name(), GetParam().name);
  EXPECT_FALSE(GetParam().description.empty());
  for (const OperatorMode& m : GetParam().modes) EXPECT_FALSE(m.description.empty()) << m.name;
}

TEST_P(OperatorContract, DraftsAreNewCompleteAndNoMoreThanWanted) {
  for (const std::string_view mode : modes()) {
    auto op = GetParam().make();
    Rng rng(1);
    std::vector<const Record*> parents;
    for (int round = 0; round < 6; ++round) {
      const auto drafts = propose(*op, parents, 3, rng, mode);
      ASSERT_TRUE(drafts) << drafts.error().message;
      EXPECT_LE(drafts->size(), 3u);
      std::set<CandidateId> ids;
      for (const Draft& d : *drafts) {
        const Candidate c = seal(task, d);
        EXPECT_EQ(archive.find(c.id), nullptr) << mode;
        EXPECT_TRUE(ids.insert(c.id).second) << mode;
        EXPECT_EQ(c.op, GetParam().name);
        EXPECT_EQ(c.parameters.size(), d.plan->tunables.size());
        EXPECT_FALSE(c.why.empty()) << mode;
        if (!parents.empty()) {
          EXPECT_THAT(c.parents, testing::Contains(parents[0]->candidate.id));
        }
        add(d);
      }
      if (!archive.evaluated().empty()) parents = {archive.find(archive.evaluated().front())};
    }
  }
}

TEST_P(OperatorContract, SameSeedSameDrafts) {
  for (const std::string_view mode : modes()) {
    const auto ids = [&](std::uint64_t seed) {
      auto op = GetParam().make();
      Rng rng(seed);
      std::vector<CandidateId> out;
      const auto drafts = propose(*op, {}, 5, rng, mode);
      for (const Draft& d : *drafts) out.push_back(seal(task, d).id);
      return out;
    };
    EXPECT_EQ(ids(1), ids(1)) << mode;
  }
}

TEST_P(OperatorContract, ATaskWithoutSourceOrWithABrokenOneIsAnError) {
  auto op = GetParam().make();
  Rng rng(1);
  task.templates[Dialect::cpp].text = "no plan here";
  EXPECT_FALSE(propose(*op, {}, 1, rng));
  task.templates.clear();
  EXPECT_THAT(propose(*op, {}, 1, rng).error().message, testing::HasSubstr("no template or seed in cpp"));
}

INSTANTIATE_TEST_SUITE_P(Table, OperatorContract, testing::ValuesIn(operators().begin(), operators().end()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace ridge
