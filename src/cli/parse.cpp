// The only unit that includes CLI11, which takes seconds to compile. The library parses; what is said about mistakes is
// ours, so that every message names what was written and the nearest thing that exists.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "doctor/doctor.h"
#include "policy/policy.h"
#include "report/format.h"

namespace ridge {
namespace {

// Options as they are written, before their values are read.
struct Raw {
  Options options;
  std::vector<std::string> set, policy_set;
  std::string budget, policies, only;
  std::size_t most_arguments = 0;
};

using Pairs = std::map<std::string, std::string>;

std::unexpected<Error> usage(const std::string& text) {
  return fail(Error::Kind::usage, "{}", text);
}

Result<Pairs> pairs_of(const char* option, const std::vector<std::string>& items) {
  Pairs out;
  for (const std::string& item : items) {
    const std::size_t at = item.find('=');
    if (at == std::string::npos || at == 0)
      return usage(fmt::format("{} {}: expected NAME=VALUE, for example {} TILE=16", option, item, option));
    if (!out.emplace(item.substr(0, at), item.substr(at + 1)).second)
      return usage(fmt::format("{}: {} is set twice", option, item.substr(0, at)));
  }
  return out;
}

// "a,b": at least one name, none twice.
Result<std::vector<std::string>> names_of(const char* option, const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name(trim(std::string_view(list).substr(at, end - at)));
    if (name.empty()) return usage(fmt::format("{} {}: expected names with commas between them", option, list));
    if (std::find(out.begin(), out.end(), name) != out.end())
      return usage(fmt::format("{} {}: {} stands there twice", option, list, name));
    out.push_back(name);
    at = end + 1;
  }
  return out;
}

// Any number is taken and counted afterwards: the library would otherwise complain about the count where a misspelt
// option left its value behind.
void argument(CLI::App& app, Raw& raw, const char* shown, const char* help, bool required, std::size_t most) {
  raw.most_arguments = most;
  app.add_option(shown, raw.options.arguments, help)->expected(-1)->required(required)->type_name("");
}
void device_option(CLI::App& app, Raw& raw) {
  app.add_option("--device", raw.options.device, "where to run: cpu, cuda:0, …; see `ridgeline devices`")
      ->capture_default_str()
      ->type_name("DEVICE");
}
void budget_options(CLI::App& app, Raw& raw, const char* help) {
  app.add_option("--budget", raw.budget, help)->type_name("TIME");
  app.add_option("--evaluations", raw.options.evaluations, "stop after so many judged candidates")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
}

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (const PolicyRow& row : policies()) names.emplace_back(row.name);
  return names;
}

void declare(CLI::App& app, Raw& raw) {
  Options& o = raw.options;
  const std::string& name = app.get_name();
  if (name == "doctor") {
    app.add_flag("--full", o.full,
                 "examine for three quarters of an hour: every promise with enough trials to hold it to");
    app.add_option("--only", raw.only, "these sections alone: " + join(doctor_section_names(), ", "))
        ->type_name("SECTION,…");
    app.add_option("--seed", o.seed, "seed of the simulated searches")->capture_default_str()->type_name("N");
    device_option(app, raw);
  } else if (name == "devices") {
    app.add_flag("--measure", o.measure, "measure the ceilings again, even if they are stored");
  } else if (name == "tasks") {
    argument(app, raw, "SUITE", "one suite only", false, 1);
  } else if (name == "show") {
    argument(app, raw, "TASK|CANDIDATE", "a task's name or folder, or a candidate's id (with --run)", true, 1);
    app.add_option("--run", o.run, "the run that the candidate belongs to")->type_name("RUN");
  } else if (name == "check") {
    argument(app, raw, "TASK FILE",
             "the task, and the kernel to judge; without FILE: the task's own seeds, templates and mutants", false, 2);
    app.add_option("--set", raw.set, "value of a tunable, for example TILE=16 (may be given several times)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--workload", o.workloads, "judge this workload too (may be given several times)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--suite", o.suite, "check every task of a suite")->type_name("SUITE");
    app.add_flag("--counters", o.counters,
                 "with FILE: what the device's counters say about it, where it has any: traffic, busy units, stalls");
    app.add_flag("--small", o.small, "a task's own kernels: small drawn workloads only, none of the published sizes");
    app.add_flag("--examine", o.examine,
                 "a task's own kernels: seeds and templates through what a champion goes through (sanitizers, ghost "
                 "replay, sensitivity, relations)");
    app.add_option("--held-out", o.held_out,
                   "a task's own kernels: seeds and templates on so many held-out workloads too")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    app.add_flag("--compile-only", o.compile_only,
                 "a task's own kernels: build them and run nothing; with --dialect cuda no GPU is needed");
    app.add_option("--dialect", o.dialect,
                   "instead of a device: the first one that runs this dialect, for example cuda")
        ->type_name("NAME");
    app.add_option("--arch", o.architecture, "with --dialect cuda --compile-only: the architecture to compile for")
        ->type_name("sm_90");
    device_option(app, raw);
  } else if (name == "calibrate") {
    argument(app, raw, "TASK", "a task's name or folder", true, 1);
    app.add_option("--workload", o.workloads, "measure on this workload too (may be given several times)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_flag("--small", o.small, "small drawn workloads only");
    device_option(app, raw);
  } else if (name == "reference") {
    argument(app, raw, "TASK", "a task's name or folder", true, 1);
    app.add_option("--workload", o.workloads, "take the symbols from this workload")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--set", raw.set, "value of a symbol, for example nx=64 (may be given several times)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--inputs", o.inputs, "folder with NAME.npy for each input, or the word draw")->type_name("DIR");
    app.add_option("--outputs", o.outputs, "folder for the answers; drawn inputs go to its folder inputs/")
        ->type_name("DIR");
    app.add_option("--seed", o.seed, "seed of drawn inputs")->capture_default_str()->type_name("N");
  } else if (name == "search") {
    argument(app, raw, "TASK|FOLDER", "a task's name, or the folder of your own", true, 1);
    budget_options(app, raw, "time for the whole run: 60s, 10m, 2h (default 60s)");
    app.add_option("--policy", o.policy, "search strategy: " + join(policy_names(), ", "))
        ->capture_default_str()
        ->type_name("POLICY");
    app.add_option("--policy-set", raw.policy_set, "a setting of the policy (may be given several times)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    device_option(app, raw);
    app.add_option("--seed", o.seed, "seed of the search's decisions; the draws of the checks are secret")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--run", o.run, "folder of the run (default runs/<task>-<date>-<time>)")->type_name("DIR");
    app.add_flag("--no-report", o.no_report, "write no report.html");
  } else if (name == "bench") {
    argument(app, raw, "SUITE", "a suite of tasks, for example metal-sci", false, 1);
    app.add_option("--landscapes", o.landscapes,
                   "instead of a suite: compare the optimisers on the recorded landscapes of a folder")
        ->type_name("DIR");
    app.add_option("--batch", o.batch, "with --landscapes: points asked for before their results are told")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    budget_options(app, raw, "time for each search: 60s, 10m, 2h (default 60s)");
    app.add_option("--policy", raw.policies, "search strategies, each on every task: " + join(policy_names(), ", "))
        ->default_str(o.policy)
        ->type_name("NAME,NAME");
    app.add_option("--policy-set", raw.policy_set, "a setting of the policies (may be given several times)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--seeds", o.seeds, "searches of each task and policy, with seeds that follow each other")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    app.add_option("--seed", o.seed, "the first of them")->capture_default_str()->type_name("N");
    app.add_option("--only", raw.only, "these tasks of the suite")->type_name("TASK,TASK");
    app.add_option("--out", o.out,
                   "folder of the sweep; one that holds this sweep already is gone on with (default bench-SUITE)")
        ->type_name("DIR");
    app.add_flag("--no-report", o.no_report, "write no report.html for each run");
    device_option(app, raw);
  } else if (name == "resume") {
    argument(app, raw, "RUN", "a run's folder or name, or `last`", true, 1);
    budget_options(app, raw, "a new budget for what follows: 60s, 10m, 2h");
    app.add_flag("--no-report", o.no_report, "write no report.html");
  } else if (name == "verify") {
    argument(app, raw, "CERTIFICATE|RUN", "a certificate.json, or a run that has one", true, 1);
    app.add_option("--task", o.task, "the task's folder, where it is not where it was")->type_name("FOLDER");
    app.add_option("--budget", raw.budget, "time for measuring the speed-up again (default 60s)")->type_name("TIME");
    o.device.clear();
    app.add_option("--device", o.device, "where to run (default: the device of the certificate)")->type_name("NAME");
  } else if (name == "export") {
    argument(app, raw, "RUN", "a run's folder or name, or `last`", true, 1);
    app.add_option("--as", o.as, "form: " + join(export_names(), ", "))->capture_default_str()->type_name("FORM");
    app.add_option("--out", o.out, "file to write (default: standard output)")->type_name("FILE");
  } else if (name == "report") {
    argument(app, raw, "RUN", "a run's folder or name, or `last`", true, 1);
    app.add_option("--html", o.html, "write the page to this file instead")->type_name("FILE");
  } else if (name == "diff") {
    argument(app, raw, "A B",
             "two runs, or two candidates: an id, seed, best, champion or winner, of another run as RUN:ID", true, 2);
    app.add_option("--run", o.run, "the run of candidates that name none (default last)")->type_name("RUN");
  } else if (name == "new") {
    argument(app, raw, "FOLDER", "the folder to make; its last part names the task", true, 1);
  } else if (name == "completion") {
    argument(app, raw, "SHELL", "bash, zsh or fish", true, 1);
  }
  app.add_flag("--json", o.json, "print JSON, one object a line");
  app.add_option("--tasks", o.tasks, "folder of task suites to use instead of the program's own")->type_name("DIR");
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& n : option->get_lnames()) names.push_back("--" + n);
  return names;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& c : commands()) names.emplace_back(c.name);
  return names;
}

// Options and commands are suggested as one would type them, without quotes.
std::string meant(std::string_view word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("; did you mean {}?", *near) : suggestion(word, known);
}

// What the library could not place: the first word that looks like an option, else the first word.
std::string stranger(const std::vector<std::string>& extras) {
  const auto option =
      std::find_if(extras.begin(), extras.end(), [](const auto& w) { return w.size() > 1 && w[0] == '-'; });
  return option != extras.end() ? *option : extras.empty() ? "" : extras.front();
}

std::unexpected<Error> too_many(const std::string& word, const std::string& command) {
  return usage(fmt::format("{}: more arguments than `ridgeline {}` takes", word, command));
}

std::unexpected<Error> unknown_word(const CLI::App& app, const std::string& written) {
  const std::string word = written.substr(0, written.find('='));
  if (word.empty() || word[0] != '-') return too_many(word, app.get_name());
  const auto names = option_names(app);
  return usage(fmt::format("{}: no such option{}", word, meant(word, names)));
}

std::unexpected<Error> unknown_command(const std::string& word) {
  const auto names = command_names();
  return usage(fmt::format("{}: no such command{}", word, meant(word, names)));
}

std::string top_help() {
  std::string out = "ridgeline finds faster compute kernels and proves that they are faster.\n\n";
  std::size_t widest = 0;
  for (const Command& c : commands()) widest = std::max(widest, c.name.size());
  for (const Command& c : commands()) out += fmt::format("  ridgeline {:<{}} {}\n", c.name, widest + 1, c.summary);
  return out +
         "\nEach command explains itself: ridgeline search --help\n"
         "Exit status: 0 done, 1 not accepted, 2 usage, 3 something in the world or in a file is wrong.\n";
}

CommandHelp help_of(const CLI::App& app, const Command& command) {
  CommandHelp help{std::string(command.name), std::string(command.summary), std::string(command.example), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      help.arguments.push_back({option->get_name(true), option->get_description(), option->get_required()});
      continue;
    }
    const std::string type = option->get_type_name();
    help.options.push_back({"--" + option->get_lnames().front(),
                            option->get_expected_max() > 0 ? type.substr(0, type.find(':')) : "",
                            option->get_description(), option->get_default_str()});
  }
  return help;
}

// --dialect and --arch are other names for a device.
Result<void> device_of_dialect(Options& o) {
  if (!o.architecture.empty() && (o.dialect != "cuda" || !o.compile_only))
    return usage(fmt::format(
        "--arch {}: only with --dialect cuda --compile-only; what runs is built for its own device", o.architecture));
  if (o.compile_only && o.arguments.size() > 1)
    return usage(fmt::format("--compile-only: for a task's own kernels; leave {} out", o.arguments[1]));
  if (o.dialect.empty()) return {};
  const std::string wanted = o.dialect != "cuda" ? "cpu"
                             : !o.compile_only   ? "cuda:0"
                                                 : "cuda:" + (o.architecture.empty() ? "sm_90a" : o.architecture);
  if (o.dialect != "cuda" && o.dialect != "cpp")
    return usage(fmt::format("--dialect {}: no device of this program runs it (known: cpp, cuda)", o.dialect));
  if (o.device != Options().device && o.device != wanted)
    return usage(fmt::format("--dialect {}: --device {} has one already; leave one of them out", o.dialect, o.device));
  o.device = wanted;
  return {};
}

Result<Parsed> read_values(Raw raw) {
  Options& o = raw.options;
  if (o.arguments.size() > raw.most_arguments) return too_many(o.arguments[raw.most_arguments], o.command);
  RIDGE_TRY(o.set, pairs_of("--set", raw.set));
  RIDGE_TRY(o.policy_set, pairs_of("--policy-set", raw.policy_set));
  if (!raw.budget.empty()) {
    auto seconds = parse_duration(raw.budget);
    if (!seconds) return usage("--budget " + seconds.error().message);
    if (!(*seconds > 0)) return usage(fmt::format("--budget {}: must be more than nothing", raw.budget));
    o.budget_s = *seconds;
  }
  if (!raw.policies.empty()) {
    RIDGE_TRY(o.policies, names_of("--policy", raw.policies));
    o.policy = o.policies.front();
  } else {
    o.policies = {o.policy};
  }
  if (!raw.only.empty()) {
    RIDGE_TRY(o.only_tasks, names_of("--only", raw.only));
  }
  const auto known = policy_names();
  for (const std::string& policy : o.command == "bench" ? o.policies : std::vector{o.policy})
    if (std::find(known.begin(), known.end(), policy) == known.end())
      return usage(fmt::format("--policy {}: no such policy{}", policy, meant(policy, known)));
  if (o.command == "check") RIDGE_TRY_VOID(device_of_dialect(o));
  if (o.command == "check" && o.suite.empty() == o.arguments.empty())
    return usage(o.suite.empty() ? "check: which task? Name one, or a whole suite with --suite SUITE"
                                 : "check: --suite checks every task of a suite; leave the task's name out");
  RIDGE_TRY_VOID(device_of_dialect(o));
  return Parsed{std::move(o), ""};
}

Result<Parsed> parse_command(const Command& command, std::vector<std::string> words) {
  CLI::App app{std::string(command.summary), std::string(command.name)};
  app.set_help_flag("-h,--help", "this text");
  Raw raw;
  raw.options.command = std::string(command.name);
  declare(app, raw);
  std::reverse(words.begin(), words.end());  // the library takes them from the end
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return Parsed{{}, text(help_of(app, command))};
  } catch (const CLI::ExtrasError&) {
    return unknown_word(app, stranger(app.remaining()));
  } catch (const CLI::RequiredError& e) {
    return usage(fmt::format("{}: {}; see `ridgeline {} --help`", command.name, e.what(), command.name));
  } catch (const CLI::ParseError& e) {
    return usage(e.what());
  }
  const bool seeds_given = command.name == "bench" && app.count("--seeds") > 0;
  const bool policies_given = !raw.policies.empty();
  auto parsed = read_values(std::move(raw));
  if (parsed && !parsed->options.landscapes.empty()) {
    if (!seeds_given) parsed->options.seeds = 30;
    if (!policies_given) parsed->options.policies.clear();  // all optimisers
  }
  return parsed;
}

}  // namespace

// The library's own help shows types, defaults and validators in its notation; one table in our words is shorter.
std::string text(const CommandHelp& help) {
  TextTable positional, options;
  for (const ArgumentHelp& a : help.arguments) positional.row({a.shown, a.text});
  for (const OptionHelp& o : help.options)
    options.row({o.name + (o.value.empty() ? "" : " " + o.value),
                 o.text + (o.standard.empty() ? "" : fmt::format(" (default {})", o.standard))});
  return fmt::format("{}: {}\n\nUsage: {}\n{}\n{}\nExample: {}\n", help.name, help.summary, usage_of(help),
                     positional.text(), options.text(), help.example);
}

std::string usage_of(const CommandHelp& help) {
  std::string line = "ridgeline " + help.name;
  for (const ArgumentHelp& a : help.arguments) line += a.required ? " " + a.shown : " [" + a.shown + "]";
  return line + " [options]";
}

std::vector<CommandHelp> command_helps() {
  std::vector<CommandHelp> out;
  for (const Command& command : commands()) {
    CLI::App app{std::string(command.summary), std::string(command.name)};
    app.set_help_flag("-h,--help", "this text");
    Raw raw;
    declare(app, raw);
    out.push_back(help_of(app, command));
  }
  return out;
}

std::string_view program_version() {
  return kVersion;
}

const std::string& Options::argument(std::size_t i) const {
  static const std::string none;
  return i < arguments.size() ? arguments[i] : none;
}

Result<Parsed> parse_arguments(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help")
    return Parsed{{}, top_help()};
  if (arguments[0] == "--version") return Parsed{{}, fmt::format("ridgeline {}\n", kVersion)};
  const auto row =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == arguments[0]; });
  if (row == commands().end()) {
    if (arguments[0][0] == '-')
      return usage(fmt::format("{}: no such option before a command; see `ridgeline --help`", arguments[0]));
    return unknown_command(arguments[0]);
  }
  return parse_command(*row, {arguments.begin() + 1, arguments.end()});
}

}  // namespace ridge
