#pragma once
#include <functional>
#include <vector>

#include "attacks/judge.h"
#include "attacks/query_objective.h"
#include "attacks/tiling.h"
#include "core/random.h"

namespace faultline {

/// What an attack that only queries asks, sample by sample and all samples at a time, and what is left of its queries. Every
/// sample has asked as many as every other.
class QuerySearch {
 public:
  /// Asks the first query: the clean map. Everything must outlive this.
  QuerySearch(const char* name, const AttackProblem& problem, const SearchOptions& judged, QueryObjective::Kind objective,
              int64_t queries);

  const std::vector<int64_t>& rows() const { return rows_; }  ///< of the problem, that are attacked
  const at::Tensor& clean() const { return clean_; }          ///< [n,...]
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  const Budget& budget() const { return judge_.budget(); }
  const LegalRange& range() const { return problem_.context.range; }
  Judge& judge() { return judge_; }
  int64_t left() const { return queries_ - asked_; }
  /// Random numbers of sample `i` of rows().
  RandomStream stream(int64_t i) const;
  /// A length along each element from one in the unit of the budget: L2 shares it among all elements.
  double per_element(double length) const;
  /// Whether an answer depends on the seed it is asked with.
  bool is_randomised() const { return is_randomised_; }

  /// An answer as searches see it.
  struct Answer {
    double objective = 0;  ///< D less the penalty of a lost label; minus infinity where D has no value
    bool keeps = true;     ///< the label
    double margin = 0;     ///< clean label's logit over the largest other
  };
  using Points = std::function<at::Tensor(int64_t)>;
  /// Answers [count][n] at points(0) .. points(count - 1), asked for in this order, each [n,...], legal and anywhere; a query
  /// each. A randomised explainer draws the same numbers for all of them, and others with another `iteration` (common random
  /// numbers). Point k of a sample in slot s takes slot s + k.
  std::vector<std::vector<Answer>> ask(int64_t count, const Points& points, int64_t iteration);

  /// Judges candidates [n,...] inside the budget, a query each, with the run's own seed. Answers [n].
  std::vector<Answer> judge(const at::Tensor& candidates);

 private:
  /// rows: of the problem, as they were asked about; they may repeat.
  std::vector<Answer> answers(const Judge::Answer& asked, const std::vector<int64_t>& rows) const;
  void spend(int64_t queries);

  const char* name_;
  const AttackProblem& problem_;
  Judge judge_;
  std::vector<int64_t> rows_;
  at::Tensor clean_;
  QueryObjective objective_;
  std::vector<double> penalties_;  ///< lambda of every row of the problem
  int64_t queries_, asked_ = 1, judged_ = 0;
  bool is_randomised_;
};

}  // namespace faultline
