#include "explainers/explainer.h"

#include <torch/csrc/autograd/autograd.h>

#include <numeric>

#include "core/error.h"
#include "models/rows.h"

namespace faultline {

void Explainer::save_fit(const std::string& path) const {
  throw_usage(path, "cannot be written: this method learns nothing that is kept in files",
              "pattern-net and pattern-attribution do, without patterns=");
}

at::Tensor Explainer::pull_back(const Network&, const Samples&, const at::Tensor&, const PointSubset&, const Context&) const {
  throw std::logic_error("this explainer is not differentiable");
}

at::Tensor Explainer::differentiated_maps(const Network& network, const Samples& samples, const Context& context) const {
  return explain(network, samples, context).maps;
}

at::Tensor Explainer::push_forward(const Network& network, const Samples& samples, const at::Tensor& direction, double reach,
                                   const Context& context) const {
  const auto length = direction.to(at::kDouble).flatten(1).norm(2, 1);
  const auto step = at::where(length > 0, reach / at::where(length > 0, length, at::ones_like(length)), length);
  const auto move = (direction * per_row(step, direction)).to(samples.inputs.scalar_type());
  const auto ahead = differentiated_maps(network, samples.with_inputs(samples.inputs + move), context);
  const auto behind = differentiated_maps(network, samples.with_inputs(samples.inputs - move), context);
  return ((ahead - behind) * per_row(length / (2 * reach), ahead)).to(ahead.scalar_type());
}

at::Tensor derivative_along(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                            const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& tangents) {
  const at::AutoGradMode with_graph(true);
  std::vector<at::Tensor> leaves;
  for (const auto& input : inputs) leaves.push_back(input.detach().requires_grad_());
  const at::Tensor value = f(leaves);
  const at::Tensor u = at::zeros_like(value).requires_grad_();
  if (!value.requires_grad()) return at::zeros_like(value);
  const auto pulled = torch::autograd::grad({(value * u).sum()}, leaves, {}, true, true, /*allow_unused=*/true);
  at::Tensor along = at::zeros({}, value.options());
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (pulled[i].defined()) along = along + (pulled[i] * tangents[i]).sum();
  }
  if (!along.requires_grad()) return at::zeros_like(value);
  const auto pushed = torch::autograd::grad({along}, {u}, {}, false, false, /*allow_unused=*/true)[0];
  return pushed.defined() ? pushed.detach() : at::zeros_like(value);
}

ValueAndGradient Explainer::value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                               const PointSubset& subset, const Context& context) const {
  const at::Tensor maps = explain(network, samples, context).maps;
  auto [value, cotangent] = loss_and_cotangent(maps, loss);
  return {maps, value, pull_back(network, samples, cotangent, subset, context)};
}

std::pair<at::Tensor, at::Tensor> loss_and_cotangent(const at::Tensor& maps, const MapLoss& loss) {
  std::vector<int64_t> rows(maps.size(0));
  std::iota(rows.begin(), rows.end(), 0);
  const at::AutoGradMode with_graph(true);
  const at::Tensor leaf = maps.detach().requires_grad_(true);
  const at::Tensor value = loss(leaf, rows);
  if (!value.requires_grad()) return {value, at::zeros_like(maps)};
  const auto gradient = torch::autograd::grad({value.sum()}, {leaf}, {}, false, false, /*allow_unused=*/true)[0];
  return {value.detach(), gradient.defined() ? gradient : at::zeros_like(maps)};
}

std::vector<Claim> claims_of_derivatives() {
  const char* const chain_rule = "a derivative depends on the function alone, and only through the elements it reads";
  return {{"dummy", 1e-4, chain_rule},
          {"symmetry", 1e-4, chain_rule},
          {"implementation-invariance", 1e-4, chain_rule},
          {"determinism", 0, "every random number is keyed by seed and sample"}};
}

}  // namespace faultline
