// Where secrets are drawn from: a seed that one purpose may reveal (a search, a certificate) must be no seed of
// another.
#include <map>

#include <gmock/gmock.h>

#include "evaluate/internal/state.h"

namespace ridge {
namespace {

TEST(SecretStreams, NoSeedBelongsToTwo) {
  const Secret secret = Secret::from_entropy();
  std::map<std::uint64_t, std::string> owner;
  for (const std::string& stream :
       {Draws::stream("screen"), Draws::stream("promote"), Draws::stream("confirm"), Draws::stream("claim"),
        Draws::stream("gate"), Draws::stream("sensitivity"), Draws::stream("relation"), Draws::stream("sanitizer"),
        std::string("smoke workload"), std::string("choice"), confirm_stream("c:1"), confirm_stream("c:2"),
        gate_stream(1), gate_stream(2), gate_stream(3)})
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const auto [known, fresh] = owner.try_emplace(secret.seed(stream, i), stream);
      EXPECT_TRUE(fresh) << stream << " " << i << " is also of " << known->second;
    }
}

TEST(SecretStreams, AnotherSecretHasOtherSeeds) {
  const Secret a = Secret::from_entropy(), b = Secret::from_entropy();
  for (int attempt = 1; attempt <= 3; ++attempt)
    EXPECT_NE(a.seed(gate_stream(attempt), 0), b.seed(gate_stream(attempt), 0));
}

}  // namespace
}  // namespace ridge
