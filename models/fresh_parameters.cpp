#include "models/fresh_parameters.h"

#include <cmath>

#include "core/random.h"
#include "models/transforms.h"

namespace faultline {
namespace {

constexpr double kSlope = 0.25;  // PyTorch's default

at::Tensor uniform_like(const at::Tensor& values, const ParameterUse& use, uint64_t seed, uint64_t replica) {
  const RandomStream stream(seed, "train/init/" + use.layer, replica);
  const uint32_t draw = use.role == ParameterRole::weight ? 0 : 1;
  const auto uniforms = stream.uniforms(draw, static_cast<size_t>(values.numel()));
  const double bound = 1 / std::sqrt(static_cast<double>(use.fan_in));
  return (at::tensor(uniforms, at::kDouble) * (2 * bound) - bound).reshape(values.sizes()).to(values.options());
}

}  // namespace

Network fresh_parameters(const Network& network, uint64_t seed, uint64_t replica) {
  std::vector<at::Tensor> parameters = network.parameters();
  const auto uses = parameter_uses(network);
  for (size_t i = 0; i < parameters.size(); ++i) {
    switch (uses[i].role) {
      case ParameterRole::weight:
      case ParameterRole::bias: parameters[i] = uniform_like(parameters[i], uses[i], seed, replica); break;
      case ParameterRole::scale:
      case ParameterRole::running_variance: parameters[i] = at::ones_like(parameters[i]); break;
      case ParameterRole::shift:
      case ParameterRole::running_mean: parameters[i] = at::zeros_like(parameters[i]); break;
      case ParameterRole::slope: parameters[i] = at::full_like(parameters[i], kSlope); break;
      case ParameterRole::other: break;
    }
  }
  return with_parameters(network, std::move(parameters));
}

}  // namespace faultline
