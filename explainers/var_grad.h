#pragma once
#include "explainers/noise_average.h"

namespace faultline {

/// VarGrad (Adebayo et al. 2018): R = Var_j g(x + eta_j), element-wise, population variance unless unbiased=1, by Welford's
/// method in double. Maps: non-negative, same shape and dtype as the inputs; zero on a linear network.
class VarGrad final : public NoiseAverage {
 public:
  static constexpr const char* kName = "var-grad";
  static constexpr const char* kSummary = "how much the gradient varies in a noisy neighbourhood of the input";
  static constexpr const char* kFormula = "R = variance over j of g(x + eta_j)";
  static constexpr const char* kSource = "Adebayo et al. 2018";
  struct Options {
    NoiseOptions noise;
    bool unbiased = false;
  };
  static const OptionTable<Options>& options();
  explicit VarGrad(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  std::unique_ptr<Explainer> with_points(int64_t points) const override;

 protected:
  at::Tensor map_of(const Moments& moments) const override;
  at::Tensor slope_of(const at::Tensor& inner_maps, const at::Tensor& mean) const override;
  bool slope_needs_mean() const override { return true; }
  bool needs_squares() const override { return true; }

 private:
  double correction() const;  ///< 1, or m/(m-1)
  bool unbiased_;
};

}  // namespace faultline
