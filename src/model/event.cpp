// Events and their JSON: the body's fields stand beside event, seq, time and elapsed_s in one object.
#include <algorithm>

#include "model/archive.h"
#include "model/internal/evaluation_json.h"
#include "model/json.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// Texts that are themselves JSON objects are embedded, so that readers of the stream need not parse twice.
Json embed(const std::string& text) {
  auto parsed = parse_json(text, "embedded");
  return parsed && parsed->is_object() ? *std::move(parsed) : Json(text);
}
std::string unembed(const Json& json) {
  return json.is_string() ? json.get<std::string>() : dump_json(json);
}

Json body_json(const RunStarted& e) {
  return {{"spec", embed(e.spec_json)}};
}
Json body_json(const CandidateAdded& e) {
  return to_json(e.candidate, true);
}
Json body_json(const Considered& e) {
  return {{"candidate", e.candidate}, {"reason", e.reason}, {"detail", e.detail}};
}
Json body_json(const Evaluation& e) {
  return to_json(e);
}
Json body_json(const DuelRecord& e) {
  return to_json(e);
}
Json body_json(const Promoted& e) {
  return {{"candidate", e.candidate}, {"over", e.over ? Json(*e.over) : Json()}, {"ratio", interval_json(e.ratio)}};
}
Json body_json(const Demoted& e) {
  return {{"candidate", e.candidate}, {"reason", e.reason}};
}
Json body_json(const Confirmation& e) {
  return to_json(e);
}
Json body_json(const GateAttempt& e) {
  return to_json(e);
}
Json body_json(const Selected& e) {
  return {{"incumbent", e.incumbent},
          {"candidate", e.candidate},
          {"rounds", e.rounds},
          {"regret_at_most", e.regret},
          {"cost", cost_json(e.cost)}};
}
Json body_json(const RunResumed& e) {
  return {{"detail", e.detail}, {"secret_commitment", e.secret_commitment}};
}
Json body_json(const RunStopped& e) {
  return {{"stopped_by", e.stopped_by}, {"summary", embed(e.summary_json)}};
}
Json body_json(const Note& e) {
  return {{"text", e.text}};
}

template <class T>
Result<EventBody> lift(Result<T> body) {
  RIDGE_TRY(T value, std::move(body));
  return EventBody(std::move(value));
}

Result<EventBody> read_started(const Json& json) {
  const auto it = json.find("spec");
  if (it == json.end()) return invalid("run_started.spec: missing");
  return EventBody(RunStarted{unembed(*it)});
}
Result<EventBody> read_candidate(const Json& json) {
  RIDGE_TRY(Candidate candidate, candidate_from_json(json));
  return EventBody(CandidateAdded{std::move(candidate)});
}
Result<EventBody> read_considered(const Json& json) {
  Considered e;
  JsonReader in(json, "considered");
  in.get("candidate", e.candidate);
  in.get("reason", e.reason);
  in.maybe("detail", e.detail);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_evaluation(const Json& json) {
  return lift(evaluation_from_json(json));
}
Result<EventBody> read_duel_event(const Json& json) {
  return lift(duel_from_json(json));
}
Result<EventBody> read_promoted(const Json& json) {
  Promoted e;
  JsonReader in(json, "promoted");
  in.get("candidate", e.candidate);
  in.maybe("over", e.over);
  in.object("ratio", [&](JsonReader& r) { read_interval(r, e.ratio); });
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_demoted(const Json& json) {
  Demoted e;
  JsonReader in(json, "demoted");
  in.get("candidate", e.candidate);
  in.get("reason", e.reason);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_confirmation(const Json& json) {
  return lift(confirmation_from_json(json));
}
Result<EventBody> read_gate(const Json& json) {
  return lift(gate_from_json(json));
}
Result<EventBody> read_selected(const Json& json) {
  Selected e;
  JsonReader in(json, "selected");
  in.get("incumbent", e.incumbent);
  in.get("candidate", e.candidate);
  std::int64_t rounds = 0;
  in.get("rounds", rounds);
  e.rounds = std::size_t(std::max<std::int64_t>(rounds, 0));
  in.get("regret_at_most", e.regret);
  read_cost(in, e.cost);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_resumed(const Json& json) {
  RunResumed e;
  JsonReader in(json, "run_resumed");
  in.get("detail", e.detail);
  in.maybe("secret_commitment", e.secret_commitment);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_stopped(const Json& json) {
  RunStopped e;
  JsonReader in(json, "run_stopped");
  in.get("stopped_by", e.stopped_by);
  if (const Json* summary = in.find("summary")) e.summary_json = unembed(*summary);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}
Result<EventBody> read_note(const Json& json) {
  Note e;
  JsonReader in(json, "note");
  in.get("text", e.text);
  RIDGE_TRY_VOID(in.result());
  return EventBody(std::move(e));
}

// In the order of EventBody's alternatives.
struct Kind {
  std::string_view name;
  Result<EventBody> (*read)(const Json&);
};
constexpr Kind kKinds[] = {
    {"run_started", read_started},
    {"candidate", read_candidate},
    {"considered", read_considered},
    {"evaluation", read_evaluation},
    {"duel", read_duel_event},
    {"promoted", read_promoted},
    {"demoted", read_demoted},
    {"confirmation", read_confirmation},
    {"gate", read_gate},
    {"selected", read_selected},
    {"run_resumed", read_resumed},
    {"run_stopped", read_stopped},
    {"note", read_note},
};
static_assert(std::size(kKinds) == std::variant_size_v<EventBody>);

}  // namespace

std::string_view kind(const EventBody& body) {
  return kKinds[body.index()].name;
}

nlohmann::json to_json(const Event& event) {
  Json json = std::visit([](const auto& body) { return body_json(body); }, event.body);
  json["event"] = std::string(kind(event.body));
  json["seq"] = event.seq;
  json["time"] = event.time;
  json["elapsed_s"] = event.elapsed_s;
  return json;
}

nlohmann::json to_json(const Event& event, const Candidate& candidate) {
  Json json = to_json(event);
  json["parents"] = candidate.parents;
  json["operator"] = candidate.op;
  json["why"] = candidate.why;
  json["parameters"] = to_json(candidate.parameters);
  return json;
}

Result<Event> event_from_json(const nlohmann::json& json) {
  Event event;
  std::string word;
  JsonReader in(json, "event");
  in.get("event", word);
  in.get("seq", event.seq);
  in.get("time", event.time);
  in.get("elapsed_s", event.elapsed_s);
  RIDGE_TRY_VOID(in.result());
  for (const Kind& k : kKinds) {
    if (k.name != word) continue;
    auto body = k.read(json);
    if (!body) return std::unexpected(body.error());
    event.body = *std::move(body);
    return event;
  }
  return invalid("event.event: unknown kind \"{}\"", word);
}

}  // namespace ridge
