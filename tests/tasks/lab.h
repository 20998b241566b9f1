// A task's oracle by itself, for tests of what it says: golden values and laws of physics.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "catalog/catalog.h"
#include "evaluate/oracle.h"
#include "workshop.h"

namespace ridge::lab {

inline std::vector<std::string> task_ids(const std::string& suite = "") {
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  std::vector<std::string> ids = catalog ? catalog->ids() : std::vector<std::string>();
  std::erase_if(ids, [&](const std::string& id) { return !id.starts_with(suite); });
  return ids;
}

// gtest allows letters, digits and '_' only.
inline std::string test_name(std::string id) {
  for (char& c : id)
    if (!isalnum(static_cast<unsigned char>(c))) c = '_';
  return id;
}

inline std::shared_ptr<const Task> task_of(const std::string& id) {
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  RIDGE_CHECK(catalog, catalog ? "" : catalog.error().message);
  auto task = catalog->find(id);
  RIDGE_CHECK(task, task ? "" : task.error().message);
  return std::make_shared<const Task>(std::move(*task));
}

class Lab {
 public:
  explicit Lab(const std::string& id) : task_(task_of(id)) {
    auto oracle = make_oracle(*task_);
    RIDGE_CHECK(oracle, oracle ? "" : oracle.error().message);
    oracle_ = std::move(*oracle);
  }

  const Task& task() const { return *task_; }

  // Inputs of a seed at these symbols, with answers.
  void draw(const Binding& symbols, std::uint64_t seed) {
    bind_symbols(symbols);
    draw_.seed = seed;
    const auto filled = oracle_->inputs(workload_, draw_);
    RIDGE_CHECK(filled, filled ? "" : filled.error().message);
    answer();
  }
  // Inputs as given, each element in the buffer's own type, with answers.
  void given(const Binding& symbols, const std::map<std::string, std::vector<double>>& inputs) {
    bind_symbols(symbols);
    draw_.inputs.resize(task_->interface.buffers.size());
    for (const auto& [name, values] : inputs) put(name, values);
    answer();
  }
  // Another value for an input, and new answers.
  void change(const std::string& name, const std::vector<double>& values) {
    put(name, values);
    answer();
  }

  std::vector<double> input(const std::string& name) const {
    const std::size_t b = index(name);
    const ScalarType type = task_->interface.buffers[b].type;
    std::vector<double> out(draw_.inputs[b].size() / size_of(type));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = decode(draw_.inputs[b].data() + i * size_of(type), type);
    return out;
  }
  std::vector<double> output(const std::string& name) const {
    const Answer& a = draw_.answers[index(name)];
    return a.real.empty() ? std::vector<double>(a.integer.begin(), a.integer.end()) : a.real;
  }
  double symbol(const std::string& name) const { return workload_.binding.at(name).real(); }

 private:
  std::size_t index(const std::string& name) const {
    const auto& buffers = task_->interface.buffers;
    for (std::size_t i = 0; i < buffers.size(); ++i)
      if (buffers[i].name == name) return i;
    check_failed("a buffer of this name", __FILE__, __LINE__, name);
  }
  void bind_symbols(const Binding& symbols) {
    workload_ = Workload{};
    workload_.name = "lab";
    workload_.binding = symbols;
    draw_ = Draw{};
  }
  void put(const std::string& name, const std::vector<double>& values) {
    const std::size_t b = index(name);
    const ScalarType type = task_->interface.buffers[b].type;
    draw_.inputs[b].resize(values.size() * size_of(type));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto bits = encode(is_real(type) ? Number(values[i]) : Number(std::int64_t(values[i])), type);
      RIDGE_CHECK(bits, name);
      std::memcpy(draw_.inputs[b].data() + i * size_of(type), &*bits, size_of(type));
    }
  }
  void answer() {
    draw_.answers.clear();
    const auto answered = oracle_->answers(workload_, draw_);
    RIDGE_CHECK(answered, answered ? "" : answered.error().message);
  }

  std::shared_ptr<const Task> task_;
  std::unique_ptr<Oracle> oracle_;
  Workload workload_;
  Draw draw_;
};

inline double sum(const std::vector<double>& v) {
  double total = 0;
  for (const double x : v) total += x;
  return total;
}

}  // namespace ridge::lab
