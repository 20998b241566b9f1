// The sections of task.toml, in the order in which they build on each other.
#pragma once

#include <string>
#include <vector>

#include "kernel/document.h"
#include "model/task.h"

namespace ridge {

class TaskParser {
 public:
  TaskParser(const DocNode& document, const std::string& file) : document_(document), where_{file, 0, ""} {}
  Result<Task> run();

 private:
  Result<void> head();
  Result<void> symbols();
  Result<void> derived();
  Result<void> buffers();
  Result<void> workloads();
  Result<void> held_out();
  Result<void> costs();
  Result<void> check();
  Result<void> build();
  Result<void> baselines();

  Result<void> symbol(const DocNode& node);
  Result<void> buffer(const DocNode& node);
  Result<void> workload(const DocNode& node, std::size_t number);
  Result<void> choice(const DocNode& node);
  Result<Cost> cost(const DocNode& table, const std::string& section, const Cost& standard);
  Result<Tolerance> tolerance(const DocNode& table, const std::string& section, const Tolerance* standard);
  Result<std::vector<std::string>> libraries(const std::string& field, const DocNode& node);
  Result<void> relation(const DocNode& node, const std::string& section);
  Result<void> build_rules(const DocNode& node);
  Result<void> baseline(const DocNode& node, std::size_t number);
  // Everything that is computed for a workload can be computed for this one.
  Result<void> computable(const Where& where, const std::string& section, const Workload& w) const;

  Result<const DocNode*> section(const std::string& name, DocNode::Kind kind);
  Result<const DocNode*> needed(const DocNode& table, const std::string& section, const std::string& key);
  Result<void> known_keys(const DocNode& table, const std::string& section, const std::vector<std::string>& keys);
  Result<void> free_name(const DocNode& node, const std::string& section) const;
  Result<Expression> expression(const std::string& field, const DocNode& node,
                                const std::vector<std::string>& also = {});
  Result<Number> value_of(const Symbol& symbol, const std::string& field, const DocNode& node);
  Result<std::vector<std::string>> flags(const std::string& field, const DocNode& node);
  std::vector<std::string> numbers() const;  // symbols and derived names so far

  const DocNode& document_;
  Where where_;
  Task task_;
};

}  // namespace ridge
