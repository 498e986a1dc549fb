#pragma once
#include "explainers/explainer.h"
#include "explainers/output_options.h"

namespace faultline {

/// Base of explainers whose map is an element-wise function of the input and of the gradient there: R(x) = m(x, g(x)). One
/// forward and one backward pass; a map and a gradient of its loss cost one double backward more.
class LocalGradient : public Explainer {
 public:
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;
  at::Tensor push_forward(const Network& network, const Samples& samples, const at::Tensor& direction, double reach,
                          const Context& context) const override;
  ValueAndGradient value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                      const PointSubset& subset, const Context& context) const override;

 protected:
  /// m(x, g), differentiable in both.
  virtual at::Tensor map_of(const at::Tensor& inputs, const at::Tensor& gradient) const = 0;
};

}  // namespace faultline
