#pragma once
#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/query_objective.h"

namespace faultline {

class QuerySearch;

/// Keys of every attack that only asks for maps and logits.
struct QueryOptions {
  std::optional<double> epsilon;  ///< unset: the run's
  std::string select = "top-k";
  Amount k{0.1, true};
  int64_t steps = 0;
  int64_t queries = 5000;
  QueryObjective::Kind objective = QueryObjective::Kind::topk;
  static const OptionTable<QueryOptions>& options();
};

/// Keys of those whose perturbations are drawn element by element.
struct TiledQueryOptions {
  QueryOptions query;
  Norm norm = Norm::linf;
  int64_t tile = 0;
  static const OptionTable<TiledQueryOptions>& options();
};

/// Attacks that know an explainer by its answers alone (attacks sheet 6). A query is one map with its logits at one input; of
/// `queries`, which are never exceeded, the clean map is the first, and every selection counts as one. They maximise D of the
/// explainer's own map, less 10 |D(x0)| times what the label's margin lacks, over the clean margin; candidates are judged like
/// those of every other attack. No gradient is needed, and none can be masked.
class QueryAttack : public Attack {
 public:
  AttackFacts facts() const override;
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override;
  double cost(const Explainer& explainer) const override;

 protected:
  /// name: a literal. Throws usage where the selection metric is unknown.
  QueryAttack(const char* name, QueryOptions options, Norm norm);
  virtual void search(QuerySearch& search) const = 0;
  /// How many of the queries are used.
  virtual int64_t used() const { return query_.queries; }
  /// The largest perturbation that the steps allow.
  virtual double reach(const Budget& budget) const { return budget.epsilon; }
  const QueryOptions& query() const { return query_; }

 private:
  SearchOptions judged() const;

  const char* name_;
  QueryOptions query_;
  Norm norm_;
};

}  // namespace faultline
