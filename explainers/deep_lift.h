#pragma once
#include "explainers/baseline.h"
#include "explainers/output_options.h"
#include "explainers/relevance/difference_rules.h"
#include "explainers/walk_explainer.h"

namespace faultline {

/// DeepLIFT (Shrikumar 2017): how the difference between the output at x and at a baseline x0 comes about, by multipliers that
/// obey summation to delta at every node: R = m (x - x0), sum R = f(x) - f(x0), exact with max pooling, products, softmax and
/// layer norm too. One forward pass at x, one at the baseline, one walk back. Maps: signed, the inputs' shape.
class DeepLift final : public WalkExplainer {
 public:
  static constexpr const char* kName = "deep-lift";
  static constexpr const char* kSummary = "how the output's difference from a baseline's is shared out, layer by layer";
  static constexpr const char* kFormula = "R = m (x - x0), multipliers m by the chain rule of differences; sum R = f(x) - f(x0)";
  static constexpr const char* kSource = "Shrikumar, Greenside, Kundaje 2017";
  struct Options {
    OutputOptions output;
    BaselineOptions baseline;
    DifferenceOptions difference;
  };
  static const OptionTable<Options>& options();
  explicit DeepLift(const Options& options);
  /// Against this very input instead of what the options say.
  DeepLift(Options options, Baseline baseline);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Output output() const override { return options_.output.output; }
  at::Tensor references(const Samples& samples, const Context& context) const override;
  void fit(const Network& network, const Dataset& data, const Context& context) override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
  Baseline baseline_;
};

}  // namespace faultline
