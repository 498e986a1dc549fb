#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/transforms.h"
#include "suites/axioms/guided_lipschitz.h"
#include "suites/axioms/stability_search.h"
#include "support/gradcheck.h"

namespace faultline::testing {

/// What measure_stability() gives.
using Values = std::map<std::string, std::vector<StabilityValue>>;

inline Context within(double low, double high) {
  Context context;
  context.range = {{low}, {high}};
  return context;
}

inline StabilityOptions options_of(int64_t samples, double radius = 0.02, int64_t guided = 0) {
  StabilityOptions options;
  options.samples = samples;
  options.radius = radius;
  options.guided = guided;
  return options;
}

inline Network counterpart_of(const Network& network) {
  return to(network, network.dtype() == at::kDouble ? at::kFloat : at::kDouble);
}

inline Values measured(const std::string& spec, const Network& network, const Samples& samples, const StabilityOptions& options,
                       const Context& context) {
  const auto explainer = explainers().make(spec);
  return measure_stability(options, {*explainer, network, samples, context}, counterpart_of(network));
}

inline std::vector<StabilityValue> lipschitz(const std::string& spec, const Network& network, const Samples& samples,
                                             const StabilityOptions& options, const Context& context) {
  return measured(spec, network, samples, options, context).at("local-lipschitz");
}

inline std::vector<LipschitzFound> guided(const std::string& spec, const Network& network, const Samples& samples,
                                          const StabilityOptions& options, const Context& context) {
  const auto explainer = explainers().make(spec);
  return guided_lipschitz(options, {*explainer, network, samples, context}, counterpart_of(network));
}

inline Samples pictures(const Network& network, int64_t n) {
  Samples samples = samples_of_array(uniform({n, 1, 8, 8}, 0.1, 0.9, 7).to(network.dtype()));
  samples.targets = network.logits(samples.inputs).argmax(1);
  return samples;
}

}  // namespace faultline::testing
