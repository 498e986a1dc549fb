#pragma once
#include "explainers/baseline_set.h"
#include "explainers/explainer.h"
#include "explainers/output_options.h"
#include "explainers/point_list.h"

namespace faultline {

/// GradientSHAP (Lundberg 2017; captum): the mean over draws of (x~ - x') g(x' + a (x~ - x')), with x' drawn from reference
/// inputs, a uniform in [0,1) and x~ = x + noise. Draws depend on seed and sample alone, so every iteration of an attack sees the
/// same ones. `samples` forward and backward passes. Maps: signed, the inputs' shape; sums in double.
class GradientShap final : public Explainer {
 public:
  static constexpr const char* kName = "gradient-shap";
  static constexpr const char* kSummary = "integrated gradients from many reference inputs, by random draws";
  static constexpr const char* kFormula =
      "R = mean over draws of (x~ - x') g(x' + a (x~ - x')), x' a reference input, a uniform in [0,1)";
  static constexpr const char* kSource = "Lundberg, Lee 2017";
  struct Options {
    OutputOptions output;
    BaselineSetOptions set;
    int64_t samples = 50;
    double sigma = 0;
  };
  static const OptionTable<Options>& options();
  explicit GradientShap(Options options) : options_(std::move(options)), set_(options_.set) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }
  at::Tensor references(const Samples& samples, const Context& context) const override;
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;
  std::unique_ptr<Explainer> with_points(int64_t points) const override;

 private:
  struct Draws;
  Draws draws(const Samples& samples, const PointChunk& chunk, const at::Tensor& baselines, const Context& context) const;

  Options options_;
  BaselineSet set_;
};

}  // namespace faultline
