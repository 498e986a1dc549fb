#include "explainers/explainer.h"

#include <torch/csrc/autograd/autograd.h>

#include <numeric>

#include "core/error.h"

namespace faultline {

void Explainer::save_fit(const std::string& path) const {
  throw_usage(path, "cannot be written: this method learns nothing that is kept in files",
              "pattern-net and pattern-attribution do, without patterns=");
}

at::Tensor Explainer::pull_back(const Network&, const Samples&, const at::Tensor&, const PointSubset&, const Context&) const {
  throw std::logic_error("this explainer is not differentiable");
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
