#include "explainers/relevance/rule.h"

#include <torch/csrc/autograd/autograd.h>

namespace faultline {

namespace {

std::vector<at::Tensor> pulled(const std::vector<at::Tensor>& inputs, const at::Tensor& output, const std::vector<char>& varies,
                               const at::Tensor& m, bool is_differentiable) {
  std::vector<at::Tensor> wanted, out(varies.size());
  std::vector<size_t> places;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!varies[i]) continue;
    wanted.push_back(inputs[i]);
    places.push_back(i);
  }
  if (wanted.empty() || !output.defined() || !output.requires_grad()) return out;
  const auto gradients =
      torch::autograd::grad({output}, wanted, {m}, /*retain_graph=*/true, is_differentiable, /*allow_unused=*/true);
  for (size_t i = 0; i < places.size(); ++i) out[places[i]] = gradients[i];
  return out;
}

}  // namespace

std::vector<at::Tensor> Visit::pull(const at::Tensor& m) const {
  return pulled(recorded_inputs, recorded_output, varies, m, is_differentiable);
}

std::vector<at::Tensor> Visit::pull_at_reference(const at::Tensor& m) const {
  return pulled(reference_recorded_inputs, reference_recorded_output, varies, m, is_differentiable);
}

}  // namespace faultline
