#include "suites/axioms/operator_norm.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "attacks/lanczos.h"
#include "core/random.h"

namespace faultline {
namespace {

constexpr int64_t kSteps = 60;
constexpr double kFailure = 1e-9;   // probability that a norm is larger than what is returned
constexpr double kRounding = 1e-9;  // of Lanczos in float64, relative

/// Kuczynski, Wozniakowski 1992, theorem 4.2: from a random start in n dimensions the largest of k Ritz values is below
/// (1 - e) lambda_1 with probability at most 1.648 sqrt(n) exp(-sqrt(e) (2k - 1)).
double shortfall(int64_t dimensions, int64_t steps) {
  const double root =
      std::log(1.648 * std::sqrt(static_cast<double>(dimensions)) / kFailure) / static_cast<double>(2 * steps - 1);
  return root * root;
}

}  // namespace

double operator_norm(const std::function<at::Tensor(const at::Tensor&)>& map, const std::vector<int64_t>& shape) {
  at::Tensor zero = at::zeros(shape, at::kDouble), offset;
  {
    const at::AutoGradMode with_graph(true);
    zero.requires_grad_();
    offset = map(zero);
  }
  // The graph of an affine map is the same everywhere: the transpose is taken from one.
  const auto product = [&](const at::Tensor& v, const std::vector<int64_t>&) {
    const at::Tensor image = map(v.reshape(shape)) - offset.detach();
    return torch::autograd::grad({offset}, {zero}, {image}, /*retain_graph=*/true)[0].reshape(v.sizes());
  };
  const auto random = [&](int64_t, int64_t draw) {
    const auto numbers =
        RandomStream(0, "axioms/operator-norm", 0).normals(static_cast<uint32_t>(draw), static_cast<size_t>(zero.numel()));
    return at::tensor(numbers, at::kDouble);
  };
  LanczosOptions options;
  options.steps = kSteps;
  const RitzPairs pairs = lanczos(product, 1, random, options).front();
  const auto steps = static_cast<int64_t>(pairs.values.size());
  const double largest = std::max(0.0, pairs.values.front());
  // A recursion that ended has the whole space that its start reaches.
  const double missing = steps < kSteps || zero.numel() <= kSteps ? 0 : shortfall(zero.numel(), steps);
  return std::sqrt(largest / (1 - missing)) * (1 + kRounding);
}

}  // namespace faultline
