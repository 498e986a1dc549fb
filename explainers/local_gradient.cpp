#include "explainers/local_gradient.h"

#include <torch/csrc/autograd/autograd.h>

namespace faultline {

Explanation LocalGradient::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  Explanation out;
  out.maps = map_of(samples.inputs, input_gradient(network, points_of(samples), output(), context.passes, &out.logits));
  return out;
}

at::Tensor LocalGradient::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                    const PointSubset& subset, const Context& context) const {
  const MapLoss product = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
    const auto index = at::tensor(rows, at::kLong).to(maps.device());
    return (maps * cotangent.index_select(0, index)).flatten(1).sum(1);
  };
  return value_and_gradient(network, samples, product, subset, context).gradient;
}

at::Tensor LocalGradient::push_forward(const Network& network, const Samples& samples, const at::Tensor& direction, double,
                                       const Context& context) const {
  const auto v = direction.to(samples.inputs.scalar_type());
  const auto along = [&](const at::Tensor&, const std::vector<int64_t>& rows) {
    return v.index_select(0, at::tensor(rows, at::kLong).to(v.device()));
  };
  const auto both = gradient_and_product(network, points_of(samples), output(), along, context.passes);
  const auto map = [&](const std::vector<at::Tensor>& parts) { return map_of(parts[0], parts[1]); };
  return derivative_along(map, {samples.inputs, both.maps}, {v, both.product});  // the Hessian is symmetric
}

ValueAndGradient LocalGradient::value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                                   const PointSubset&, const Context& context) const {
  ValueAndGradient out;
  out.maps = at::empty_like(samples.inputs);
  out.loss = at::zeros({samples.size()}, samples.inputs.options());
  at::Tensor direct = at::zeros_like(samples.inputs);  // the part of the derivative that does not pass through g
  const auto cotangent_of = [&](const at::Tensor& gradient, const std::vector<int64_t>& rows) {
    const auto index = at::tensor(rows, at::kLong).to(samples.inputs.device());
    const at::AutoGradMode with_graph(true);
    const at::Tensor x = samples.inputs.index_select(0, index).requires_grad_(true);
    const at::Tensor g = gradient.detach().requires_grad_(true);
    const at::Tensor maps = map_of(x, g);
    const at::Tensor value = loss(maps, rows);
    const at::Tensor total = value.sum();
    const at::NoGradGuard no_graph;
    out.maps.index_copy_(0, index, maps.detach());
    out.loss.index_copy_(0, index, value.detach().to(out.loss.scalar_type()));
    if (!total.requires_grad()) return at::zeros_like(gradient);
    const auto derivatives = torch::autograd::grad({total}, {x, g}, {}, false, false, /*allow_unused=*/true);
    if (derivatives[0].defined()) direct.index_copy_(0, index, derivatives[0]);
    return derivatives[1].defined() ? derivatives[1] : at::zeros_like(gradient);
  };
  const auto both = gradient_and_product(network, points_of(samples), output(), cotangent_of, context.passes);
  out.gradient = both.product + direct;
  return out;
}

}  // namespace faultline
