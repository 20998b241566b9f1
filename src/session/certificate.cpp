#include "session/internal/certificate.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "base/version.h"
#include "model/json.h"

namespace ridge {
namespace {

std::string secrets_file(const std::string& folder) {
  return folder + "/secrets";
}

}  // namespace

Result<void> keep_secret(const std::string& folder, const Secret& secret) {
  const std::string path = secrets_file(folder);
  std::string lines;
  if (std::filesystem::exists(path)) {
    RIDGE_TRY(lines, read_file(path));
  }
  return write_file(path, lines + secret.commitment() + " " + secret.reveal() + "\n", 0600);
}

Result<std::vector<RevealedSecret>> kept_secrets(const std::string& folder) {
  RIDGE_TRY(const std::string text, read_file(secrets_file(folder)));
  std::vector<RevealedSecret> out;
  for (const std::string& line : split_lines(text)) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos)
      return invalid("{}: a line without a commitment and a secret", secrets_file(folder));
    out.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return out;
}

Result<Certificate> certificate_of(const RunSpec& spec, const Summary& summary, const Store& store,
                                   const Device& device, const Ceilings& ceilings) {
  RIDGE_CHECK(summary.certified, "only a certified winner has a certificate");
  const Record* winner = store.find(summary.certified->candidate);
  const Record* seed = store.seed();
  RIDGE_CHECK(winner && winner->evaluation && seed, "a certified candidate and its seed are in the archive");
  Certificate c;
  std::string started;
  RIDGE_TRY_VOID(store.events([&](const Event& event) -> Result<void> {
    if (const auto* s = std::get_if<RunStarted>(&event.body)) started = s->spec_json;
    if (const auto* g = std::get_if<GateAttempt>(&event.body)) c.gates.push_back(*g);
    if (const auto* k = std::get_if<Confirmation>(&event.body); k && k->candidate == winner->candidate.id)
      c.confirmation = *k;
    return {};
  }));
  RIDGE_TRY(const nlohmann::json spec_json, parse_json(started, spec.folder));
  c.made_by = fmt::format("ridgeline {}", kVersion);
  c.date = SteadyClock().wall();
  c.task = spec.task;
  c.task_folder = spec.task_folder;
  c.task_digest = spec_json.value("task_digest", "");
  c.device = spec.device;
  c.machine = ceilings.machine;
  const Capabilities& caps = device.capabilities();
  c.compiler = !winner->candidate.compiler.empty() ? winner->candidate.compiler
               : caps.compilers.empty()            ? ""
                                                   : caps.compilers.front();
  if (const auto version = caps.compiler_versions.find(c.compiler); version != caps.compiler_versions.end())
    c.compiler_version = version->second;
  c.environment_json = dump_json(spec_json.value("environment", nlohmann::json::object()));
  c.winner = certify(winner->candidate, c.confirmation.binary);
  c.seed = certify(seed->candidate, c.confirmation.seed_binary);
  c.speedup = summary.certified->speedup;
  c.screening = *winner->evaluation;
  RIDGE_TRY(c.secrets, kept_secrets(spec.folder));
  c.policy = spec.policy;
  c.policy_seed = spec.seed;
  c.stopped_by = summary.stopped_by;
  c.evaluations = summary.evaluations;
  c.duplicates = summary.duplicates;
  return c;
}

}  // namespace ridge
