#pragma once
#include "attacks/antithetic.h"
#include "attacks/query_attack.h"

namespace faultline {

/// Simultaneous perturbation stochastic approximation (Spall 1992; Uesato et al. 2018): the gradient of D is estimated from
/// antithetic pairs of random signs and followed by Adam, then P. Each iterate is judged (attacks sheet 6.2).
class Spsa final : public QueryAttack {
 public:
  static constexpr const char* kName = "spsa";
  static constexpr const char* kSummary = "follows a gradient estimated from pairs of random signs, with Adam; needs none";
  static constexpr const char* kFormula =
      "x <- P(x + Adam(g~)), g~ = mean of (D(x + s v) - D(x - s v)) / (2 s) v over random signs v";
  static constexpr const char* kSource = "Spall 1992; Uesato et al. 2018";
  enum class Gains { constant, falling };
  struct Options {
    TiledQueryOptions shared;
    int64_t pairs = 16;
    std::optional<double> smoothing;
    std::optional<double> step;
    Gains gains = Gains::constant;
  };
  static const OptionTable<Options>& options();
  explicit Spsa(Options options);

  /// Spall's gains over the first one: ((1 + A)/(k + 1 + A))^0.602 of steps and (1/(k + 1))^0.101 of the smoothing, for iteration
  /// k = 0, 1, ... of `iterations`, with A a tenth of them (Spall 1998, section III).
  static double step_gain(int64_t k, int64_t iterations);
  static double smoothing_gain(int64_t k);

 protected:
  void search(QuerySearch& search) const override;
  int64_t used() const override;
  double reach(const Budget& budget) const override;

 private:
  Options options_;
};

}  // namespace faultline
