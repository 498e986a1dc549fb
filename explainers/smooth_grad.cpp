#include "explainers/smooth_grad.h"

namespace faultline {

const OptionTable<SmoothGrad::Options>& SmoothGrad::options() {
  static const auto table = OptionTable<Options>().include(&Options::noise, NoiseOptions::options());
  return table;
}

SmoothGrad::SmoothGrad(Options options) : NoiseAverage(std::move(options.noise)) {}

Traits SmoothGrad::traits() const {
  Traits traits = NoiseAverage::traits();
  return traits;
}

std::vector<Claim> SmoothGrad::claims(const Network&) const {
  return {{"dummy", 1e-4, "no noisy copy's derivative sees an element the network does not read"},
          {"linearity", 1e-4, "differentiation and the mean are linear, and the noise does not depend on the network"},
          {"implementation-invariance", 1e-4, "derivatives depend on the function alone, and the noise on neither"},
          {"determinism", 0, "the noise is keyed by seed and sample"}};
}

std::unique_ptr<Explainer> SmoothGrad::with_points(int64_t points) const {
  auto copy = std::make_unique<SmoothGrad>(*this);
  copy->options_.samples = std::max<int64_t>(1, points / std::max<int64_t>(1, inner().traits().points));
  return copy;
}

at::Tensor SmoothGrad::map_of(const Moments& moments) const { return moments.mean; }

at::Tensor SmoothGrad::slope_of(const at::Tensor& inner_maps, const at::Tensor&) const { return at::ones_like(inner_maps); }

}  // namespace faultline
