#include "model/certificate.h"

#include "base/random.h"
#include "model/internal/evaluation_json.h"
#include "model/json.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

Json program_json(const CertifiedProgram& p) {
  return {{"candidate", to_json(p.candidate, true)},
          {"binary_sha256", p.binary},
          {"source_sha256", p.source_digest},
          {"plan_sha256", p.plan_digest}};
}

// A part that has a reader of its own; the first fault is kept with its place.
template <class T>
void read_part(JsonReader& in, std::string_view key, T& out, Result<T> (*read)(const Json&)) {
  const Json* field = in.find(key);
  if (!field) return in.fault(key, "missing");
  auto value = read(*field);
  if (!value) return in.fault(key, "{}", value.error().message);
  out = *std::move(value);
}

Result<Candidate> read_candidate_text(const Json& json) {
  return candidate_from_json(json);
}

void read_program(JsonReader& in, CertifiedProgram& p) {
  read_part(in, "candidate", p.candidate, read_candidate_text);
  in.get("binary_sha256", p.binary);
  in.get("source_sha256", p.source_digest);
  in.get("plan_sha256", p.plan_digest);
  if (in.failed()) return;
  const CertifiedProgram real = certify(p.candidate, p.binary);
  if (identify(p.candidate) != p.candidate.id)
    in.fault("candidate", "its content has the id {}, not {}", identify(p.candidate), p.candidate.id);
  if (real.source_digest != p.source_digest) in.fault("source_sha256", "is not the hash of the source beside it");
  if (real.plan_digest != p.plan_digest) in.fault("plan_sha256", "is not the hash of the plan beside it");
}

void read_secret(JsonReader& in, RevealedSecret& s) {
  in.get("commitment", s.commitment);
  in.get("secret", s.secret);
  if (!in.failed() && Secret::from_text(s.secret).commitment() != s.commitment)
    in.fault("secret", "is not the one that was committed to");
}

}  // namespace

std::string_view name(VerifyOutcome o) {
  switch (o) {
    case VerifyOutcome::confirmed:
      return "confirmed";
    case VerifyOutcome::not_confirmed:
      return "not_confirmed";
    case VerifyOutcome::different_machine:
      return "different_machine";
  }
  return "";
}

nlohmann::json to_json(const Verification& v) {
  Json json = {{"event", "verification"},
               {"outcome", std::string(name(v.outcome))},
               {"findings", list_json(v.findings, check_json)},
               {"recorded", interval_json(v.recorded)},
               {"now", nullptr},
               {"duel", nullptr}};
  if (v.duel) {
    json["now"] = interval_json(v.duel->ratio);
    json["duel"] = duel_json(*v.duel);
  }
  return json;
}

std::string certificate_digest(nlohmann::json json) {
  json.erase("digest");
  return hex(hash_text(dump_json(json)));
}

CertifiedProgram certify(const Candidate& candidate, std::string binary) {
  return {candidate, std::move(binary), hex(hash_text(*candidate.source)),
          hex(hash_text(dump_json(to_json(*candidate.plan))))};
}

nlohmann::json to_json(const Certificate& c) {
  auto environment = parse_json(c.environment_json, "environment");
  Json json = {{"format", Certificate::kFormat},
               {"made_by", c.made_by},
               {"date", c.date},
               {"task", {{"id", c.task}, {"folder", c.task_folder}, {"sha256", c.task_digest}}},
               {"where",
                {{"device", c.device},
                 {"machine", c.machine},
                 {"compiler", c.compiler},
                 {"compiler_version", c.compiler_version},
                 {"environment", environment ? *std::move(environment) : Json::object()}}},
               {"winner", program_json(c.winner)},
               {"seed", program_json(c.seed)},
               {"speedup", interval_json(c.speedup)},
               {"confirmation", to_json(c.confirmation)},
               {"screening", to_json(c.screening)},
               {"gate", {{"attempts", list_json(c.gates, [](const GateAttempt& g) { return to_json(g); })}}},
               {"secrets", list_json(c.secrets,
                                     [](const RevealedSecret& s) {
                                       return Json{{"commitment", s.commitment}, {"secret", s.secret}};
                                     })},
               {"search",
                {{"policy", c.policy},
                 {"seed", c.policy_seed},
                 {"evaluations", c.evaluations},
                 {"duplicates", c.duplicates},
                 {"stopped_by", c.stopped_by}}}};
  json["digest"] = certificate_digest(json);
  return json;
}

Result<Certificate> certificate_from_json(const nlohmann::json& json) {
  Certificate c;
  JsonReader in(json, "certificate");
  std::string format, digest;
  in.get("format", format);
  RIDGE_TRY_VOID(in.result());
  if (format != Certificate::kFormat)
    return invalid("certificate.format: \"{}\": this program reads {}", format, Certificate::kFormat);
  in.get("digest", digest);
  RIDGE_TRY_VOID(in.result());
  if (digest != certificate_digest(json))
    return invalid("certificate.digest: the file was changed after it was written");
  in.get("made_by", c.made_by);
  in.get("date", c.date);
  in.object("task", [&](JsonReader& t) {
    t.get("id", c.task);
    t.get("folder", c.task_folder);
    t.get("sha256", c.task_digest);
  });
  in.object("where", [&](JsonReader& w) {
    w.get("device", c.device);
    w.get("machine", c.machine);
    w.get("compiler", c.compiler);
    w.get("compiler_version", c.compiler_version);
    if (const Json* environment = w.find("environment")) c.environment_json = dump_json(*environment);
  });
  in.object("winner", [&](JsonReader& p) { read_program(p, c.winner); });
  in.object("seed", [&](JsonReader& p) { read_program(p, c.seed); });
  in.object("speedup", [&](JsonReader& r) { read_interval(r, c.speedup); });
  read_part(in, "confirmation", c.confirmation, confirmation_from_json);
  read_part(in, "screening", c.screening, evaluation_from_json);
  in.object("gate", [&](JsonReader& g) {
    const Json* attempts = g.find("attempts");
    if (!attempts || !attempts->is_array()) return g.fault("attempts", "expected an array");
    for (const Json& item : *attempts) {
      auto attempt = gate_from_json(item);
      if (!attempt) return g.fault("attempts", "{}", attempt.error().message);
      c.gates.push_back(*std::move(attempt));
    }
  });
  in.list("secrets", c.secrets, read_secret);
  in.object("search", [&](JsonReader& s) {
    s.get("policy", c.policy);
    if (const Json* seed = s.find("seed"); seed && seed->is_number_unsigned())
      c.policy_seed = seed->get<std::uint64_t>();
    s.get("evaluations", c.evaluations);
    s.get("duplicates", c.duplicates);
    s.get("stopped_by", c.stopped_by);
  });
  RIDGE_TRY_VOID(in.result());
  if (c.confirmation.candidate != c.winner.candidate.id)
    return invalid("certificate.confirmation: is of {}, not of the winner {}", c.confirmation.candidate,
                   c.winner.candidate.id);
  if (!c.confirmation.against_seed) return invalid("certificate.confirmation.against_seed: missing");
  return c;
}

}  // namespace ridge
