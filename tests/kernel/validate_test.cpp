#include <gmock/gmock.h>

#include "kernel/plan.h"
#include "kernel/resolve.h"
#include "sample_plans.h"

namespace ridge {
namespace {

using testing::HasSubstr;

Result<void> check(const std::string& toml, const PlanLimits& limits = samples::cpu(), bool setup_allowed = true) {
  RIDGE_TRY(const Plan plan, parse_plan(toml, "seed.cpp"));
  return validate(plan, samples::stencil(setup_allowed), limits, "seed.cpp");
}
std::string op(const std::string& body) {
  return "[[stage]]\nrepeat = 2\nindex = \"t\"\n[[stage.op]]\n" + body + "\n";
}

TEST(Validate, AcceptsWhatIsRight) {
  EXPECT_TRUE(
      check(op("launch = \"f\"\nargs = [\"u\", \"w\", \"nx\", \"cells\", \"t\", \"alpha\", { value = \"nx / 2\", type "
               "= \"f32\" }]")));
  EXPECT_TRUE(check(op("launch = \"f\"\ngrid = \"nx\"\nblock = [32, 4]\nshared = 64\ncooperative = true\noptions = { "
                       "max_registers = 64 }"),
                    samples::gpu()));
  EXPECT_TRUE(check(op("launch = \"f\"\nthreads = \"nx\"\nblock = 32\nargs = [{ local = 64 }]"),
                    samples::gpu(Dialect::opencl)));
  EXPECT_TRUE(
      check("[scratch]\ntable = { type = \"f32\", count = 4, keep = true }\n[[setup]]\n[[setup.op]]\nlaunch = "
            "\"prepare\"\nargs = [\"w\", \"table\"]\n" +
            op("launch = \"f\"\nargs = [\"table\", \"u\"]")));
}

TEST(Validate, EveryMistakeHasItsMessage) {
  const std::string f = op("launch = \"f\"");
  const std::string scratch =
      "[scratch]\ntmp = { type = \"f32\", count = \"cells\" }\nfew = { type = \"i32\", count = 4 }\n";
  const samples::Broken cases[] = {
      {"[tune]\nT = [1]\n" + f, "seed.cpp:2: [tune] T: a tunable's name has at least two characters"},
      {"[tune]\nnx = [1]\n" + f, "seed.cpp:2: [tune] nx: the name is already that of a symbol"},
      {"[tune]\ncells = [1]\n" + f, "already that of a derived symbol"},
      {"[tune]\nfor = [1]\n" + f, "[tune] for: the name is reserved"},
      {"[tune]\n__X = [1]\n" + f, "reserved"},
      {"[tune]\nFLAGS = [1]\n" + f, "the values of FLAGS are strings"},
      {"[build]\ncompilers = [\"clang+\"]\n" + f,
       "[tune] COMPILER: \"clang+\": no such compiler; did you mean \"clang++\"?"},
      {"[build]\nflags = [\"-O2\"]\nchoices = [[\"-O3\"]]\n" + f, "give either flags or choices"},
      {"[scratch]\nu = { type = \"f32\", count = 1 }\n" + f, "[scratch] u: the name is already that of a buffer"},
      {"[scratch]\ntmp = { type = \"f32\", count = \"cels\" }\n" + f,
       "seed.cpp:2: [scratch] tmp: count = \"cels\": unknown name \"cels\"; did you mean \"cells\"?"},
      {"[scratch]\ntmp = { type = \"f32\", count = \"u\" }\n" + f, "\"u\" is a buffer, not a number"},
      {"[scratch]\ntmp = { type = \"f32\", count = 1, keep = true }\n" + f,
       "keep = true, but the plan has no [[setup]]"},
      {"constraints = [\"nx > 1\"]\n" + f, "constraints[1] = \"nx > 1\": \"nx\" is a symbol; only tunables"},
      {"[tune]\nKIND = [\"a\"]\n[[stage]]\nwhen = \"KIND == 1\"\n[[stage.op]]\nlaunch = \"f\"\n",
       "the tunable \"KIND\" is a string"},
      {"[[stage]]\nwhen = \"t\"\nrepeat = 2\nindex = \"t\"\n[[stage.op]]\nlaunch = \"f\"\n",
       "stage 1: when = \"t\": unknown name \"t\""},
      {"[[stage]]\nrepeat = 2\nindex = \"nx\"\n[[stage.op]]\nlaunch = \"f\"\n", "index = \"nx\": the name is taken"},
      {scratch + op("launch = \"f\"\nargs = [\"u\", \"tpm\"]"),
       "seed.cpp:9: stage 1, op 1: args[2] = \"tpm\": no buffer, scratch or symbol of that name; did you mean "
       "\"tmp\"?"},
      {op("launch = \"u\""), "launch = \"u\": the name is taken or reserved"},
      {op("launch = \"f\"\nworkers = \"dev.corse\""), "unknown name \"dev.corse\"; did you mean \"dev.cores\"?"},
      {op("launch = \"f\"\ngrid = 1"), "seed.cpp:5: stage 1, op 1: grid: not known in the dialect cpp"},
      {op("launch = \"f\"\nblock = 1"), "block: not known in the dialect cpp"},
      {op("launch = \"f\"\nthreads = 1"), "threads: not known in the dialect cpp"},
      {op("launch = \"f\"\nshared = 1"), "shared: not known in the dialect cpp"},
      {op("launch = \"f\"\ncluster = 1"), "cluster: not known in the dialect cpp"},
      {op("launch = \"f\"\ncooperative = true"), "cooperative: not known in the dialect cpp"},
      {op("launch = \"f\"\nargs = [{ local = 64 }]"), "args[1]: the dialect cpp has no local memory"},
      {op("launch = \"f\"\noptions = { fast = 1 }"), "options.fast: this device has no such option"},
      {op("launch = \"f\"\nargs = [{ buffer = \"nx\" }]"),
       "args[1].buffer = \"nx\": a symbol, expected a buffer or scratch"},
      {op("launch = \"f\"\nargs = [{ value = \"nz\" }]"), "args[1].value = \"nz\": unknown name \"nz\""},
      {"[tune]\nHALF = [0.5]\n" + op("launch = \"f\"\nargs = [\"HALF\"]"),
       "args[1] = \"HALF\": the tunable is a real; say how it is passed"},
      {op("fill = \"w\"\nvalue = 0"), "fill: \"w\" is an input and may not be written"},
      {op("fill = \"u\"\nvalue = 0\ntype = \"f64\""), "type = \"f64\": its size differs from that of \"u\" (f32)"},
      {scratch + op("copy = { from = \"u\", to = \"few\" }"), "copy: \"u\" has type f32, \"few\" has i32"},
      {op("copy = { from = \"uu\", to = \"v\" }"), "copy.from = \"uu\": no buffer or scratch of that name"},
      {op("launch = \"f\"\nrotate = [[\"u\", \"w\"]]"), "rotate[1]: \"w\" is an input and may not rotate"},
      {op("launch = \"f\"\nrotate = [[\"u\", \"u\"]]"), "rotate[1]: \"u\" stands there twice"},
      {scratch + op("launch = \"f\"\nrotate = [[\"u\", \"few\"]]"),
       "\"u\" has type f32, \"few\" has i32: rotated names have equal type and size"},
      {op("loop = 2\nindex = \"t\"\nop = [{ launch = \"f\" }]"), "index = \"t\": the name is taken"},
      {op("loop = 2\nindex = \"i\"\nop = [{ launch = \"f\", args = [\"j\"] }]"),
       "stage 1, op 1, op 1: args[1] = \"j\""},
      {op("launch = \"f\"\nargs = [\"u\"]\n[[stage.op]]\nlaunch = \"f\"\nargs = [\"u\", \"v\"]"),
       "stage 1, op 2: args: 2 arguments, but an earlier launch of \"f\" passes 1"},
      {op("launch = \"f\"\nargs = [\"u\"]\n[[stage.op]]\nlaunch = \"f\"\nargs = [\"k\"]"),
       "args[1]: a buffer of i32, but an earlier launch of \"f\" passes a buffer of f32"},
      {"[[setup]]\n[[setup.op]]\nlaunch = \"p\"\nargs = [\"u\"]\n" + f,
       "setup 1, op 1: args[1] = \"u\": a [[setup]] may only use constant buffers"},
      {"[scratch]\nkept = { type = \"f32\", count = 1, keep = true }\n[[setup]]\n[[setup.op]]\nfill = \"kept\"\nvalue "
       "= 0\n" +
           op("fill = \"kept\"\nvalue = 1"),
       "\"kept\" is kept scratch, which only [[setup]] may write"},
      {scratch + "[[setup]]\n[[setup.op]]\nfill = \"tmp\"\nvalue = 0\n" + f,
       "may only write scratch marked keep, and \"tmp\" is not"},
  };
  for (const samples::Broken& c : cases) {
    const auto done = check(c.toml);
    ASSERT_FALSE(done) << c.toml;
    EXPECT_EQ(done.error().kind, Error::Kind::invalid);
    EXPECT_THAT(done.error().message, HasSubstr(c.message)) << c.toml;
  }
}

TEST(Validate, KnowsWhatEachDialectAllows) {
  const auto says = [](const std::string& body, const PlanLimits& limits, const char* message) {
    const auto done = check(op(body), limits);
    ASSERT_FALSE(done) << body;
    EXPECT_THAT(done.error().message, HasSubstr(message));
  };
  says("launch = \"f\"\nblock = 32", samples::gpu(), "a launch needs either grid (in blocks) or threads");
  says("launch = \"f\"\ngrid = 1\nthreads = 1\nblock = 32", samples::gpu(), "either grid");
  says("launch = \"f\"\ngrid = 1", samples::gpu(), "block: a launch needs");
  says("launch = \"f\"\ngrid = 1\nblock = 1\nworkers = 2", samples::gpu(), "workers: a CPU's team");
  says("launch = \"f\"\ngrid = 1\nblock = 1\nargs = [{ local = 4 }]", samples::gpu(), "CUDA has no local arguments");
  says("launch = \"f\"\ngrid = 1\nblock = 1\nshared = 4", samples::gpu(Dialect::opencl),
       "OpenCL takes local memory as an argument");
  says("launch = \"f\"\ngrid = 1\nblock = 1\ncluster = 2", samples::gpu(Dialect::metal),
       "cluster: not known in the dialect metal");
  const auto setup = check("[[setup]]\n[[setup.op]]\nlaunch = \"p\"\n" + op("launch = \"f\""), samples::cpu(), false);
  EXPECT_THAT(setup.error().message, HasSubstr("this task allows no [[setup]]"));
}

TEST(Signatures, AgreeOverAllLaunches) {
  const auto plan = parse_plan("[scratch]\ntmp = { type = \"f32\", count = 1 }\n" +
                                   op("launch = \"f\"\nargs = [\"tmp\", \"u\", \"alpha\", \"t\"]\n[[stage.op]]\nlaunch "
                                      "= \"f\"\nargs = [\"w\", \"v\", \"alpha\", 3]"),
                               "x");
  ASSERT_TRUE(plan);
  const auto kernels = signatures(*plan, samples::stencil(), "x");
  ASSERT_TRUE(kernels) << kernels.error().message;
  ASSERT_EQ(kernels->size(), 1u);
  const auto& p = (*kernels)[0].parameters;
  ASSERT_EQ(p.size(), 4u);
  EXPECT_TRUE(p[0].pointer && p[0].read_only);  // one launch passes an input
  EXPECT_TRUE(p[1].pointer && !p[1].read_only);
  EXPECT_EQ(p[2].type, ScalarType::f32);
  EXPECT_EQ(p[3].type, ScalarType::i32);
}

}  // namespace
}  // namespace ridge
