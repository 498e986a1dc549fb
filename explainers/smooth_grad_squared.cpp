#include "explainers/smooth_grad_squared.h"

namespace faultline {

const OptionTable<SmoothGradSquared::Options>& SmoothGradSquared::options() {
  static const auto table = OptionTable<Options>().include(&Options::noise, NoiseOptions::options());
  return table;
}

SmoothGradSquared::SmoothGradSquared(Options options) : NoiseAverage(std::move(options.noise)) {}

Traits SmoothGradSquared::traits() const {
  Traits traits = NoiseAverage::traits();
  traits.is_signed = false;
  return traits;
}

std::vector<Claim> SmoothGradSquared::claims(const Network&) const {
  return {{"dummy", 1e-4, "no noisy copy's derivative sees an element the network does not read"},
          {"positivity", 1e-6, "a mean of squares"},
          {"implementation-invariance", 1e-4, "derivatives depend on the function alone, and the noise on neither"},
          {"determinism", 0, "the noise is keyed by seed and sample"}};
}

std::unique_ptr<Explainer> SmoothGradSquared::with_points(int64_t points) const {
  auto copy = std::make_unique<SmoothGradSquared>(*this);
  copy->options_.samples = std::max<int64_t>(1, points / std::max<int64_t>(1, inner().traits().points));
  return copy;
}

at::Tensor SmoothGradSquared::map_of(const Moments& moments) const { return moments.variance + moments.mean.square(); }

at::Tensor SmoothGradSquared::slope_of(const at::Tensor& inner_maps, const at::Tensor&) const { return 2 * inner_maps; }

}  // namespace faultline
