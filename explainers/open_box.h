#pragma once
#include "explainers/local_gradient.h"

namespace faultline {

/// OpenBox (Chu 2018): the linear function that a piecewise linear network is, exactly, on the region of inputs around x where no
/// ReLU and no maximum changes its piece. The map holds the coefficients of the explained output, f = sum_i R_i x_i + bias.
/// Maps: signed, the inputs' shape and dtype. Figures a sample: bias, f(x) less sum R x; identity-error, the gap of the equation,
/// relative, when the bias is instead what the region's map gives at 0, evaluated forwards; with faces=k the distances
/// face-distance-1..k in pixel units to the nearest faces of the region, of which the first is the radius of the ball around x
/// where the map is constant. Throws input, naming operation and layer, where the network is not piecewise linear.
class OpenBox final : public LocalGradient {
 public:
  static constexpr const char* kName = "open-box";
  static constexpr const char* kSummary = "the coefficients of the linear function that the network is around the input, exactly";
  static constexpr const char* kFormula = "f(x) = W x + b on the region of inputs where no unit changes its state; R = W";
  static constexpr const char* kSource = "Chu et al. 2018";
  struct Options {
    OutputOptions output;
    int64_t faces = 0;
  };
  static const OptionTable<Options>& options();
  explicit OpenBox(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  /// The gradient: a smooth surrogate has no regions.
  std::unique_ptr<Explainer> stand_in(const Network& network) const override;

 protected:
  at::Tensor map_of(const at::Tensor& inputs, const at::Tensor& gradient) const override { return gradient; }

 private:
  Options options_;
};

}  // namespace faultline
