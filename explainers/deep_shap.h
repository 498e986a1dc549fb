#pragma once
#include "explainers/baseline_set.h"
#include "explainers/deep_lift.h"

namespace faultline {

/// DeepLIFT averaged over several baselines (Lundberg, Lee 2017): sum R = f(x) - mean f(x0). Baselines are samples of the
/// reference data or a file's. Two forward passes and one walk back a baseline; memory does not grow with their number. Maps:
/// signed, the inputs' shape.
class DeepShap final : public Explainer {
 public:
  static constexpr const char* kName = "deep-shap";
  static constexpr const char* kSummary = "DeepLIFT averaged over baselines from reference data";
  static constexpr const char* kFormula = "R = mean over baselines x0 of m (x - x0); sum R = f(x) - mean f(x0)";
  static constexpr const char* kSource = "Lundberg, Lee 2017";
  struct Options {
    OutputOptions output;
    BaselineSetOptions set;
    DifferenceOptions difference;
  };
  static const OptionTable<Options>& options();
  explicit DeepShap(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }
  at::Tensor references(const Samples& samples, const Context& context) const override;
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;
  /// The first so many baselines.
  std::unique_ptr<Explainer> with_points(int64_t points) const override;

 private:
  at::Tensor baselines(const at::Tensor& inputs) const;
  DeepLift against(const at::Tensor& baseline) const;

  Options options_;
  BaselineSet set_;
  int64_t limit_ = 0;  ///< uses the first so many baselines; 0: all
};

}  // namespace faultline
