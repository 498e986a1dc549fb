#pragma once
#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "attacks/attack.h"

namespace faultline {

/// Takes down what the gradients that guide an attack are like, iterate by iterate and sample by sample, for the warnings
/// vanishing-second-derivative and exploding-or-nan-gradient (attacks sheet 2.5).
class GradientGauge {
 public:
  GradientGauge(int64_t samples, double epsilon) : epsilon_(epsilon), samples_(samples) {}

  /// gradient: [n,...] of rows `rows`, as the objective has it, NaN and all. objective: D [n], or undefined where the iterate
  /// goes by the last one.
  void record(const at::Tensor& gradient, const at::Tensor& objective, const std::vector<int64_t>& rows);
  /// Nothing for a row that was never recorded.
  std::optional<GradientFigures> figures(int64_t row) const;

 private:
  struct Series {
    std::vector<double> predicted_changes, zero_shares;
    double objective = 0, peak = 0;
    bool is_finite = true;
  };
  double epsilon_;
  std::vector<Series> samples_;
};

}  // namespace faultline
