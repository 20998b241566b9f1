// Relations between a kernel's own outputs (metamorphic checks; Chen et al. 1998): what the task declares to hold of
// the mathematics is tried on the candidate, without the oracle. An oracle and a kernel may share a mistake; a relation
// does not share it with either.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/text.h"
#include "evaluate/compare.h"
#include "evaluate/internal/state.h"

namespace ridge {
namespace {

using Bytes = std::vector<std::byte>;

// Where each element of a buffer comes from when its slices along an axis are put in another order.
std::vector<std::size_t> moved(const std::vector<std::uint64_t>& shape, std::size_t axis,
                               const std::vector<std::size_t>& from) {
  std::size_t inner = 1, outer = 1;
  for (std::size_t d = 0; d < axis; ++d) outer *= shape[d];
  for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= shape[d];
  const std::size_t n = shape[axis];
  std::vector<std::size_t> source(outer * n * inner);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t i = 0; i < inner; ++i) source[(o * n + a) * inner + i] = (o * n + from[a]) * inner + i;
  return source;
}

Bytes gathered(const Bytes& bytes, std::size_t size, const std::vector<std::size_t>& source) {
  Bytes out(bytes.size());
  for (std::size_t i = 0; i < source.size(); ++i)
    std::memcpy(out.data() + i * size, bytes.data() + source[i] * size, size);
  return out;
}

void store(Bytes& bytes, std::size_t i, double x, ScalarType type) {
  if (type == ScalarType::f32) {
    const float f = float(x);
    std::memcpy(bytes.data() + 4 * i, &f, 4);
  } else {
    std::memcpy(bytes.data() + 8 * i, &x, 8);
  }
}

Bytes combined(double a, const Bytes& p, double b, const Bytes& q, ScalarType type) {
  const std::size_t size = size_of(type);
  Bytes out(p.size());
  for (std::size_t i = 0; i * size < p.size(); ++i)
    store(out, i, a * decode(p.data() + i * size, type) + b * decode(q.data() + i * size, type), type);
  return out;
}

// One candidate, one workload: runs draws and gives their outputs back.
class Trial {
 public:
  Trial(Evaluator::State& s, Bench& bench) : s_(s), bench_(bench) {}
  Result<Judged<std::vector<Bytes>>> outputs(const std::shared_ptr<const Draw>& draw) {
    RIDGE_TRY_VOID(bench_.stage(0, draw));
    RIDGE_TRY(auto burst, bench_.run(0, 1, s_.settings.time_limit_s));
    if (!burst) return Judged<std::vector<Bytes>>(std::unexpected(std::move(burst).error()));
    std::vector<Bytes> out(s_.task->interface.buffers.size());
    for (std::size_t b = 0; b < out.size(); ++b) {
      if (s_.task->interface.buffers[b].access == Access::in) continue;
      RIDGE_TRY(out[b], bench_.output(0, b));
    }
    return Judged<std::vector<Bytes>>(std::move(out));
  }

 private:
  Evaluator::State& s_;
  Bench& bench_;
};

std::size_t index_of(const Interface& interface, const std::string& name) {
  std::size_t i = 0;
  while (interface.buffers[i].name != name) ++i;
  return i;
}

// How far the first output of a relation may stray: each side lies within its tolerance of the truth.
struct Sides {
  Bytes left;        // f(transformed inputs)
  Answer right;      // transformed f(inputs), in double
  double slack = 1;  // tolerances that add up
};

Result<std::optional<std::string>> differs(const Evaluator::State& s, const MapScope& scope, std::size_t buffer,
                                           const Sides& sides, const std::vector<std::uint64_t>& shape) {
  const BufferSpec& spec = s.task->interface.buffers[buffer];
  const Tolerance& usual = s.task->check.of(spec.name);
  if (usual.metric == Metric::custom) return std::optional<std::string>();  // only the task knows how far is far
  RIDGE_TRY(const double bound, tolerance_of(sides.right, usual, scope));
  Tolerance widened{usual.metric, {}};
  RIDGE_TRY(widened.bound, Expression::parse(fmt::format("{:.17e}", sides.slack * bound)));
  RIDGE_TRY(const Comparison c, compare(spec, sides.left, sides.right, widened, scope));
  if (c.pass) return std::optional<std::string>();
  return std::optional<std::string>(describe(spec.name, c, shape));
}

Answer answer_of(const Bytes& bytes, ScalarType type) {
  Answer a;
  const std::size_t size = size_of(type);
  for (std::size_t i = 0; i * size < bytes.size(); ++i) {
    const double x = decode(bytes.data() + i * size, type);
    if (is_real(type))
      a.real.push_back(x);
    else
      a.integer.push_back(std::int64_t(x));
  }
  return a;
}

}  // namespace

Result<Judged<void>> relations(Evaluator::State& s, Prepared& p, const Workload& w, std::vector<TrustCheck>& checks) {
  const Interface& interface = s.task->interface;
  if (s.task->check.relations.empty()) return Judged<void>();
  RIDGE_TRY(auto opened, Bench::open(s.place(), p, {&w}, 1));
  if (!opened) return Judged<void>(std::unexpected(std::move(opened).error()));
  RIDGE_TRY(auto sets, (*opened)->choose(w, 1));
  if (!sets) return Judged<void>(std::unexpected(std::move(sets).error()));
  RIDGE_TRY(const MapScope scope, bind(interface, w.binding));
  Trial run(s, **opened);
  Rng rng(s.draws.secret_number());
  const ResolvedPlan& plan = p.plans.at(w.name);

  for (const Relation& r : s.task->check.relations) {
    const std::string title = fmt::format("relation: {} in {}", name(r.kind), r.inputs.front());
    RIDGE_TRY(const std::shared_ptr<Draw> first, s.draws.fresh(w, "relation"));
    RIDGE_TRY(auto of_first, run.outputs(first));
    if (!of_first) return Judged<void>(std::unexpected(std::move(of_first).error()));
    auto changed = std::make_shared<Draw>(*first);
    std::vector<std::size_t> order;
    double a = 1, b = 0;
    std::optional<std::vector<Bytes>> of_second;
    if (r.kind == Relation::Kind::linear) {
      RIDGE_TRY(const std::shared_ptr<Draw> fresh, s.draws.fresh(w, "relation"));
      auto second = std::make_shared<Draw>(*first);
      a = rng.uniform(0.25, 0.75), b = rng.uniform(0.25, 0.75);
      for (const std::string& in : r.inputs) {
        const std::size_t i = index_of(interface, in);
        second->inputs[i] = fresh->inputs[i];
        changed->inputs[i] = combined(a, first->inputs[i], b, second->inputs[i], interface.buffers[i].type);
      }
      RIDGE_TRY(auto got, run.outputs(second));
      if (!got) return Judged<void>(std::unexpected(std::move(got).error()));
      of_second = std::move(*got);
    } else {
      const auto& shape = plan.storages[index_of(interface, r.inputs.front())].shape;
      order.resize(shape[r.axis]);
      std::iota(order.begin(), order.end(), std::size_t{0});
      if (r.kind == Relation::Kind::permute)
        rng.shuffle(order);
      else if (order.size() > 1)
        std::ranges::rotate(order, order.begin() + std::ptrdiff_t(1 + rng.below(order.size() - 1)));
      for (const std::string& in : r.inputs) {
        const std::size_t i = index_of(interface, in);
        if (plan.storages[i].shape[r.axis] != order.size())
          return world("{}: [[check.relation]] {}: its buffers have different lengths along axis {}", s.task->id,
                       name(r.kind), r.axis);
        changed->inputs[i] = gathered(first->inputs[i], size_of(interface.buffers[i].type),
                                      moved(plan.storages[i].shape, r.axis, order));
      }
    }
    changed->answers.clear();
    RIDGE_TRY(auto of_changed, run.outputs(changed));
    if (!of_changed) return Judged<void>(std::unexpected(std::move(of_changed).error()));
    for (const std::string& out : r.outputs) {
      const std::size_t i = index_of(interface, out);
      const ScalarType type = interface.buffers[i].type;
      Sides sides;
      sides.left = std::move((*of_changed)[i]);
      if (r.kind == Relation::Kind::linear) {
        const Answer p1 = answer_of((*of_first)[i], type), p2 = answer_of((*of_second)[i], type);
        for (std::size_t e = 0; e < p1.real.size(); ++e) sides.right.real.push_back(a * p1.real[e] + b * p2.real[e]);
        sides.slack = 1 + a + b + 1;  // the combination itself was rounded when it was stored
      } else {
        sides.right =
            answer_of(gathered((*of_first)[i], size_of(type), moved(plan.storages[i].shape, r.axis, order)), type);
        sides.slack = 2;
      }
      RIDGE_TRY(const auto problem, differs(s, scope, i, sides, plan.storages[i].shape));
      if (problem) {
        checks.push_back({title, CheckOutcome::failed, *problem});
        return Judged<void>(
            std::unexpected(Fault{Verdict::wrong_result, Reason::relation, "confirm", title + ": " + *problem}));
      }
    }
    checks.push_back({title, CheckOutcome::held, fmt::format("in {}", join(r.outputs, ", "))});
  }
  return Judged<void>();
}

}  // namespace ridge
