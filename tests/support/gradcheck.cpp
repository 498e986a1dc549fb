#include "support/gradcheck.h"

#include <torch/csrc/autograd/autograd.h>

#include "core/random.h"

namespace faultline::testing {

namespace {

constexpr double kStep = 1e-6, kRelative = 1e-4, kAbsolute = 1e-6;

std::vector<at::Tensor> fresh(const std::vector<at::Tensor>& inputs, bool with_graph) {
  std::vector<at::Tensor> copies;
  for (const auto& input : inputs) {
    at::Tensor copy = input.detach().clone();
    if (with_graph && at::isFloatingType(copy.scalar_type())) copy.requires_grad_();
    copies.push_back(copy);
  }
  return copies;
}

std::vector<at::Tensor> gradients(const at::Tensor& of, const std::vector<at::Tensor>& inputs, bool keep_graph) {
  std::vector<at::Tensor> wanted;
  for (const auto& input : inputs) {
    if (input.requires_grad()) wanted.push_back(input);
  }
  std::vector<at::Tensor> found(wanted.size());
  if (of.requires_grad()) found = torch::autograd::grad({of}, wanted, {}, keep_graph, keep_graph, true);
  std::vector<at::Tensor> all(inputs.size());
  for (size_t i = 0, k = 0; i < inputs.size(); ++i) {
    if (!inputs[i].requires_grad()) continue;
    all[i] = found[k].defined() ? found[k] : at::zeros_like(inputs[i]);
    ++k;
  }
  return all;
}

/// Differences of a scalar function against `analytic`, element by element.
::testing::AssertionResult compare(const std::function<double(const std::vector<at::Tensor>&)>& scalar,
                                   const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& analytic,
                                   const char* order) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!analytic[i].defined()) continue;
    const at::Tensor flat = analytic[i].detach().contiguous().view({-1});
    for (int64_t e = 0; e < inputs[i].numel(); ++e) {
      const auto shifted = [&](double h) {
        std::vector<at::Tensor> moved = inputs;
        moved[i] = inputs[i].detach().clone(at::MemoryFormat::Contiguous);
        moved[i].view({-1})[e] += h;
        return scalar(moved);
      };
      const double numeric = (shifted(kStep) - shifted(-kStep)) / (2 * kStep);
      const double exact = flat[e].item<double>();
      if (!(std::abs(numeric - exact) <= kAbsolute + kRelative * std::abs(numeric))) {
        return ::testing::AssertionFailure() << order << " derivative by input " << i << ", element " << e << ": autograd "
                                             << exact << ", central difference " << numeric;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace

::testing::AssertionResult derivatives_match_differences(const Function& f, const std::vector<at::Tensor>& inputs,
                                                         uint64_t seed) {
  const at::AutoGradMode with_graph(true);
  const at::Tensor w = normal(f(inputs).sizes().vec(), seed + 1000);
  const auto weighted = [&](const std::vector<at::Tensor>& x) { return (f(x) * w).sum(); };

  const auto x = fresh(inputs, true);
  const auto g = gradients(weighted(x), x, true);
  const auto value = [&](const std::vector<at::Tensor>& at_point) { return weighted(fresh(at_point, false)).item<double>(); };
  const auto first = compare(value, inputs, g, "first");
  if (!first) return first;

  std::vector<at::Tensor> v(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (g[i].defined()) v[i] = normal(inputs[i].sizes().vec(), seed + 2000 + i);
  }
  const auto product = [&](const std::vector<at::Tensor>& gradient) {
    at::Tensor sum = at::zeros({}, at::TensorOptions().dtype(at::kDouble));
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (gradient[i].defined()) sum = sum + (gradient[i] * v[i]).sum();
    }
    return sum;
  };
  const auto h = gradients(product(g), x, false);
  const auto slope = [&](const std::vector<at::Tensor>& at_point) {
    const auto moved = fresh(at_point, true);
    return product(gradients(weighted(moved), moved, false)).item<double>();
  };
  return compare(slope, inputs, h, "second");
}

at::Tensor normal(const std::vector<int64_t>& shape, uint64_t seed) {
  const int64_t count = c10::multiply_integers(shape);
  const auto values = RandomStream(seed, "test/normal", 0).normals(0, static_cast<size_t>(count));
  return at::tensor(values, at::TensorOptions().dtype(at::kDouble)).reshape(shape);
}

at::Tensor uniform(const std::vector<int64_t>& shape, double low, double high, uint64_t seed) {
  const int64_t count = c10::multiply_integers(shape);
  const auto values = RandomStream(seed, "test/uniform", 0).uniforms(0, static_cast<size_t>(count));
  return at::tensor(values, at::TensorOptions().dtype(at::kDouble)).reshape(shape) * (high - low) + low;
}

}  // namespace faultline::testing
