#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "report/format.h"
#include "report/jsonl.h"
#include "session/assemble.h"
#include "store/store.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

std::string binding_words(const Binding& binding) {
  std::string out;
  for (const auto& [symbol, value] : binding)
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", symbol, value.text());
  return out;
}

std::string shape_words(const BufferSpec& buffer) {
  std::string out;
  for (const Expression& e : buffer.shape) out += fmt::format("{}{}", out.empty() ? "" : " × ", e.text());
  return out;
}

std::string choice_words(const Choice& choice) {
  if (choice.kind == Choice::Kind::integer || choice.kind == Choice::Kind::real)
    return fmt::format("{} to {}", choice.from.text(), choice.to.text());
  std::string out;
  for (const Number& v : choice.values) out += fmt::format("{}{}", out.empty() ? "" : ", ", v.text());
  return out;
}

std::string values_words(const Tunable& tunable) {
  std::string out;
  for (const ParameterValue& v : tunable.values) out += fmt::format("{}{}", out.empty() ? "" : " ", text(v));
  return out;
}

void print_tunables(const TaskSource& source, std::ostream& out) {
  const auto plan = plan_from_source(source.text, source.file);
  if (!plan || plan->tunables.empty()) return;
  TextTable table;
  for (const Tunable& t : plan->tunables) table.row({t.name, values_words(t)});
  out << fmt::format("\ntunables of {}\n{}", source.file.substr(source.file.find_last_of('/') + 1), table.text());
}

void print_task(const Task& task, std::ostream& out) {
  out << fmt::format("{}: {}\n", task.id, task.title);
  if (!task.source.empty()) out << "  " << task.source << "\n";
  out << "\nbuffers\n";
  TextTable buffers;
  for (const BufferSpec& b : task.interface.buffers)
    buffers.row(
        {b.name, std::string(name(b.type)), shape_words(b), std::string(name(b.access)), b.constant ? "constant" : ""});
  out << buffers.text() << "\nworkloads\n";
  TextTable workloads;
  for (const Workload& w : task.workloads) workloads.row({w.name, binding_words(w.binding), std::string(name(w.role))});
  out << workloads.text() << fmt::format("\nheld-out family, {} drawn for a gate attempt\n", task.held_out.count);
  TextTable family;
  for (const auto& [symbol, choice] : task.held_out.choices) family.row({symbol, choice_words(choice)});
  if (task.held_out.limit) family.row({"limit", task.held_out.limit->text()});
  out << family.text()
      << fmt::format("\ncheck      {} within {}\n", name(task.check.standard.metric), task.check.standard.bound.text())
      << fmt::format("work       {} bytes, {} flops ({})\n", task.work.bytes.text(), task.work.flops.text(),
                     name(task.work.precision))
      << fmt::format("mutants    {}\n", task.mutants.size());
  for (const auto& [dialect, source] : task.templates) print_tunables(source, out);
  if (!task.brief.empty()) out << "\n" << task.brief << (task.brief.back() == '\n' ? "" : "\n");
}

Json task_json(const Task& task) {
  Json j = {{"event", "task"},       {"task", task.id},          {"title", task.title},
            {"source", task.source}, {"folder", task.folder},    {"digest", hex(task.digest)},
            {"brief", task.brief},   {"buffers", Json::array()}, {"workloads", Json::array()}};
  for (const Dialect d : task.dialects) j["dialects"].push_back(std::string(name(d)));
  for (const BufferSpec& b : task.interface.buffers) {
    Json shape = Json::array();
    for (const Expression& e : b.shape) shape.push_back(e.text());
    j["buffers"].push_back({{"name", b.name},
                            {"type", std::string(name(b.type))},
                            {"shape", shape},
                            {"access", std::string(name(b.access))}});
  }
  for (const Workload& w : task.workloads) {
    Json binding = Json::object();
    for (const auto& [symbol, value] : w.binding)
      binding[symbol] = value.is_integer() ? Json(value.integer()) : Json(value.real());
    j["workloads"].push_back(
        {{"name", w.name}, {"role", std::string(name(w.role))}, {"weight", w.weight}, {"binding", binding}});
  }
  return j;
}

void print_record(const Record& record, std::ostream& out) {
  const Candidate& c = record.candidate;
  TextTable facts;
  facts.row({"made by", c.op + (c.why.empty() ? "" : ": " + printable(c.why, 400))});
  if (!c.parents.empty()) facts.row({"from", join(c.parents, " ")});
  if (!c.parameters.empty()) facts.row({"parameters", printable(parameters_text(c.parameters))});
  if (!c.flags.empty()) facts.row({"flags", join(c.flags, " ")});
  if (record.evaluation) {
    const Evaluation& e = *record.evaluation;
    facts.row(
        {"verdict", words(name(e.verdict)) + (e.reason == Reason::none ? "" : ": " + std::string(describe(e.reason)))});
    if (e.score)
      facts.row({"score", fmt::format("{} over the {} (screened)", ratio_text(e.score->value), e.score->against)});
    for (const WorkloadResult& w : e.workloads)
      if (w.timing)
        facts.row({w.name, human_seconds(w.timing->median) + (w.roofline ? ", " + roofline_text(*w.roofline) : "")});
    for (const Diagnostic& d : e.diagnostics) facts.row({d.stage, printable(d.text)});
  } else {
    facts.row({"verdict", "none: it was not run"});
  }
  out << c.id << "\n" << facts.text() << "\n" << (c.source ? printable(*c.source, std::string::npos) : "");
}

}  // namespace

Result<int> show_command(const Options& options, Terminal& terminal) {
  const std::string& what = options.argument(0);
  if (options.run.empty() && what.starts_with("c:"))
    return fail(Error::Kind::usage, "show {}: which run? Say --run RUN, for example --run last", what);
  if (options.run.empty()) {
    RIDGE_TRY(const auto task, find_task(options, what));
    if (options.json)
      terminal.out << json_line(task_json(*task)) << "\n";
    else
      print_task(*task, terminal.out);
    return 0;
  }
  RIDGE_TRY(const std::string folder, find_run(options.run));
  RIDGE_TRY(const auto store, Store::open_read_only(folder));
  RIDGE_TRY(const Record* record, find_candidate(*store, what));
  if (options.json) {
    Json j = to_json(record->candidate, true);
    j["event"] = "candidate";
    if (record->evaluation) j["evaluation"] = to_json(*record->evaluation);
    terminal.out << json_line(j) << "\n";
  } else {
    print_record(*record, terminal.out);
  }
  return 0;
}

}  // namespace ridge
