#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "base/random.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "kernel/resolve.h"
#include "kernel/space.h"

namespace ridge {
namespace {

using testing::HasSubstr;

const std::string manifest = R"(format = 1
title = "Heat"
dialects = ["cpp"]
[symbols]
nx = { min = 3, max = 4096 }
ny = { min = 3, max = 4096 }
alpha = { type = "f32", min = 0.05, max = 0.24 }
[derived]
cells = "nx * ny"
twice = "2 * cells"
[buffers.u]
type = "f32"
shape = ["ny", "nx"]
access = "inout"
[buffers.a]
type = "i32"
shape = ["nx"]
access = "in"
constant = true
[[workload]]
name = "small"
nx = 64
ny = 32
alpha = 0.2
weight = 2
[[workload]]
name = "published"
role = "published-held-out"
oracle = "pool"
nx = 100
ny = 100
alpha = 0.1
[held_out]
count = 3
nx = { choose = "integer", from = 10, to = 500 }
ny = { choose = "one_of", values = [16, 32, 48] }
alpha = { choose = "real", from = 0.05, to = 0.24 }
limit = "cells <= 6000"
[work]
bytes = "8 * cells"
flops = "7 * cells"
[floor]
bytes = "4 * cells"
[check]
metric = "max_abs"
tolerance = "1e-5 + 1e-6 * max_abs_reference"
sensitive_to = ["u", "alpha"]
properties = ["maximum_principle"]
next_lower = "wrong.cpp"
[check.u]
metric = "max_rel"
tolerance = 1e-4
[build.cpp]
default = ["-O2"]
allowed = ["-O2", "-O3"]
[build.reference]
libraries = ["fftw3"]
[[baseline]]
name = "plain"
source = "baseline.cpp"
libraries = ["m"]
)";

const std::string seed =
    "/* ridgeline\n[[stage]]\n[[stage.op]]\nlaunch = \"heat\"\nargs = [\"u\", \"a\", \"nx\", \"ny\", "
    "\"alpha\"]\n*/\nextern \"C\" void heat(float*, const int*, int, int, float) {}\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  RIDGE_CHECK(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

TEST(Task, EverythingInItsManifestIsRead) {
  const auto read = parse_task(manifest, "task.toml");
  ASSERT_TRUE(read) << read.error().message;
  const Task& t = *read;
  EXPECT_EQ(t.title, "Heat");
  ASSERT_EQ(t.interface.symbols.size(), 3u);
  EXPECT_EQ(t.interface.symbols[2].name, "alpha");  // the file's order, not the alphabet's
  EXPECT_EQ(t.interface.symbols[2].type, ScalarType::f32);
  EXPECT_EQ(t.interface.derived[1].name, "twice");
  ASSERT_EQ(t.interface.buffers.size(), 2u);
  EXPECT_EQ(t.interface.buffers[0].name, "u");
  EXPECT_TRUE(t.interface.buffers[1].constant);
  EXPECT_FALSE(t.interface.setup_allowed);
  ASSERT_EQ(t.workloads.size(), 2u);
  EXPECT_EQ(t.workloads[0].weight, 2.0);
  EXPECT_EQ(t.workloads[1].role, WorkloadRole::published_held_out);
  EXPECT_EQ(t.workloads[1].oracle, OracleMode::pool);
  EXPECT_EQ(t.scored().size(), 1u);
  EXPECT_EQ(t.workload("published"), &t.workloads[1]);
  EXPECT_EQ(t.workload("nothing"), nullptr);
  EXPECT_EQ(t.held_out.count, 3);
  EXPECT_EQ(t.held_out.choices.at("ny").values.size(), 3u);
  EXPECT_EQ(t.check.standard.metric, Metric::max_abs);
  EXPECT_EQ(t.check.outputs.at("u").metric, Metric::max_rel);
  EXPECT_EQ(&t.check.of("u"), &t.check.outputs.at("u"));
  EXPECT_EQ(&t.check.of("another"), &t.check.standard);
  EXPECT_EQ(t.check.next_lower, "wrong.cpp");
  EXPECT_EQ(t.reference_libraries, std::vector<std::string>{"fftw3"});
  EXPECT_EQ(t.build.size(), 1u);
  EXPECT_EQ(t.build.at(Dialect::cpp).allowed_flags.size(), 2u);
  EXPECT_EQ(t.baselines[0].libraries, std::vector<std::string>{"m"});
  EXPECT_EQ(t.floor.precision, ScalarType::f32);
}

struct BrokenTask {
  std::string from, to;
  const char* message;
};

TEST(Task, EveryMistakeHasItsMessage) {
  const BrokenTask cases[] = {
      {"format = 1\n", "format = 2\n", "tasks/t/task.toml:1: format = 2: this program reads format 1"},
      {"format = 1\n", "", "format is missing"},
      {"title = \"Heat\"", "titel = \"Heat\"", "task.toml:2: titel: unknown key or section; did you mean \"title\"?"},
      {"title = \"Heat\"", "title = 3", "task.toml:2: title = 3: an integer, expected a string"},
      {"dialects = [\"cpp\"]", "dialects = [\"cu\"]", "dialects[1] = \"cu\": not known"},
      {"dialects = [\"cpp\"]", "dialects = []", "at least one is needed"},
      {"dialects = [\"cpp\"]", "dialects = [\"cpp\", \"cpp\"]", "stands there twice"},
      {"nx = { min = 3, max = 4096 }", "nx = { min = 3, mx = 4096 }",
       "task.toml:5: [symbols] nx mx = 4096: unknown key; did you mean \"max\"?"},
      {"nx = { min = 3, max = 4096 }", "nx = { min = 3 }", "[symbols] nx: max is missing"},
      {"nx = { min = 3, max = 4096 }", "nx = 3", "[symbols] nx = 3: an integer, expected a table"},
      {"nx = { min = 3, max = 4096 }", "nx = { min = 3.5, max = 4096 }",
       "[symbols] nx.min = 3.5: 3.5 is a real and does not fit i32"},
      {"nx = { min = 3, max = 4096 }", "nx = { min = 3, max = 5000000000 }", "does not fit i32"},
      {"nx = { min = 3, max = 4096 }", "nx = { min = 5, max = 4 }", "min is greater than max"},
      {"nx = { min = 3, max = 4096 }", "weight = { min = 5, max = 40 }", "[symbols] weight: the name is reserved"},
      {"cells = \"nx * ny\"", "cells = \"nx * nz\"",
       "task.toml:9: [derived] cells = \"nx * nz\": unknown symbol \"nz\" (known: nx, ny, alpha)"},
      {"cells = \"nx * ny\"", "nx = \"ny\"", "[derived] nx: the name is taken already"},
      {"cells = \"nx * ny\"", "cells = \"nx * \"", "task.toml:9: [derived] cells: "},
      {"shape = [\"ny\", \"nx\"]", "shape = [\"ny\", \"nz\"]",
       "tasks/t/task.toml:13: [buffers.u] shape = [\"ny\", \"nz\"]: unknown symbol \"nz\" (known: nx, ny, alpha, "
       "cells, twice)"},
      {"shape = [\"ny\", \"nx\"]", "shape = []", "expected 1 to 8 dimensions"},
      {"shape = [\"ny\", \"nx\"]", "shape = \"ny\"", "expected an array of expressions"},
      {"shape = [\"ny\", \"nx\"]\n", "", "[buffers.u]: shape is missing"},
      {"shape = [\"ny\", \"nx\"]", "shape = [\"ny\", \"nx - 64\"]",
       "[[workload]] \"small\": the shape of u: \"nx - 64\" = 0 is less than 1"},
      {"type = \"f32\"\nshape", "type = \"float\"\nshape", "task.toml:12: [buffers.u] type = \"float\": not known"},
      {"access = \"inout\"", "access = \"in\"", "no buffer has access \"out\" or \"inout\""},
      {"access = \"inout\"", "acess = \"in\"", "unknown key; did you mean \"access\"?"},
      {"access = \"inout\"", "access = \"inout\"\nconstant = true", "only a buffer with access \"in\" can be constant"},
      {"name = \"small\"\n", "", "task.toml:20: [[workload]] 1: name is missing"},
      {"name = \"small\"\n", "name = \"hidden-1\"\n", "not hidden-"},
      {"name = \"small\"\n", "name = \"published\"\n", "stands there twice"},
      {"nx = 64\n", "", "task.toml:20: [[workload]] \"small\": the symbol \"nx\" is not bound"},
      {"nx = 64\n", "nx = 2\n",
       "task.toml:22: [[workload]] \"small\" nx = 2: not in [3, 4096], the range of [symbols]"},
      {"nx = 64\n", "nx = 64.5\n", "[[workload]] \"small\" nx = 64.5: 64.5 is a real"},
      {"nx = 64\n", "nx = \"64\"\n", "a string, expected a number"},
      {"nx = 64\n", "nx = 64\nnz = 1\n", "task.toml:23: [[workload]] 1: nz = 1: unknown key"},
      {"weight = 2", "weight = 0", "weight = 0: expected a positive number"},
      {"weight = 2", "role = \"device-filling\"", "none is left that a search is scored on"},
      {"role = \"published-held-out\"", "role = \"published\"", "role = \"published\": not known"},
      {"oracle = \"pool\"", "oracle = \"pol\"", "oracle = \"pol\": not known; did you mean \"pool\"?"},
      {"count = 3", "count = 0", "[held_out] count = 0: expected an integer from 1 to 64"},
      {"nx = { choose = \"integer\", from = 10, to = 500 }", "", "[held_out]: the symbol \"nx\" has no rule"},
      {"from = 10, to = 500", "from = 10, to = 5000", "[held_out] nx.to = 5000: not in [3, 4096]"},
      {"from = 10, to = 500", "from = 10, to = 9", "from is greater than to"},
      {"choose = \"integer\"", "choose = \"real\"", "[held_out] nx.choose = \"real\": the symbol has type i32"},
      {"choose = \"integer\"", "choose = \"intger\"", "did you mean \"integer\"?"},
      {"values = [16, 32, 48]", "values = []", "[held_out] ny.values = []"},
      {"values = [16, 32, 48]", "from = 1", "unknown key"},
      {"limit = \"cells <= 6000\"", "limit = \"cells <= 6\"",
       "[held_out]: limit = \"cells <= 6\" holds for none of 10000 draws"},
      {"limit = \"cells <= 6000\"", "limit = \"cels <= 6\"", "unknown symbol \"cels\""},
      {"limit = \"cells <= 6000\"", "limits = 1", "unknown key; did you mean \"limit\"?"},
      {"bytes = \"8 * cells\"\nflops = \"7 * cells\"\n", "", "[work]: bytes or flops is missing"},
      {"flops = \"7 * cells\"", "flops = \"7 // (nx - 64)\"", "[[workload]] \"small\": [work] flops: "},
      {"flops = \"7 * cells\"", "flops = \"nx - 1000\"", "is negative here"},
      {"metric = \"max_abs\"", "metric = \"max_bas\"",
       "[check] metric = \"max_bas\": not known; did you mean \"max_abs\"?"},
      {"metric = \"max_abs\"\n", "", "[check]: metric is missing"},
      {"metric = \"max_abs\"", "metric = \"exact\"", "the metric \"exact\" has none"},
      {"tolerance = 1e-4\n", "", "[check.u]: tolerance is missing"},
      {"[check.u]", "[check.a]", "unknown key"},
      {"sensitive_to = [\"u\", \"alpha\"]", "sensitive_to = [\"u\", \"beta\"]",
       "[check] sensitive_to[2] = \"beta\": no input buffer or symbol"},
      {"[build.cpp]", "[build.cuda]", "unknown key"},
      {"default = [\"-O2\"]", "default = [\"-O1\"]", "[build.cpp] default: \"-O1\" is not among the allowed flags"},
      {"allowed = [\"-O2\", \"-O3\"]", "allowed = [\"-O2\", \"O3\"]", "expected one build flag that begins with '-'"},
      {"source = \"baseline.cpp\"", "source = \"../x.cpp\"", "expected the name of a file in the task's folder"},
      {"source = \"baseline.cpp\"\n", "", "source is missing"},
      {"next_lower = \"wrong.cpp\"", "next_lower = 3", "[check] next_lower = 3: an integer, expected a string"},
      {"next_lower = \"wrong.cpp\"", "next_lower = \"../half.cpp\"", "expected the name of a file in mutants/"},
      {"libraries = [\"fftw3\"]", "libraries = [\"-lfftw3\"]", "[build.reference] libraries[1]"},
      {"libraries = [\"fftw3\"]", "flags = [\"-O1\"]", "unknown key"},
      {"libraries = [\"m\"]", "libraries = [\"m -lx\"]", "expected a library's name"},
      {"[floor]", "[flor]", "flor: unknown key or section; did you mean \"floor\"?"},
      {"[floor]", "[floor", "task.toml:"},
  };
  for (const BrokenTask& c : cases) {
    const auto task = parse_task(replaced(manifest, c.from, c.to), "tasks/t/task.toml");
    ASSERT_FALSE(task) << c.to << c.message;
    EXPECT_EQ(task.error().kind, Error::Kind::invalid);
    EXPECT_THAT(task.error().message, HasSubstr(c.message)) << c.from << " -> " << c.to;
    EXPECT_THAT(task.error().message, testing::StartsWith("tasks/t/task.toml:"));
  }
  for (const char* section : {"[symbols]", "[buffers.u]", "[held_out]", "[work]", "[check]"}) {
    const auto at = manifest.find(section);
    auto next = manifest.find("\n[", at + 1);
    if (std::string(section) == "[buffers.u]") next = manifest.find("\n[[workload]]");
    if (std::string(section) == "[check]") next = manifest.find("\n[build");
    std::string text = manifest;
    text.erase(at, next + 1 - at);
    EXPECT_FALSE(parse_task(text, "x")) << section;
  }
}

TEST(Task, MutatedManifestsNeverCrash) {
  Rng rng(2);
  const std::string pieces[] = {
      "[",  "]", "{",  "}",       "\"",   "=",    ".",  ",",  "\n", "1e308", "-1", "9223372036854775807",
      "nx", "u", "[[", "[x.y]\n", "\xc3", "''' ", "//", "<<", "[=", "\"\"\""};
  int good = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = manifest;
    for (auto n = 1 + rng.below(3); n > 0; --n) {
      const auto at = rng.below(text.size());
      switch (rng.below(4)) {
        case 0:
          text.erase(at, 1 + rng.below(6));
          break;
        case 1:
          text.insert(at, pieces[rng.below(std::size(pieces))]);
          break;
        case 2:
          text[at] = char(rng.below(256));
          break;
        default:
          text.insert(at, text.substr(rng.below(text.size()), 1 + rng.below(60)));
          break;
      }
    }
    good += parse_task(text, "x").has_value();
  }
  EXPECT_GT(good, 10);
}

TEST(Task, DrawsHonourTheFamily) {
  const Task task = parse_task(manifest, "x").value();
  Rng rng(9);
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const auto w = draw_workload(task, rng, "hidden-1");
    ASSERT_TRUE(w) << w.error().message;
    EXPECT_EQ(w->role, WorkloadRole::hidden);
    const std::int64_t nx = w->binding.at("nx").integer(), ny = w->binding.at("ny").integer();
    const double alpha = w->binding.at("alpha").real();
    EXPECT_TRUE(nx >= 10 && nx <= 500 && nx * ny <= 6000);
    EXPECT_TRUE(ny == 16 || ny == 32 || ny == 48);
    EXPECT_TRUE(alpha >= 0.05 && alpha <= 0.24 && alpha == double(float(alpha)));
    seen.insert(w->binding.at("nx").text());
  }
  EXPECT_GT(seen.size(), 200u);
  Rng a(4), b(4);
  EXPECT_EQ(draw_workload(task, a, "x").value(), draw_workload(task, b, "x").value());
}

TEST(Task, DrawsAtTheEndsOfARangeStayInside) {
  const Task task = parse_task(replaced(manifest, "from = 0.05, to = 0.24", "from = 0.24, to = 0.24"), "x").value();
  Rng rng(1);
  EXPECT_NEAR(draw_workload(task, rng, "x").value().binding.at("alpha").real(), 0.24, 1e-7);
}

// ---- folders

class TaskFolder : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make("catalog-test");
    ASSERT_TRUE(made);
    root.emplace(std::move(*made));
    folder = root->path() + "/suite/heat";
    std::filesystem::create_directories(folder + "/mutants");
    put("task.toml", manifest);
    put("seed.cpp", seed);
    put("baseline.cpp", seed);
    put("mutants/wrong.cpp", seed);
    put("reference.cpp", "RIDGELINE_REFERENCE(inputs, oracle)\n");
    put("README.md", "# Heat\n");
  }
  void put(const std::string& file, const std::string& text) { ASSERT_TRUE(write_file(folder + "/" + file, text)); }
  std::string message() {
    const auto task = read_task(folder);
    return task ? "" : task.error().message;
  }
  std::optional<TempDir> root;
  std::string folder;
};

TEST_F(TaskFolder, IsReadWithItsFiles) {
  const auto task = read_task(folder, "suite/heat");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->id, "suite/heat");
  EXPECT_EQ(task->seeds.at(Dialect::cpp).text, seed);
  EXPECT_EQ(task->seeds.at(Dialect::cpp).file, folder + "/seed.cpp");
  EXPECT_TRUE(task->templates.empty());
  ASSERT_EQ(task->mutants.size(), 1u);
  EXPECT_EQ(task->baselines[0].source, seed);
  EXPECT_EQ(task->brief, "# Heat\n");
  EXPECT_EQ(read_task(folder)->id, "heat");
  EXPECT_EQ(read_task(folder + "/../heat", "suite/heat")->digest, task->digest);
}

TEST_F(TaskFolder, DigestFollowsEveryPart) {
  std::set<Digest> seen = {read_task(folder)->digest};
  put("README.md", "# Cold\n");
  EXPECT_TRUE(seen.insert(read_task(folder)->digest).second);
  put("seed.cpp", seed + "\n");
  EXPECT_TRUE(seen.insert(read_task(folder)->digest).second);
  put("mutants/other.cpp", seed);
  EXPECT_TRUE(seen.insert(read_task(folder)->digest).second);
  put("task.toml", replaced(manifest, "nx = 64\n", "nx = 65\n"));
  EXPECT_TRUE(seen.insert(read_task(folder)->digest).second);
  put("task.toml", replaced(manifest, "nx = 64\n", "nx = 65   # a comment\n"));
  EXPECT_FALSE(seen.insert(read_task(folder)->digest).second);
}

TEST_F(TaskFolder, MissingAndWrongFilesAreNamed) {
  put("seed.cpp", replaced(seed, "\"nx\"", "\"nz\""));
  EXPECT_THAT(message(),
              HasSubstr("/seed.cpp:5: stage 1, op 1: args[3] = \"nz\": no buffer, scratch or symbol of that name"));
  put("seed.cpp", replaced(seed, "[[stage]]", "[build]\nflags = [\"-O4\"]\n[[stage]]"));
  EXPECT_THAT(message(), HasSubstr("seed.cpp: [build] \"-O4\": [build.cpp] of the task does not allow this flag"));
  put("seed.cpp", replaced(seed, "[[stage]]", "[build]\nchoices = [[\"-O2\"], [\"-O2\", \"-g\"]]\n[[stage]]"));
  EXPECT_THAT(message(), HasSubstr("\"-g\""));
  put("seed.cpp", "int x;\n");
  EXPECT_THAT(message(), HasSubstr("seed.cpp: no launch plan"));
  put("seed.cpp", seed);
  put("seed.cu", seed);
  EXPECT_THAT(message(), HasSubstr("seed.cu: the task's dialects do not include cuda"));
  std::filesystem::remove(folder + "/seed.cu");
  put("mutants/notes.txt", "x");
  EXPECT_THAT(message(), HasSubstr("notes.txt: not a kernel source"));
  std::filesystem::remove(folder + "/mutants/notes.txt");
  put("task.toml", replaced(manifest, "metric = \"max_abs\"", "metric = \"custom\""));
  EXPECT_THAT(message(), HasSubstr("RIDGELINE_REFERENCE_WITH_METRIC"));
  put("task.toml", replaced(manifest, "\"wrong.cpp\"", "\"right.cpp\""));
  EXPECT_THAT(message(), HasSubstr("[check] next_lower = \"right.cpp\": no such file in"));
  put("task.toml", replaced(manifest, "baseline.cpp", "other.cpp"));
  EXPECT_THAT(message(), HasSubstr("other.cpp"));
  put("task.toml", manifest);
  put("reference.cpp", "int x;\n");
  EXPECT_THAT(message(), HasSubstr("reference.cpp: no RIDGELINE_REFERENCE"));
  std::filesystem::remove(folder + "/reference.cpp");
  EXPECT_THAT(message(), HasSubstr("reference.cpp: no such file"));
  put("reference.cpp", "RIDGELINE_REFERENCE(i, o)\n");
  std::filesystem::remove(folder + "/seed.cpp");
  EXPECT_THAT(message(), HasSubstr("no seed"));
  std::filesystem::remove(folder + "/task.toml");
  EXPECT_THAT(message(), HasSubstr("task.toml: no such file"));
}

TEST_F(TaskFolder, CatalogFindsByIdNameAndFolder) {
  const auto catalog = Catalog::open(root->path());
  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->ids(), std::vector<std::string>{"suite/heat"});
  EXPECT_EQ(catalog->find("suite/heat")->id, "suite/heat");
  EXPECT_EQ(catalog->find("heat")->id, "suite/heat");
  EXPECT_EQ(catalog->find(folder)->id, "suite/heat");
  EXPECT_EQ(catalog->find(folder + "/")->id, "suite/heat");
  const auto unknown = catalog->find("haet");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::usage);
  EXPECT_THAT(unknown.error().message, HasSubstr("haet: no such task; did you mean \"heat\"?"));
  EXPECT_THAT(catalog->find("qqqqqq").error().message, HasSubstr("(known: suite/heat)"));
  EXPECT_THAT(catalog->find(root->path()).error().message, HasSubstr("the folder has no task.toml"));
  EXPECT_FALSE(catalog->find(""));
  std::filesystem::create_directories(root->path() + "/second");
  std::filesystem::copy(folder, root->path() + "/second/heat", std::filesystem::copy_options::recursive);
  const auto both = Catalog::open(root->path());
  EXPECT_THAT(both->find("heat").error().message,
              HasSubstr("more than one task has this name: second/heat, suite/heat"));
  EXPECT_FALSE(Catalog::open(root->path() + "/nowhere"));
}

// The first block of a page between ```language and ```.
std::string example(const std::string& page, const std::string& language) {
  const std::string text = read_file(std::string(RIDGELINE_DOCS) + "/formats/" + page).value();
  const auto begin = text.find("```" + language + "\n") + 4 + language.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(Documents, ExamplesAreRead) {
  const auto task = parse_task(example("task.md", "toml"), "task.md");
  EXPECT_TRUE(task) << task.error().message;
  const auto plan = plan_from_source(example("plan.md", "c"), "plan.md");
  ASSERT_TRUE(plan) << plan.error().message;
  const auto heat = Catalog::open(RIDGELINE_TASKS)->find("heat2d");
  ASSERT_TRUE(heat);
  const auto fits = validate(*plan, heat->interface, usual_limits(Dialect::cpp), "plan.md");
  EXPECT_TRUE(fits) << fits.error().message;
}

// The tasks that come with the program are right.
TEST(OurTasks, AreRead) {
  const auto catalog = Catalog::open(RIDGELINE_TASKS);
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_FALSE(catalog->ids().empty());
  for (const std::string& id : catalog->ids()) {
    const auto task = catalog->find(id);
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_FALSE(task->brief.empty()) << id;
    EXPECT_FALSE(task->mutants.empty()) << id;
    Rng rng(1);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(draw_workload(*task, rng, "x")) << id;
  }
}

// What devices of a dialect are like, as far as a plan asks.
std::pair<PlanLimits, MapScope> machine_of(Dialect dialect) {
  PlanLimits limits = usual_limits(dialect);
  MapScope facts;
  const bool gpu = limits.grid;
  limits.max_workers = 16;
  if (gpu) {
    limits.max_shared = 227u << 10;
    limits.max_bytes = 80ull << 30;
  }
  facts.set("dev.cores", Number(16));
  facts.set("dev.sms", Number(gpu ? 132 : 1));
  facts.set("dev.warp", Number(gpu ? 32 : 1));
  facts.set("dev.shared_max", Number(std::int64_t(limits.max_shared)));
  facts.set("dev.l2", Number(50 << 20));
  return {limits, std::move(facts)};
}

// CUDA's limits of a grid; 2^31 - 1 blocks along x is a rule of the plan's.
void expect_launchable(const ResolvedPlan& plan, const std::string& what) {
  for (const ResolvedStep& s : plan.steps) {
    if (s.kind != ResolvedStep::Kind::launch) continue;
    const auto blocks = [&](std::size_t axis) {
      return s.ragged ? (s.grid[axis] + s.block[axis] - 1) / s.block[axis] : s.grid[axis];
    };
    EXPECT_LE(blocks(1), 65535u) << what;
    EXPECT_LE(blocks(2), 65535u) << what;
    EXPECT_LE(s.block[2], 64u) << what;
  }
}

// Plans of every dialect, also those that no device here could run: valid, and resolved for every workload that has a
// name and for drawn ones, at the defaults and at points of the space.
TEST(OurTasks, PlansOfAllDialectsResolveForTheirWorkloads) {
  const auto catalog = Catalog::open(RIDGELINE_TASKS);
  ASSERT_TRUE(catalog) << catalog.error().message;
  std::map<Dialect, int> sources_of;
  for (const std::string& id : catalog->ids()) {
    const auto task = catalog->find(id);
    ASSERT_TRUE(task) << task.error().message;
    std::vector<TaskSource> sources = task->mutants;
    for (const auto* own : {&task->seeds, &task->templates})
      for (const auto& [dialect, source] : *own) sources.push_back(source);
    Rng rng(3);
    std::vector<Workload> workloads = task->workloads;
    for (int i = 0; i < 3; ++i) workloads.push_back(draw_workload(*task, rng, "drawn").value());
    for (const TaskSource& source : sources) {
      ++sources_of[source.dialect];
      const auto [limits, facts] = machine_of(source.dialect);
      const auto plan = plan_from_source(source.text, source.file);
      ASSERT_TRUE(plan) << plan.error().message;
      const auto fits = validate(*plan, task->interface, limits, source.file);
      EXPECT_TRUE(fits) << fits.error().message;
      const auto space = Space::make(*plan, facts);
      ASSERT_TRUE(space) << source.file << ": " << space.error().message;
      std::vector<Point> points = {space->defaults()};
      for (int i = 0; i < 12 && space->cartesian_size() > 1; ++i)
        if (const auto p = space->random(rng)) points.push_back(*p);
      for (const Point& p : points)
        for (const Workload& w : workloads) {
          const Parameters parameters = space->parameters(p);
          std::string what = source.file + " " + w.name;
          for (const auto& [tunable, value] : parameters) what += " " + tunable + "=" + text(value);
          const auto resolved = resolve(*plan, task->interface, w.binding, parameters, facts, limits, source.file);
          ASSERT_TRUE(resolved) << what << ": " << resolved.error().message;
          if (limits.grid) expect_launchable(*resolved, what);
        }
    }
  }
  EXPECT_GE(sources_of[Dialect::cpp], 100);
  EXPECT_GE(sources_of[Dialect::cuda], 100);
}

// A dialect has a seed, rules for building, and wrong kernels, one of them of the next lower precision.
TEST(OurTasks, EveryDialectOfATaskIsWhole) {
  const auto catalog = Catalog::open(RIDGELINE_TASKS);
  ASSERT_TRUE(catalog) << catalog.error().message;
  for (const std::string& id : catalog->ids()) {
    const auto task = catalog->find(id);
    ASSERT_TRUE(task) << task.error().message;
    for (const Dialect d : task->dialects) {
      EXPECT_TRUE(task->seeds.contains(d)) << id << " " << name(d);
      EXPECT_TRUE(task->build.contains(d)) << id << " " << name(d);
      const auto wrong = std::ranges::count(task->mutants, d, &TaskSource::dialect);
      EXPECT_GE(wrong, 3) << id << " " << name(d);
      if (task->check.next_lower.empty()) continue;
      const auto stem = std::filesystem::path(task->check.next_lower).stem();
      EXPECT_TRUE(std::ranges::any_of(
          task->mutants,
          [&](const TaskSource& m) { return m.dialect == d && std::filesystem::path(m.file).stem() == stem; }))
          << id << ": no " << stem << " in dialect " << name(d);
    }
  }
}

}  // namespace
}  // namespace ridge
