#include "model/certificate.h"

#include <functional>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "samples.h"

namespace ridge {
namespace {

using testing::HasSubstr;

Certificate sample_certificate() {
  Certificate c;
  c.made_by = "ridgeline test";
  c.date = "2026-01-01T00:00:00.000Z";
  c.task = "suite/task";
  c.task_folder = "somewhere";
  c.task_digest = std::string(64, 'a');
  c.device = "cpu";
  c.machine = "a processor";
  c.compiler = "g++";
  c.compiler_version = "g++ 12";
  c.environment_json = R"({"cores":2})";
  c.winner = certify(sample::candidate(16), std::string(64, 'b'));
  c.seed = certify(sample::candidate(8, "seed"), std::string(64, 'c'));
  c.speedup = {2, 1.9, 2.1, 0.95};
  c.confirmation.candidate = c.winner.candidate.id;
  c.confirmation.passed = c.confirmation.claimed = true;
  c.confirmation.checks = {{"address sanitizer", CheckOutcome::not_possible, "not built here"}};
  c.confirmation.against_seed.emplace().ratio = c.speedup;
  WorkloadResult w = sample::workload("confirm-1");
  w.seeds = {1, 0xfedcba9876543210ull};
  w.binding = {{"n", Number(std::int64_t(7))}};
  c.confirmation.workloads = {w};
  c.screening = sample::evaluation(c.winner.candidate.id, Verdict::ok, 2);
  GateAttempt gate;
  gate.candidate = c.winner.candidate.id;
  gate.passed = true;
  c.gates = {gate};
  const Secret secret = Secret::from_text("test");
  c.secrets = {{secret.commitment(), secret.reveal()}};
  c.policy = "random";
  c.policy_seed = 0xffffffffffffffffull;
  c.evaluations = 10;
  return c;
}

TEST(Certificate, ComesBackAsItWas) {
  const auto json = to_json(sample_certificate());
  const auto read = certificate_from_json(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), json);
  EXPECT_EQ(read->confirmation.workloads[0].seeds, (std::vector<std::uint64_t>{1, 0xfedcba9876543210ull}));
  EXPECT_EQ(read->policy_seed, 0xffffffffffffffffull);
  EXPECT_EQ(read->winner.candidate.id, sample::candidate(16).id);
}

// Whoever edits a certificate breaks its digest; whoever mends the digest too is caught by the hash of what was edited.
void edited(const std::function<void(nlohmann::json&)>& edit, const char* message) {
  nlohmann::json json = to_json(sample_certificate());
  edit(json);
  const auto read = certificate_from_json(json);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("certificate.digest"));
  json["digest"] = certificate_digest(json);
  const auto mended = certificate_from_json(json);
  ASSERT_FALSE(mended) << message;
  EXPECT_THAT(mended.error().message, HasSubstr(message));
}

TEST(Certificate, AnEditedFileIsNoticed) {
  edited([](auto& j) { j["winner"]["candidate"]["source"] = "void kernel() { cheat(); }"; }, "winner.candidate");
  edited([](auto& j) { j["winner"]["candidate"]["parameters"]["TILE"] = 32; }, "winner.candidate");
  edited([](auto& j) { j["seed"]["source_sha256"] = "0"; }, "seed.source_sha256");
  edited([](auto& j) { j["winner"]["plan_sha256"] = "0"; }, "winner.plan_sha256");
  edited([](auto& j) { j["secrets"][0]["secret"] = std::string(64, '1'); }, "secrets[0].secret");
  edited([](auto& j) { j["confirmation"]["candidate"] = "c:0"; }, "certificate.confirmation");
  edited([](auto& j) { j["confirmation"]["against_seed"] = nullptr; }, "against_seed");
  edited([](auto& j) { j["gate"]["attempts"] = 3; }, "gate.attempts");
  edited([](auto& j) { j["confirmation"]["workloads"][0]["seeds"] = {"xyz"}; }, "seeds");
  edited([](auto& j) { j["speedup"]["lower"] = "1.9"; }, "speedup.lower");
  edited([](auto& j) { j.erase("where"); }, "where");
}

TEST(Certificate, AnotherFormatIsNamed) {
  nlohmann::json json = to_json(sample_certificate());
  json["format"] = "ridgeline-certificate-9";
  const auto read = certificate_from_json(json);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("ridgeline-certificate-9"));
  for (const char* text : {"null", "[]", "3", "{}"})
    EXPECT_FALSE(certificate_from_json(nlohmann::json::parse(text))) << text;
}

TEST(Certificate, ACommitmentTellsNothingAndBinds) {
  const Secret a = Secret::from_text("a"), b = Secret::from_text("b");
  EXPECT_NE(a.commitment(), b.commitment());
  EXPECT_NE(a.commitment(), a.reveal());
  EXPECT_EQ(Secret::from_text(a.reveal()).commitment(), a.commitment());
}

}  // namespace
}  // namespace ridge
