#pragma once
#include "explainers/local_gradient.h"

namespace faultline {

/// Gradient x input (Shrikumar et al. 2016): R_i = x_i * df/dx_i with x in pixel units.
/// Maps: signed, same shape and dtype as the inputs. Sums to f on networks that are positively homogeneous of degree 1 (ReLU, no
/// bias).
class GradientXInput final : public LocalGradient {
 public:
  static constexpr const char* kName = "gradient-x-input";
  static constexpr const char* kSummary = "what each element contributes if the output is taken as linear through the origin";
  static constexpr const char* kFormula = "R_i = x_i df/dx_i";
  static constexpr const char* kSource = "Shrikumar et al. 2016";
  struct Options {
    OutputOptions output;
  };
  static const OptionTable<Options>& options();
  explicit GradientXInput(Options options) : options_(std::move(options)) {}

  Traits traits() const override { return {}; }
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }

 protected:
  at::Tensor map_of(const at::Tensor& inputs, const at::Tensor& gradient) const override { return inputs * gradient; }

 private:
  Options options_;
};

}  // namespace faultline
