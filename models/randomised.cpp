#include "models/randomised.h"

#include <cmath>

#include "core/random.h"
#include "models/transforms.h"

namespace faultline {
namespace {

/// A standard normal cut at two standard deviations, from a uniform: the quantile of a uniform on (Phi(-2), Phi(2)).
at::Tensor truncated_normals(const at::Tensor& uniforms) {
  constexpr double kTail = 0.022750131948179209;  // Phi(-2)
  // Phi^-1(p) = sqrt(2) erfinv(2 p - 1)
  return at::erfinv((uniforms * (1 - 2 * kTail) + kTail) * 2 - 1) * std::sqrt(2.0);
}

class Draw {
 public:
  Draw(const at::Tensor& old, const std::string& name, uint64_t seed, uint64_t repeat)
      : old_(old.to(at::kCPU, at::kDouble).contiguous()),
        stream_(seed, "randomise/" + name, repeat),
        count_(static_cast<size_t>(old.numel())) {}

  at::Tensor uniform(double bound) const { return (tensor(stream_.uniforms(0, count_)) * 2 - 1) * bound; }
  at::Tensor truncated(double std) const { return truncated_normals(tensor(stream_.uniforms(0, count_))) * std; }
  at::Tensor constant(double value) const { return at::full_like(old_, value); }
  at::Tensor matched() const {
    const double spread = count_ > 1 ? old_.std(/*unbiased=*/false).item<double>() : 0;
    return tensor(stream_.normals(0, count_)) * spread + old_.mean();
  }
  at::Tensor permuted() const {
    return old_.flatten().index_select(0, at::tensor(stream_.order(0, count_), at::kLong)).reshape(old_.sizes());
  }

 private:
  at::Tensor tensor(const std::vector<double>& values) const { return at::tensor(values, at::kDouble).reshape(old_.sizes()); }
  at::Tensor old_;
  RandomStream stream_;
  size_t count_;
};

bool belongs_to_linear_map(ParameterRole role) { return role == ParameterRole::weight || role == ParameterRole::bias; }

/// What the operation starts with when a network is made: norms do nothing, PReLU has a slope of a quarter.
at::Tensor fresh(const Draw& draw, ParameterRole role) {
  switch (role) {
    case ParameterRole::scale:
    case ParameterRole::running_variance: return draw.constant(1);
    case ParameterRole::shift:
    case ParameterRole::running_mean: return draw.constant(0);
    case ParameterRole::slope: return draw.constant(0.25);
    default: return draw.matched();
  }
}

at::Tensor drawn(const LayerParameter& parameter, const Draw& draw, const RandomisationOptions& options) {
  const bool is_statistic = parameter.role == ParameterRole::running_mean || parameter.role == ParameterRole::running_variance;
  if (is_statistic) return fresh(draw, parameter.role);
  switch (options.initialiser) {
    case Initialiser::normal_matched: return draw.matched();
    case Initialiser::permute: return draw.permuted();
    case Initialiser::zero: return draw.constant(0);
    default: break;
  }
  if (!belongs_to_linear_map(parameter.role)) return fresh(draw, parameter.role);
  const double scale = 1 / std::sqrt(static_cast<double>(std::max<int64_t>(1, parameter.fan_in)));
  if (options.initialiser == Initialiser::layer) return draw.uniform(scale);
  if (parameter.role == ParameterRole::bias) return draw.constant(options.bias);
  return draw.truncated(options.std > 0 ? options.std : 2 * scale);
}

}  // namespace

const std::vector<std::pair<std::string, Initialiser>>& initialiser_words() {
  static const std::vector<std::pair<std::string, Initialiser>> words = {{"layer", Initialiser::layer},
                                                                         {"truncated-normal", Initialiser::truncated_normal},
                                                                         {"normal-matched", Initialiser::normal_matched},
                                                                         {"permute", Initialiser::permute},
                                                                         {"zero", Initialiser::zero}};
  return words;
}

Network randomised(const Network& network, const std::vector<ParameterLayer>& layers, const RandomisationOptions& options,
                   uint64_t seed, uint64_t repeat) {
  std::vector<at::Tensor> parameters = network.parameters();
  for (const auto& layer : layers) {
    for (const auto& parameter : layer.parameters) {
      at::Tensor& value = parameters[static_cast<size_t>(parameter.index)];
      const Draw draw(value, network.graph().parameter_names[static_cast<size_t>(parameter.index)], seed, repeat);
      value = drawn(parameter, draw, options).to(value.options());
    }
  }
  return with_parameters(network, std::move(parameters));
}

}  // namespace faultline
