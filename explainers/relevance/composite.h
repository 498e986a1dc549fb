#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/linear_rule.h"
#include "explainers/relevance/operation_rules.h"

namespace faultline {

/// Parameters of the rules of linear layers, as a spec or a composite's line gives them.
struct LinearRuleParameters {
  double epsilon = 1e-6, alpha = 2, beta = 1, gamma = 0.25;
  std::optional<double> low, high;  ///< z-box, in pixel units; empty: the legal range
  static const OptionTable<LinearRuleParameters>& options();
};

/// The words of LinearRuleKind: "z-plus", ...
const std::vector<std::pair<std::string, LinearRuleKind>>& linear_rule_words();

/// One line of a composite: what the nodes it selects do.
struct CompositeLine {
  std::string selector;  ///< `name:GLOB`, `first`, `last`, or a kind: convolution, linear, any-linear, batch-norm, ...
  std::string rule;      ///< a linear rule's word, or a word of the kind (`pass`, `leak`, `absolute`, ...)
  LinearRuleParameters parameters;
};

/// A table from nodes to rules (relevance sheet 8). Names come before first and last, these before kinds; within a class the
/// first line wins.
class Composite {
 public:
  explicit Composite(std::vector<CompositeLine> lines) : lines_(std::move(lines)) {}
  /// `selector = rule[:key=value,...]`, lines separated by `;`. Throws usage naming the line.
  /// defaults: what a line's rule has where the line does not say.
  static Composite parse(const std::string& text, const LinearRuleParameters& defaults = {});
  /// A built-in one: epsilon-plus, epsilon-plus-flat, epsilon-gamma-box, epsilon-alpha2-beta1, epsilon-alpha2-beta1-flat.
  static Composite named(const std::string& name, const LinearRuleParameters& parameters = {});
  static const std::vector<std::string>& names();
  /// The line for node `node`, or null where none selects it.
  const CompositeLine* line_for(const Network& network, const GraphFacts& facts, int node) const;
  /// Throws usage where a name selects nothing in this network (a typing error).
  void check_names(const Network& network) const;

 private:
  std::vector<CompositeLine> lines_;
};

}  // namespace faultline
