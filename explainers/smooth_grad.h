#pragma once
#include "explainers/noise_average.h"

namespace faultline {

/// SmoothGrad (Smilkov et al. 2017): R = mean_j g(x + eta_j). Maps: signed, same shape and dtype as the inputs.
class SmoothGrad final : public NoiseAverage {
 public:
  static constexpr const char* kName = "smooth-grad";
  static constexpr const char* kSummary = "what the gradient is on average in a noisy neighbourhood of the input";
  static constexpr const char* kFormula = "R = mean over j of g(x + eta_j), eta normal";
  static constexpr const char* kSource = "Smilkov et al. 2017";
  struct Options {
    NoiseOptions noise;
  };
  static const OptionTable<Options>& options();
  explicit SmoothGrad(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  std::unique_ptr<Explainer> with_points(int64_t points) const override;

 protected:
  at::Tensor map_of(const Moments& moments) const override;
  at::Tensor slope_of(const at::Tensor& inner_maps, const at::Tensor& mean) const override;
};

}  // namespace faultline
