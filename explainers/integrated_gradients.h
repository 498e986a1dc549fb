#pragma once
#include "explainers/baseline.h"
#include "explainers/explainer.h"
#include "explainers/output_options.h"
#include "explainers/point_list.h"
#include "explainers/quadrature.h"

namespace faultline {

/// Integrated gradients (Sundararajan, Taly, Yan 2017, eq. 1): R_i = (x_i - x'_i) * integral_0^1 g_i(x' + a (x - x')) da.
/// Maps: signed, same shape and dtype as the inputs; sums are accumulated in double. Figures: "completeness-error" (sum R - (f(x)
/// - f(x'))) and "completeness-error-relative"; above 0.05 the sample carries the note quadrature-too-coarse. `steps` forward and
/// backward passes (trapezoid: one more), and two forward passes for the figures.
class IntegratedGradients final : public Explainer {
 public:
  static constexpr const char* kName = "integrated-gradients";
  static constexpr const char* kSummary =
      "how f(x) - f(x') is shared among the elements along the straight line from the baseline x' to x";
  static constexpr const char* kFormula = "R_i = (x_i - x'_i) integral over a in [0,1] of g_i(x' + a (x - x')) da";
  static constexpr const char* kSource = "Sundararajan, Taly, Yan 2017, eq. 1";
  struct Options {
    OutputOptions output;
    BaselineOptions baseline;
    int64_t steps = 50;
    Quadrature quadrature = Quadrature::gauss_legendre;
    bool multiply = true;
  };
  static const OptionTable<Options>& options();
  explicit IntegratedGradients(Options options);

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
  int64_t points() const { return static_cast<int64_t>(rule_.nodes.size()); }
  /// The path points of a chunk.
  Samples path(const Samples& samples, const at::Tensor& baseline, const PointChunk& chunk) const;
  void add_completeness(const Network& network, const Samples& samples, const at::Tensor& baseline, const Context& context,
                        Explanation* explanation) const;

  Options options_;
  QuadratureRule rule_;
  Baseline baseline_;
};

}  // namespace faultline
