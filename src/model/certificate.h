// A certificate: everything that is needed to judge a winner's claim again, in one file. It is written when a run has
// ended, so its secrets are revealed; their commitments stood in the run's first events, before any draw was made.
// docs/formats/certificate.md is the schema for people.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/hash.h"
#include "model/archive.h"

namespace ridge {

struct CertifiedProgram {
  Candidate candidate;        // with source and plan
  std::string binary;         // SHA-256 of the image, hexadecimal
  std::string source_digest;  // SHA-256 of the source's text
  std::string plan_digest;    // SHA-256 of the plan's JSON
};
struct RevealedSecret {
  std::string commitment, secret;  // hexadecimal; Secret::commitment, Secret::reveal
};

struct Certificate {
  static constexpr const char* kFormat = "ridgeline-certificate-1";
  static constexpr const char* kFile = "certificate.json";

  std::string made_by;  // "ridgeline 0.1.0"
  std::string date;     // ISO 8601, UTC
  std::string task, task_folder, task_digest;
  DeviceId device;
  std::string machine;                     // processor, architecture, system and its release
  std::string compiler, compiler_version;  // of the winner
  std::string environment_json;            // what RunStarted recorded
  CertifiedProgram winner, seed;
  Interval speedup;  // of the claim duel, winner over seed
  Confirmation confirmation;
  Evaluation screening;            // floors and roofline of each workload, by the search's own measurement
  std::vector<GateAttempt> gates;  // all attempts of the run, also those that failed, in order
  std::vector<RevealedSecret> secrets;
  std::string policy, stopped_by;
  std::uint64_t policy_seed = 0;
  std::int64_t evaluations = 0, duplicates = 0;
};

// What came of running a certificate again.
enum class VerifyOutcome : std::uint8_t {
  confirmed,          // right on every draw, and the speed-up shows again beyond the margin
  not_confirmed,      // something did not hold; the findings and both intervals say what
  different_machine,  // everything that can be checked elsewhere holds; speed was measured but compares nothing
};
std::string_view name(VerifyOutcome o);
struct Verification {
  VerifyOutcome outcome = VerifyOutcome::not_confirmed;
  std::vector<TrustCheck> findings;
  Interval recorded;               // the certificate's
  std::optional<DuelRecord> duel;  // fought anew; none when the winner was wrong before it came to that
};
nlohmann::json to_json(const Verification& verification);

// Fills the digests from the candidate's content.
CertifiedProgram certify(const Candidate& candidate, std::string binary);

nlohmann::json to_json(const Certificate& certificate);
// SHA-256 of everything in it but "digest". Keys are sorted and numbers are printed so that they read back the same, so
// one value has one text.
std::string certificate_digest(nlohmann::json json);
// Total and suspicious: hashes that do not fit the content they stand beside, and a digest that does not fit the file,
// are errors that name the field. Whether the claim is true is another question (Evaluator::verify).
Result<Certificate> certificate_from_json(const nlohmann::json& json);

}  // namespace ridge
