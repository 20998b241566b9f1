#include "store/store.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "store/internal/content.h"
#include "store/internal/lock.h"
#include "store/internal/schema.h"

namespace ridge {

// The connection is declared first: statements end before it.
struct Store::State {
  std::string folder;
  RunLock lock;
  mutable Database db;
  mutable Content content;
  std::optional<Statement> add_event, add_candidate;  // none: read only
  MemoryArchive index;

  State(std::string where, RunLock held, Database opened)
      : folder(std::move(where)), lock(std::move(held)), db(std::move(opened)) {}

  Result<void> prepare_writing() {
    // Enough against the end of this process; a power cut may lose the last commits, never the file.
    RIDGE_TRY_VOID(db.execute("PRAGMA synchronous = NORMAL"));
    RIDGE_TRY(add_event, db.prepare("INSERT INTO events VALUES(?, ?, ?, ?, ?, ?, ?)"));
    RIDGE_TRY(add_candidate, db.prepare("INSERT INTO candidates VALUES(?, ?)"));
    return {};
  }

  Result<void> write(Event& event);
  Result<void> write_candidate(Candidate& candidate);
  Result<Event> read(const std::string& text) const;
  Result<Candidate> read_candidate(const CandidateId& id) const;
  Result<void> replay();
};

namespace {

std::string candidate_of(const EventBody& body) {
  return std::visit(
      [](const auto& b) -> std::string {
        if constexpr (requires { b.candidate.id; }) {
          return b.candidate.id;
        } else if constexpr (requires { b.candidate; }) {
          return b.candidate;
        } else {
          return {};
        }
      },
      body);
}

std::string verdict_of_body(const EventBody& body) {
  const auto* evaluation = std::get_if<Evaluation>(&body);
  return evaluation ? std::string(name(evaluation->verdict)) : std::string();
}

// A candidate event refers to the row of `candidates`.
nlohmann::json row_json(const Event& event) {
  if (!std::holds_alternative<CandidateAdded>(event.body)) return to_json(event);
  return {{"event", std::string(kind(event.body))},
          {"seq", event.seq},
          {"time", event.time},
          {"elapsed_s", event.elapsed_s},
          {"candidate", candidate_of(event.body)}};
}

std::string database_of(const std::string& folder) {
  return folder + "/" + Store::kFile;
}

Result<void> expect_run(const std::string& folder) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(database_of(folder), ignored)) return {};
  return invalid("{}: no run here (no {})", folder, Store::kFile);
}

}  // namespace

Result<void> Store::State::write_candidate(Candidate& candidate) {
  nlohmann::json json = to_json(candidate, false);
  RIDGE_TRY(json["source"], content.keep(db, candidate.source));
  RIDGE_TRY(json["plan"], content.keep(db, candidate.plan));
  if (auto place = first_not_finite(json)) return invalid("candidate{}: not a finite number", *place);
  return add_candidate->bind(1, candidate.id).bind(2, dump_json(json)).run();
}

Result<void> Store::State::write(Event& event) {
  const nlohmann::json json = row_json(event);
  RIDGE_TRY_VOID(check_finite(event, json));
  if (auto* added = std::get_if<CandidateAdded>(&event.body)) RIDGE_TRY_VOID(write_candidate(added->candidate));
  return add_event->bind(1, event.seq)
      .bind(2, event.time)
      .bind(3, event.elapsed_s)
      .bind(4, kind(event.body))
      .bind_or_null(5, candidate_of(event.body))
      .bind_or_null(6, verdict_of_body(event.body))
      .bind(7, dump_json(json))
      .run();
}

Result<Candidate> Store::State::read_candidate(const CandidateId& id) const {
  RIDGE_TRY(Statement select, db.prepare("SELECT json FROM candidates WHERE id = ?"));
  RIDGE_TRY(const bool found, select.bind(1, id).step());
  if (!found) return invalid("{}: no candidate {}", db.path(), id);
  RIDGE_TRY(const nlohmann::json json, parse_json(select.text(0), id));
  const auto hash = [&](const char* key) {
    const auto it = json.find(key);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  RIDGE_TRY(auto source, content.source(db, hash("source")));
  RIDGE_TRY(auto plan, content.plan(db, hash("plan")));
  return candidate_from_json(json, std::move(source), std::move(plan));
}

Result<Event> Store::State::read(const std::string& text) const {
  RIDGE_TRY(nlohmann::json json, parse_json(text, "event"));
  const auto is = [&](const char* key, const char* value) {
    return json.is_object() && json.value(key, nlohmann::json()) == value;
  };
  if (!is("event", "candidate")) return event_from_json(json);
  // Read as a note for the common fields; the body comes from the other table.
  const auto id = json.find("candidate");
  if (id == json.end() || !id->is_string()) return invalid("candidate.candidate: missing, or no string");
  RIDGE_TRY(Candidate candidate, read_candidate(id->get<std::string>()));
  json["event"] = "note";
  json["text"] = "";
  RIDGE_TRY(Event event, event_from_json(json));
  event.body = CandidateAdded{std::move(candidate)};
  return event;
}

Result<void> Store::State::replay() {
  RIDGE_TRY(Statement select, db.prepare("SELECT seq, json FROM events ORDER BY seq"));
  for (;;) {
    RIDGE_TRY(const bool row, select.step());
    if (!row) return {};
    const std::string place = fmt::format("{}: event {}", db.path(), select.integer(0));
    if (select.integer(0) != index.last_seq() + 1) return invalid("{}: expected event {}", place, index.last_seq() + 1);
    auto event = read(select.text(1));
    if (!event) return within(place, event.error());
    event->seq = select.integer(0);
    if (auto taken = index.accepts(*event); !taken) return within(place, taken.error());
    index.apply(*event);
  }
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::create(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return world("{}: cannot be made: {}", folder, error.message());
  RIDGE_TRY(RunLock lock, RunLock::take(folder));
  if (std::filesystem::exists(database_of(folder)))
    return fail(Error::Kind::usage, "{}: holds a run already; resume it or choose another folder", folder);
  RIDGE_TRY(Database db, Database::open(database_of(folder), Database::Mode::create));
  RIDGE_TRY_VOID(make_tables(db, kFormat));
  auto state = std::make_unique<State>(folder, std::move(lock), std::move(db));
  RIDGE_TRY_VOID(state->prepare_writing());
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Result<std::unique_ptr<Store>> Store::open(const std::string& folder) {
  RIDGE_TRY_VOID(expect_run(folder));
  RIDGE_TRY(RunLock lock, RunLock::take(folder));
  RIDGE_TRY(Database db, Database::open(database_of(folder), Database::Mode::write));
  RIDGE_TRY_VOID(check_file(db, kFormat));
  auto state = std::make_unique<State>(folder, std::move(lock), std::move(db));
  RIDGE_TRY_VOID(state->replay());
  RIDGE_TRY_VOID(state->prepare_writing());
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Result<std::unique_ptr<Store>> Store::open_read_only(const std::string& folder) {
  RIDGE_TRY_VOID(expect_run(folder));
  RIDGE_TRY(Database db, Database::open(database_of(folder), Database::Mode::read));
  RIDGE_TRY_VOID(check_file(db, kFormat));
  auto state = std::make_unique<State>(folder, RunLock(), std::move(db));
  RIDGE_TRY_VOID(state->replay());
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Result<std::int64_t> Store::append(Event event) {
  State& s = *state_;
  if (!s.add_event) return fail(Error::Kind::usage, "{}: opened for reading only", s.folder);
  RIDGE_TRY_VOID(s.index.accepts(event));
  event.seq = s.index.last_seq() + 1;
  RIDGE_TRY_VOID(s.db.execute("BEGIN IMMEDIATE"));
  auto written = s.write(event);
  if (written) written = s.db.execute("COMMIT");
  if (!written) {
    // What was kept in this transaction is not there any more, so nothing kept may be taken for stored. A failure that
    // already rolled back makes this ROLLBACK fail, which is as well.
    static_cast<void>(s.db.execute("ROLLBACK"));
    s.content = Content();
    return std::unexpected(written.error());
  }
  s.index.apply(event);
  return event.seq;
}

Result<void> Store::events(const std::function<Result<void>(const Event&)>& each, std::int64_t after) const {
  RIDGE_TRY(Statement select, state_->db.prepare("SELECT seq, json FROM events WHERE seq > ? ORDER BY seq"));
  select.bind(1, after);
  for (;;) {
    RIDGE_TRY(const bool row, select.step());
    if (!row) return {};
    auto event = state_->read(select.text(1));
    if (!event) return within(fmt::format("{}: event {}", state_->db.path(), select.integer(0)), event.error());
    event->seq = select.integer(0);
    RIDGE_TRY_VOID(each(*event));
  }
}

const std::string& Store::folder() const {
  return state_->folder;
}
double Store::elapsed_s() const {
  return state_->index.elapsed_s();
}
std::int64_t Store::last_seq() const {
  return state_->index.last_seq();
}
const Record* Store::find(const CandidateId& id) const {
  return state_->index.find(id);
}
std::span<const CandidateId> Store::evaluated() const {
  return state_->index.evaluated();
}
const Record* Store::best() const {
  return state_->index.best();
}
const Record* Store::champion() const {
  return state_->index.champion();
}
const Record* Store::seed() const {
  return state_->index.seed();
}
std::vector<const Record*> Store::top(std::size_t n) const {
  return state_->index.top(n);
}
std::size_t Store::count(Verdict v) const {
  return state_->index.count(v);
}
std::size_t Store::evaluations() const {
  return state_->index.evaluations();
}
std::size_t Store::duplicates() const {
  return state_->index.duplicates();
}

}  // namespace ridge
