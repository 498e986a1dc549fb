#pragma once
#include "explainers/noise_average.h"

namespace faultline {

/// SmoothGrad-Squared (Hooker et al. 2019): R = mean_j g(x + eta_j)^2, element-wise. Maps: non-negative, same shape and dtype as
/// the inputs.
class SmoothGradSquared final : public NoiseAverage {
 public:
  static constexpr const char* kName = "smooth-grad-squared";
  static constexpr const char* kSummary = "what the squared gradient is on average in a noisy neighbourhood of the input";
  static constexpr const char* kFormula = "R = mean over j of g(x + eta_j)^2";
  static constexpr const char* kSource = "Hooker et al. 2019";
  struct Options {
    NoiseOptions noise;
  };
  static const OptionTable<Options>& options();
  explicit SmoothGradSquared(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  std::unique_ptr<Explainer> with_points(int64_t points) const override;

 protected:
  at::Tensor map_of(const Moments& moments) const override;
  bool needs_squares() const override { return true; }
  at::Tensor slope_of(const at::Tensor& inner_maps, const at::Tensor& mean) const override;
};

}  // namespace faultline
