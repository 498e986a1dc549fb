#include "explainers/gradient.h"

namespace faultline {

const OptionTable<Gradient::Options>& Gradient::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::output, OutputOptions::options())
                                .choice<bool>("map", &Options::absolute, {{"signed", false}, {"absolute", true}},
                                              "sign of the map", "captum's Saliency takes absolute values unless told otherwise");
  return table;
}

Traits Gradient::traits() const {
  Traits traits;
  traits.is_signed = !options_.absolute;
  return traits;
}

std::vector<Claim> Gradient::claims(const Network&) const {
  std::vector<Claim> claims = claims_of_derivatives();
  claims.push_back({"shift-invariance", 1e-4, "the derivative of f(x - m) at x + m is that of f at x"});
  if (options_.absolute) {
    claims.push_back({"positivity", 1e-6, "absolute values"});
  } else {
    claims.push_back({"linearity", 1e-4, "differentiation is linear"});
  }
  return claims;
}

at::Tensor Gradient::map_of(const at::Tensor&, const at::Tensor& gradient) const {
  return options_.absolute ? gradient.abs() : gradient;
}

}  // namespace faultline
