#pragma once
#include "attacks/antithetic.h"
#include "attacks/query_attack.h"

namespace faultline {

/// Natural evolution strategies (Wierstra 2014; Ilyas et al. 2018): the gradient of D is estimated from antithetic normal pairs,
/// and x <- P(x + step sign(estimate)) (L2: along the normalised estimate). With many pairs it makes the white-box step. Each
/// iterate is judged (attacks sheet 6.1).
class Nes final : public QueryAttack {
 public:
  static constexpr const char* kName = "nes";
  static constexpr const char* kSummary = "follows a gradient that is estimated from pairs of queries; needs none";
  static constexpr const char* kFormula =
      "x <- P(x + step sign(g~)), g~ = 1/(2 n s) sum of (D(x + s u) - D(x - s u)) u over n normal u";
  static constexpr const char* kSource = "Wierstra et al. 2014; Ilyas et al. 2018";
  struct Options {
    TiledQueryOptions shared;
    int64_t pairs = 25;
    std::optional<double> smoothing;
    std::optional<double> step;
    Shaping shaping = Shaping::raw;
  };
  static const OptionTable<Options>& options();
  explicit Nes(Options options);

 protected:
  void search(QuerySearch& search) const override;
  int64_t used() const override;
  double reach(const Budget& budget) const override;

 private:
  Options options_;
};

}  // namespace faultline
