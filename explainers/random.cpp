#include "explainers/random.h"

#include "core/random.h"

namespace faultline {

const OptionTable<Random::Options>& Random::options() {
  static const auto table = OptionTable<Options>()
                                .choice<bool>("mode", &Options::fixed, {{"input", false}, {"fixed", true}},
                                              "noise keyed by the input's bytes, or the same noise for every input")
                                .text("target", &Options::target, "accepted and ignored", "", "predicted|label|second|INT");
  return table;
}

Traits Random::traits() const {
  Traits traits;
  traits.access = Access::none;
  traits.differentiable = false;
  traits.points = 0;
  return traits;
}

std::vector<Claim> Random::claims(const Network&) const {
  return {{"determinism", 0, "keyed by seed, sample and the input's bytes"}};
}

Explanation Random::explain(const Network&, const Samples& samples, const Context& context) const {
  Explanation out;
  out.maps = at::empty_like(samples.inputs);
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto bytes = samples.inputs[row].to(at::kCPU, at::kFloat).contiguous();
    const uint64_t hash = fnv1a64(bytes.data_ptr(), static_cast<size_t>(bytes.numel()) * sizeof(float));
    const auto draw = options_.fixed ? 0 : static_cast<uint32_t>(hash);
    const auto noise = RandomStream(context.seed, kName, samples.ids[row]).normals(draw, static_cast<size_t>(bytes.numel()));
    out.maps[row].copy_(at::tensor(noise, at::kDouble).reshape(bytes.sizes()));
  }
  return out;
}

}  // namespace faultline
