#include "doctor/internal/snippet.h"

namespace ridge {
namespace {

const std::vector<KernelSignature> kSignature = {{"snippet",
                                                  {{.pointer = true, .read_only = false, .type = ScalarType::u8},
                                                   {.pointer = false, .read_only = false, .type = ScalarType::i32}}}};

ResolvedPlan plan_of(std::uint64_t bytes) {
  ResolvedPlan plan;
  plan.storages = {{"p", ScalarType::u8, bytes, bytes, -1, false, {bytes}}};
  plan.kernels = kSignature;
  ResolvedStep step;
  step.arguments = {{ResolvedArgument::Kind::storage, ScalarType::u8, 0, 0, 0},
                    {ResolvedArgument::Kind::value, ScalarType::i32, 0, 0, bytes}};
  plan.steps.push_back(std::move(step));
  return plan;
}

}  // namespace

Result<Judged<std::unique_ptr<OpenSnippet>>> OpenSnippet::open(Device& device, const Snippet& snippet,
                                                               std::uint32_t sets) {
  using Opened = Judged<std::unique_ptr<OpenSnippet>>;
  CompileJob job;
  const Dialect dialect = device.capabilities().plan.dialect;
  job.file = fmt::format("doctor.{}", extension(dialect));
  job.source =
      fmt::format("{}\nextern \"C\" {}void snippet(unsigned char* p, int n) {{\n  (void)p, (void)n;\n  {}\n}}\n",
                  snippet.head, dialect == Dialect::cuda ? "__global__ " : "", snippet.body);
  if (dialect == Dialect::cpp) job.flags = {"-O1"};
  job.kernels = kSignature;
  auto out = std::make_unique<OpenSnippet>();
  RIDGE_TRY(auto compiled, device.compile(job));
  if (!compiled) return Opened(std::unexpected(std::move(compiled).error()));
  out->binary_ = std::move(*compiled);
  const ResolvedPlan plan = plan_of(snippet.bytes);
  LaneSpec spec;
  spec.binary = &out->binary_;
  spec.workers = snippet.workers;
  spec.memory_limit = snippet.memory_limit;
  spec.arena_bytes = (snippet.bytes + (64 << 10)) * sets;
  RIDGE_TRY(auto lane, device.open(spec));
  if (!lane) return Opened(std::unexpected(std::move(lane).error()));
  out->lane_ = std::move(*lane);
  RIDGE_TRY(auto allotted, out->lane_->allot(plan, sets));
  if (!allotted) return Opened(std::unexpected(std::move(allotted).error()));
  return Opened(std::move(out));
}

}  // namespace ridge
