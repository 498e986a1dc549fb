#pragma once
#include "attacks/query_attack.h"

namespace faultline {

/// The separable evolution strategy (sep-CMA-ES, Ros and Hansen 2008) on the cells of the perturbation: candidates P(x0 + m +
/// sigma y) are ranked by D where they keep the label, the others after them by their margin; the mean stays in the ball
/// (attacks sheet 6.3). Every candidate is judged; of a randomised explainer the best of each generation.
class Evolution final : public QueryAttack {
 public:
  static constexpr const char* kName = "evolution";
  static constexpr const char* kSummary = "an evolution strategy with separable covariance; needs no gradient";
  static constexpr const char* kFormula =
      "delta = P(m + sigma sqrt(C) z), m, sigma and the diagonal C learned from the best of each generation";
  static constexpr const char* kSource = "sep-CMA-ES: Ros, Hansen 2008";
  struct Options {
    TiledQueryOptions shared;
    std::optional<double> sigma;
  };
  static const OptionTable<Options>& options();
  explicit Evolution(Options options);

 protected:
  void search(QuerySearch& search) const override;

 private:
  Options options_;
};

}  // namespace faultline
