#include "explainers/var_grad.h"

namespace faultline {

const OptionTable<VarGrad::Options>& VarGrad::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::noise, NoiseOptions::options())
                                .flag("unbiased", &Options::unbiased, "divide by m - 1 instead of m");
  return table;
}

VarGrad::VarGrad(Options options) : NoiseAverage(std::move(options.noise)), unbiased_(options.unbiased) {
  if (unbiased_ && options_.samples < 2) throw_usage(kName, "unbiased=1 needs at least 2 samples");
}

double VarGrad::correction() const {
  const auto m = static_cast<double>(options_.samples);
  return unbiased_ ? m / (m - 1) : 1;
}

Traits VarGrad::traits() const {
  Traits traits = NoiseAverage::traits();
  traits.is_signed = false;
  return traits;
}

std::vector<Claim> VarGrad::claims(const Network&) const {
  return {{"dummy", 1e-4, "no noisy copy's derivative sees an element the network does not read"},
          {"positivity", 1e-6, "a variance"},
          {"implementation-invariance", 1e-4, "derivatives depend on the function alone, and the noise on neither"},
          {"determinism", 0, "the noise is keyed by seed and sample"}};
}

std::unique_ptr<Explainer> VarGrad::with_points(int64_t points) const {
  auto copy = std::make_unique<VarGrad>(*this);
  copy->options_.samples = std::max<int64_t>(1, points / std::max<int64_t>(1, inner().traits().points));
  return copy;
}

at::Tensor VarGrad::map_of(const Moments& moments) const { return moments.variance * correction(); }

at::Tensor VarGrad::slope_of(const at::Tensor& inner_maps, const at::Tensor& mean) const {
  // The terms through the mean cancel: the deviations sum to zero.
  return (2 * correction() * (inner_maps - mean.to(inner_maps.scalar_type())));
}

}  // namespace faultline
