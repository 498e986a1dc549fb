#include "suites/axioms/stability.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace faultline {
namespace {

constexpr double kFloor = 1e-6;       // Agarwal 2022, and where a denominator's element is zero
constexpr double kShareOfRms = 0.01;  // metrics sheet 5
constexpr double kZeroMap = 1e-30;

double length(const at::Tensor& v) { return v.norm().item<double>(); }

/// Length of the element-wise quotient; elements of `of` that are exactly zero count as 1e-6.
double relative_length(const at::Tensor& difference, const at::Tensor& of) {
  return length(difference / at::where(of == 0, at::full_like(of, kFloor), of));
}

bool is_zero(const at::Tensor& map) { return map.abs().sum().item<double>() < kZeroMap; }

template <typename Options>
const OptionTable<Options>& no_options() {
  static const OptionTable<Options> table;
  return table;
}

}  // namespace

const OptionTable<LocalLipschitz::Options>& LocalLipschitz::options() { return no_options<Options>(); }

double LocalLipschitz::value(const NearPair& pair) const {
  return length(pair.map - pair.other_map) / length(pair.input - pair.other_input);
}

const OptionTable<SensitivityOptions>& SensitivityOptions::options() {
  static const auto table = OptionTable<SensitivityOptions>().flag(
      "relative", &SensitivityOptions::relative, "divide by the length of the map at the input", "Yeh 2019: not divided");
  return table;
}

double MaxSensitivity::value(const NearPair& pair) const {
  const double change = length(pair.map - pair.other_map);
  return options_.relative ? change / length(pair.map) : change;
}

std::string MaxSensitivity::reason(const NearPair& pair) const {
  return options_.relative && is_zero(pair.map) ? "zero-map" : "";
}

const OptionTable<RelativeStabilityOptions>& RelativeStabilityOptions::options() {
  static const auto table = OptionTable<RelativeStabilityOptions>().choice<Floor>(
      "floor", &RelativeStabilityOptions::floor, {{"epsilon", Floor::epsilon}, {"rms", Floor::rms}},
      "what elements of the map near zero divide by: 1e-6 where they are zero, or a hundredth of the root mean square",
      "Agarwal 2022: epsilon");
  return table;
}

double RelativeStability::value(const NearPair& pair) const {
  const at::Tensor difference = pair.map - pair.other_map;
  if (options_.floor == RelativeStabilityOptions::Floor::epsilon)
    return relative_length(difference, pair.map) / denominator(pair);
  const double least = kShareOfRms * length(pair.map) / std::sqrt(static_cast<double>(pair.map.numel()));
  return length(difference / pair.map.abs().clamp_min(least)) / denominator(pair);
}

std::string RelativeStability::reason(const NearPair& pair) const {
  return options_.floor == RelativeStabilityOptions::Floor::rms && is_zero(pair.map) ? "zero-map" : "";
}

double RelativeInputStability::denominator(const NearPair& pair) const {
  return std::max(relative_length(pair.input - pair.other_input, pair.input), kFloor);
}

double RelativeRepresentationStability::denominator(const NearPair& pair) const {
  if (!pair.representation.defined()) throw std::logic_error("the pair has no representation");
  return std::max(relative_length(pair.representation - pair.other_representation, pair.representation), kFloor);
}

double RelativeOutputStability::denominator(const NearPair& pair) const {
  return std::max(length(pair.logits - pair.other_logits), kFloor);
}

const OptionTable<Continuity::Options>& Continuity::options() { return no_options<Options>(); }

double Continuity::value(const NearPair& pair) const {
  return (pair.map - pair.other_map).abs().sum().item<double>() / length(pair.input - pair.other_input);
}

const Registry<StabilityMetric>& stability_metrics() {
  static const auto registry = [] {
    Registry<StabilityMetric> list("stability metric");
    list.add<LocalLipschitz>()
        .add<MaxSensitivity>()
        .add<AvgSensitivity>()
        .add<RelativeInputStability>()
        .add<RelativeRepresentationStability>()
        .add<RelativeOutputStability>()
        .add<Continuity>();
    return list;
  }();
  return registry;
}

}  // namespace faultline
