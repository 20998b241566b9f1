#include <filesystem>

#include "catalog/catalog.h"

namespace ridge {

namespace {

// Feeds a task's fields in a fixed order; every list begins with its length.
class TaskHasher {
 public:
  Digest run(const Task& t) {
    text("task 1").text(t.id).text(t.title).text(t.source);
    count(t.dialects.size());
    for (const Dialect d : t.dialects) text(name(d));
    interface(t.interface);
    count(t.workloads.size());
    for (const Workload& w : t.workloads) {
      text(w.name).text(name(w.role)).text(name(w.oracle)).number(w.weight);
      for (const auto& [symbol, value] : w.binding) text(symbol).number(value);
    }
    family(t.held_out);
    cost(t.work);
    cost(t.floor);
    check(t.check);
    for (const auto& [dialect, rules] : t.build) {
      text(name(dialect));
      texts(rules.default_flags);
      texts(rules.allowed_flags);
    }
    count(t.baselines.size());
    for (const Baseline& b : t.baselines) {
      text(b.name).text(b.source);
      texts(b.libraries);
    }
    for (const auto* sources : {&t.seeds, &t.templates}) {
      count(sources->size());
      for (const auto& [dialect, s] : *sources) source(s);
    }
    count(t.mutants.size());
    for (const TaskSource& s : t.mutants) source(s);
    text(t.brief).text(t.reference);
    texts(t.reference_libraries);
    return hasher_.digest();
  }

 private:
  TaskHasher& text(std::string_view s) {
    hasher_.field(s);
    return *this;
  }
  TaskHasher& number(const Number& n) { return text(n.text()); }
  void count(std::size_t n) { hasher_.field(std::uint64_t(n)); }
  void texts(const std::vector<std::string>& all) {
    count(all.size());
    for (const std::string& s : all) text(s);
  }
  // Files are known by their names: where the folder lies does not count.
  void source(const TaskSource& s) {
    text(std::filesystem::path(s.file).filename().string()).text(name(s.dialect)).text(s.text);
  }
  void interface(const Interface& i) {
    count(i.symbols.size());
    for (const Symbol& s : i.symbols) text(s.name).text(name(s.type)).number(s.min).number(s.max);
    count(i.derived.size());
    for (const Derived& d : i.derived) text(d.name).text(d.value.text());
    count(i.buffers.size());
    for (const BufferSpec& b : i.buffers) {
      text(b.name).text(name(b.type)).text(name(b.access)).number(int(b.constant));
      count(b.shape.size());
      for (const Expression& e : b.shape) text(e.text());
    }
    number(int(i.setup_allowed));
  }
  void family(const HeldOutFamily& f) {
    number(f.count);
    for (const auto& [symbol, c] : f.choices) {
      text(symbol).number(int(c.kind)).number(c.from).number(c.to);
      count(c.values.size());
      for (const Number& n : c.values) number(n);
    }
    text(f.limit ? f.limit->text() : "");
  }
  void cost(const Cost& c) { text(c.bytes.text()).text(c.flops.text()).text(name(c.precision)); }
  void check(const CheckSpec& c) {
    text(name(c.standard.metric)).text(c.standard.bound.text());
    count(c.outputs.size());
    for (const auto& [output, t] : c.outputs) text(output).text(name(t.metric)).text(t.bound.text());
    texts(c.sensitive_to);
    texts(c.properties);
    text(c.next_lower);
    count(c.relations.size());
    for (const Relation& r : c.relations) {
      text(name(r.kind)).number(std::int64_t(r.axis));
      texts(r.inputs);
      texts(r.outputs);
    }
  }

  Hasher hasher_;
};

}  // namespace

Digest digest_of(const Task& task) {
  return TaskHasher().run(task);
}

}  // namespace ridge
