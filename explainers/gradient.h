#pragma once
#include "explainers/local_gradient.h"

namespace faultline {

/// Gradient (Simonyan, Vedaldi, Zisserman 2013): R = df/dx. ReLU'(0) = 0, max pooling to the first maximum.
/// Maps: signed unless map=absolute, same shape and dtype as the inputs.
class Gradient final : public LocalGradient {
 public:
  static constexpr const char* kName = "gradient";
  static constexpr const char* kSummary = "which elements change the output most under an infinitesimal change";
  static constexpr const char* kFormula = "R = df/dx; ReLU'(0) = 0, a maximum passes to its first place";
  static constexpr const char* kSource = "Simonyan, Vedaldi, Zisserman 2013";
  struct Options {
    OutputOptions output;
    bool absolute = false;
  };
  static const OptionTable<Options>& options();
  explicit Gradient(Options options) : options_(std::move(options)) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }

 protected:
  at::Tensor map_of(const at::Tensor& inputs, const at::Tensor& gradient) const override;

 private:
  Options options_;
};

}  // namespace faultline
