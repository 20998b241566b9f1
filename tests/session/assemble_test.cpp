// The ready-made assembly with its real parts (store, oracle process, task folder) on the null device: what a run
// leaves in its folder, and what stands in the way of going on with one.
#include "session/assemble.h"

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "device/null/null.h"
#include "evaluate/evaluator.h"
#include "model/certificate.h"
#include "store/store.h"
#include "support/simulated.h"
#include "workshop.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kReference = R"(#include <ridgeline/reference.h>
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& x : c.f32("x")) x = float(rng.uniform(0.0, 1.0));
}
void oracle(const ridge::ref::Case&, ridge::ref::Outputs& out) {
  for (double& y : out.real("y")) y = 0;
}
RIDGELINE_REFERENCE(inputs, oracle)
)";

class Assemble : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("assemble");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    before_ = fs::current_path();
    fs::current_path(folder_->path());
    const auto zeros = simulated::task("AA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]");
    const std::string task = folder_->path() + "/zeros";
    fs::create_directories(task);
    ASSERT_TRUE(write_file(task + "/task.toml", simulated::task_toml()));
    ASSERT_TRUE(write_file(task + "/reference.cpp", kReference));
    ASSERT_TRUE(write_file(task + "/seed.cpp", zeros->seeds.at(Dialect::cpp).text));
    ASSERT_TRUE(write_file(task + "/template.cpp", zeros->templates.at(Dialect::cpp).text));
    ASSERT_TRUE(write_file(task + "/README.md", "Zeros.\n"));
    spec_.task = task;
    spec_.device = "null";
    spec_.budget = {1000, 10};
    spec_.folder = folder_->path() + "/run";
  }
  void TearDown() override { fs::current_path(before_); }
  Result<Summary> resume(const Budget* more = nullptr) { return resume_run(spec_.folder, more, stop_, {}); }
  void run() {
    const auto summary = start_run(spec_, stop_, {});
    ASSERT_TRUE(summary) << summary.error().message;
  }

  std::unique_ptr<TempDir> folder_;
  fs::path before_;
  RunSpec spec_;
  std::atomic<bool> stop_ = false;
};

TEST_F(Assemble, LeavesARunFolder) {
  const auto summary = start_run(spec_, stop_, {});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->stopped_by, "evaluations");
  ASSERT_TRUE(summary->certified) << summary->why_not;
  EXPECT_EQ(spec_.task, "zeros");
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(spec_.folder)) files.insert(entry.path().filename().string());
  for (const char* file : {"run.db", "summary.json", "winner.cpp"}) EXPECT_TRUE(files.contains(file)) << file;

  const auto written = read_file(spec_.folder + "/summary.json");
  ASSERT_TRUE(written);
  const auto read = summary_from_json(nlohmann::json::parse(*written, nullptr, false));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(*summary));

  // The winner is a candidate again: its defaults are the values that won.
  const auto winner = read_file(spec_.folder + "/winner.cpp");
  ASSERT_TRUE(winner);
  const auto plan = plan_from_source(*winner, "winner.cpp");
  ASSERT_TRUE(plan) << plan.error().message;
  const auto defaults = complete(*plan, {}, MapScope(Binding{{"dev.cores", Number(2)}}));
  const auto store = Store::open_read_only(spec_.folder);
  ASSERT_TRUE(store);
  EXPECT_EQ(*defaults, (*store)->find(summary->certified->candidate)->candidate.parameters);

  RunSpec again = spec_;
  again.task = folder_->path() + "/zeros";
  const auto twice = start_run(again, stop_, {});
  ASSERT_FALSE(twice) << "a run must not be written over";
  EXPECT_THAT(twice.error().message, HasSubstr(spec_.folder));
}

// Judges the run's certificate again with a device of its own, whose programs cost what `seconds` says.
Result<Verification> verify_again(const Certificate& c, const std::string& task_folder,
                                  std::function<double(const CompileJob&)> seconds = {}) {
  RIDGE_TRY(const Task loaded, read_task(task_folder));
  const auto task = std::make_shared<const Task>(loaded);
  null::NullSettings settings;
  settings.seed = 2;
  settings.seconds = std::move(seconds);
  const auto device = null::make_device(settings);
  RIDGE_TRY(auto oracle, make_oracle(*task));
  RIDGE_TRY(const auto evaluator, Evaluator::open(task, *device, std::move(oracle), Secret::from_entropy(), {}));
  return evaluator->verify(c);
}

const TrustCheck& finding(const Verification& v, const std::string& what) {
  for (const TrustCheck& f : v.findings)
    if (f.mechanism == what) return f;
  static const TrustCheck none{"none", CheckOutcome::failed, "no such finding"};
  return none;
}

TEST_F(Assemble, LeavesACertificateThatCanBeJudgedAgain) {
  run();
  const auto text = read_file(spec_.folder + "/certificate.json");
  ASSERT_TRUE(text) << text.error().message;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto read = certificate_from_json(json);
  ASSERT_TRUE(read) << read.error().message;
  const std::string folder = folder_->path() + "/zeros";

  const auto again = verify_again(*read, folder);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(name(again->outcome), "confirmed") << to_json(*again).dump(1);

  // A machine on which all kernels take the same time does not confirm the speed-up.
  const auto equal = verify_again(*read, folder, [](const CompileJob&) { return 1e-3; });
  ASSERT_TRUE(equal);
  EXPECT_EQ(name(equal->outcome), "not_confirmed");
  EXPECT_EQ(finding(*equal, "claim").outcome, CheckOutcome::failed);

  // Elsewhere what can be checked is, and speed decides nothing.
  Certificate elsewhere = *read;
  elsewhere.machine = "another processor";
  const auto there = verify_again(elsewhere, folder, [](const CompileJob&) { return 1e-3; });
  ASSERT_TRUE(there);
  EXPECT_EQ(name(there->outcome), "different_machine") << to_json(*there).dump(1);

  // Draws that somebody chose, shapes that somebody chose, more attempts than are allowed.
  Certificate chosen = *read;
  ASSERT_FALSE(chosen.confirmation.workloads.empty());
  chosen.confirmation.workloads[0].seeds.at(0) ^= 1;
  const auto draws = verify_again(chosen, folder);
  ASSERT_TRUE(draws);
  EXPECT_EQ(name(draws->outcome), "not_confirmed");
  EXPECT_EQ(finding(*draws, "draws").outcome, CheckOutcome::failed);

  chosen = *read;
  ASSERT_FALSE(chosen.gates.back().workloads.empty());
  chosen.gates.back().workloads[0].binding.begin()->second = Number(std::int64_t(64));
  const auto shapes = verify_again(chosen, folder);
  ASSERT_TRUE(shapes);
  EXPECT_EQ(finding(*shapes, "hidden shapes").outcome, CheckOutcome::failed);

  chosen = *read;
  chosen.gates.resize(4, chosen.gates.back());
  const auto gates = verify_again(chosen, folder);
  ASSERT_TRUE(gates);
  EXPECT_EQ(finding(*gates, "gate").outcome, CheckOutcome::failed);

  chosen = *read;
  chosen.winner.binary[0] = chosen.winner.binary[0] == '0' ? '1' : '0';
  const auto build = verify_again(chosen, folder);
  ASSERT_TRUE(build);
  EXPECT_EQ(finding(*build, "build").outcome, CheckOutcome::failed);
}

TEST_F(Assemble, KeepsItsSecretsFromEveryoneElse) {
  run();
  const Budget more{1000, 0};
  ASSERT_TRUE(resume(&more));
  struct stat s{};
  ASSERT_EQ(stat((spec_.folder + "/secrets").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600u);
  // One for each part, and each was committed to in the events before it was used.
  const auto secrets = read_file(spec_.folder + "/secrets");
  ASSERT_TRUE(secrets);
  const auto lines = split_lines(*secrets);
  ASSERT_EQ(lines.size(), 2u);
  const auto store = Store::open_read_only(spec_.folder);
  ASSERT_TRUE(store);
  std::vector<std::string> commitments;
  ASSERT_TRUE((*store)->events([&](const Event& e) -> Result<void> {
    if (const auto* started = std::get_if<RunStarted>(&e.body))
      commitments.push_back(nlohmann::json::parse(started->spec_json)["secret_commitment"]);
    if (const auto* resumed = std::get_if<RunResumed>(&e.body)) commitments.push_back(resumed->secret_commitment);
    return {};
  }));
  ASSERT_EQ(commitments.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(lines[i].starts_with(commitments[i])) << lines[i];
    EXPECT_EQ(Secret::from_text(lines[i].substr(65)).commitment(), commitments[i]);
  }
  const auto certificate = read_file(spec_.folder + "/certificate.json");
  ASSERT_TRUE(certificate);
  const auto read = certificate_from_json(nlohmann::json::parse(*certificate, nullptr, false));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->secrets.size(), 2u);
}

TEST_F(Assemble, AUsersTaskMayHaveTheNameOfOneOfOurs) {
  const std::string folder = folder_->path() + "/heat2d";
  fs::rename(folder_->path() + "/zeros", folder);
  spec_.task = "heat2d";
  spec_.task_folder = folder;
  run();
  EXPECT_EQ(spec_.task_folder, folder);
}

TEST_F(Assemble, NamesItsFolderAfterTaskAndTime) {
  spec_.folder.clear();
  run();
  EXPECT_THAT(spec_.folder, MatchesRegex("runs/zeros-[0-9]+-[0-9]+"));
  EXPECT_TRUE(fs::exists(spec_.folder + "/run.db"));
  EXPECT_EQ(find_run("last").value_or(""), spec_.folder);
}

TEST_F(Assemble, GoesOnWithARun) {
  run();
  const Budget more{1000, 0};
  const auto summary = resume(&more);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->stopped_by, "exhausted");
  EXPECT_EQ(summary->evaluations, 17);
  EXPECT_TRUE(summary->certified) << summary->why_not;
}

TEST_F(Assemble, AChangedTaskIsNotGoneOnWith) {
  run();
  ASSERT_TRUE(write_file(folder_->path() + "/zeros/README.md", "Zeros, and more.\n"));
  const auto summary = resume();
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("has changed since this run began"));
  EXPECT_THAT(summary.error().message, HasSubstr("ridgeline search zeros"));
}

TEST_F(Assemble, AVanishedTaskIsNamed) {
  run();
  fs::remove_all(folder_->path() + "/zeros");
  const auto summary = resume();
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("zeros"));
}

TEST_F(Assemble, ACorruptRecordIsReportedAndLeftAlone) {
  run();
  const std::string db = spec_.folder + "/run.db";
  for (const char* rest : {"-wal", "-shm"}) fs::remove(db + rest);
  const std::string garbage(8192, 'x');
  ASSERT_TRUE(write_file(db, garbage));
  const auto summary = resume();
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("run.db"));
  EXPECT_EQ(read_file(db).value_or(""), garbage);
}

TEST_F(Assemble, ARunThatNeverBeganSaysSo) {
  ASSERT_TRUE(Store::create(spec_.folder));
  const auto summary = resume();
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("before it began"));
  EXPECT_FALSE(resume_run(folder_->path() + "/nowhere", nullptr, stop_, {}));
}

TEST_F(Assemble, OneProcessWritesARun) {
  run();
  const auto held = Store::open(spec_.folder);
  ASSERT_TRUE(held);
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto summary = resume();
    const std::string said = summary ? "it went on" : summary.error().message;
    ::_exit(::write(pipe[1], said.data(), said.size()) == ssize_t(said.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string said(4096, '\0');
  said.resize(std::size_t(std::max<ssize_t>(0, ::read(pipe[0], said.data(), said.size()))));
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(said, HasSubstr(spec_.folder));
  EXPECT_THAT(said, HasSubstr("process"));
}

TEST_F(Assemble, WrongSettingsAreTheUsers) {
  const auto expect = [&](RunSpec spec, const std::string& word) {
    const auto summary = start_run(spec, stop_, {});
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().kind, Error::Kind::usage) << summary.error().message;
    EXPECT_THAT(summary.error().message, HasSubstr(word));
    EXPECT_FALSE(fs::exists(spec.folder)) << "nothing is left of a run that could not begin";
  };
  RunSpec policy = spec_, number = spec_, device = spec_;
  policy.policy = "one-plus-tow";
  number.policy_settings = {{"initial", "many"}};
  device.device = "nul";
  expect(policy, "one-plus-one");
  expect(number, "many");
  expect(device, "null");
}

TEST_F(Assemble, FindsRuns) {
  const std::string root = folder_->path() + "/found";
  EXPECT_TRUE(list_runs(root).empty());
  EXPECT_FALSE(find_run("last", root));
  const auto now = fs::file_time_type::clock::now();
  for (const auto& [name, age] : {std::pair{"nbody-1", 3}, {"saxpy-1", 1}, {"nbody-2", 2}}) {
    ASSERT_TRUE(Store::create(root + "/" + name));
    fs::last_write_time(root + "/" + name + "/run.db", now - std::chrono::hours(age));
  }
  fs::create_directories(root + "/no run");
  EXPECT_THAT(list_runs(root), ElementsAre(root + "/saxpy-1", root + "/nbody-2", root + "/nbody-1"));
  EXPECT_EQ(find_run("last", root).value_or(""), root + "/saxpy-1");
  EXPECT_EQ(find_run("nbody-1", root).value_or(""), root + "/nbody-1");
  EXPECT_EQ(find_run(root + "/nbody-2", root).value_or(""), root + "/nbody-2");
  const auto unknown = find_run("nbdy-1", root);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::usage);
  EXPECT_THAT(unknown.error().message, HasSubstr("nbody-1"));
}

TEST(RunSpecs, HaveAJsonForm) {
  RunSpec spec;
  spec.task = "a/b";
  spec.task_folder = "/tasks/a/b";
  spec.policy_settings = {{"initial", "3"}};
  spec.seed = 0xFFFFFFFFFFFFFFFFull;
  spec.budget = {12.5, 7};
  spec.folder = "runs/x";
  const auto read = run_spec_from_json(to_json(spec));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(spec));
  for (const char* key : {"task", "task_folder", "device", "policy", "folder", "seed", "budget"}) {
    auto without = to_json(spec);
    without.erase(key);
    const auto failed = run_spec_from_json(without);
    ASSERT_FALSE(failed) << key;
    EXPECT_THAT(failed.error().message, HasSubstr(key));
  }
  EXPECT_FALSE(run_spec_from_json(nlohmann::json("text")));
}

}  // namespace
}  // namespace ridge
