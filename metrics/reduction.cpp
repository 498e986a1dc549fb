#include "metrics/reduction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/nearest.h"

namespace faultline {
namespace {

constexpr double kZeroMass = 1e-30;

template <class E>
const char* word_of(const std::vector<std::pair<std::string, E>>& words, E value) {
  for (const auto& [word, candidate] : words) {
    if (candidate == value) return word.c_str();
  }
  throw std::logic_error("an enumerator has no word");
}

template <class E>
E value_of(const std::vector<std::pair<std::string, E>>& words, const std::string& word, const char* subject) {
  std::vector<std::string> known;
  for (const auto& [candidate, value] : words) {
    if (candidate == word) return value;
    known.push_back(candidate);
  }
  throw_usage(subject, "'" + word + "' is not known", suggestion(word, known));
}

double sum_of_magnitudes(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += std::abs(v);
  return sum;
}

double largest_magnitude(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

double root_mean_square(const std::vector<double>& values) {
  // Scaled by the largest magnitude, so that squares neither overflow nor vanish.
  const double largest = largest_magnitude(values);
  double sum = 0;
  for (const double v : values) sum += (v / largest) * (v / largest);
  return largest * std::sqrt(sum / static_cast<double>(values.size()));
}

/// One value a pixel from C channels, accumulated channel by channel.
template <class Accumulate>
void over_channels(const double* row, int64_t channels, std::vector<double>& out, Accumulate accumulate) {
  const int64_t pixels = static_cast<int64_t>(out.size());
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t p = 0; p < pixels; ++p) out[p] = accumulate(out[p], row[c * pixels + p]);
  }
}

}  // namespace

const std::vector<std::pair<std::string, Reduce>>& reduce_words() {
  static const std::vector<std::pair<std::string, Reduce>> words = {
      {"signed", Reduce::as_given},          {"absolute", Reduce::absolute}, {"sum", Reduce::sum},
      {"abs-sum", Reduce::abs_sum},          {"abs-max", Reduce::abs_max},   {"l2", Reduce::l2},
      {"positive-sum", Reduce::positive_sum}};
  return words;
}

const std::vector<std::pair<std::string, Normalise>>& normalise_words() {
  static const std::vector<std::pair<std::string, Normalise>> words = {
      {"none", Normalise::none}, {"unit-mass", Normalise::unit_mass}, {"mass", Normalise::mass},
      {"max", Normalise::max},   {"minmax", Normalise::minmax},       {"rms", Normalise::rms}};
  return words;
}

const char* name_of(Reduce reduce) { return word_of(reduce_words(), reduce); }
const char* name_of(Normalise normalise) { return word_of(normalise_words(), normalise); }
const char* name_of(Direction direction) {
  switch (direction) {
    case Direction::higher_is_better: return "higher-is-better";
    case Direction::lower_is_better: return "lower-is-better";
    case Direction::neither: return "neither";
  }
  return "";
}
Reduce parse_reduce(const std::string& word) { return value_of(reduce_words(), word, "reduce"); }
Normalise parse_normalise(const std::string& word) { return value_of(normalise_words(), word, "normalise"); }

double machine_epsilon(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat: return std::numeric_limits<float>::epsilon();
    case at::kHalf: return std::ldexp(1.0, -10);
    case at::kBFloat16: return std::ldexp(1.0, -7);
    default: return std::numeric_limits<double>::epsilon();
  }
}

bool counts_as_zero(const std::vector<double>& values) { return sum_of_magnitudes(values) < kZeroMass; }

bool is_constant(const std::vector<double>& values, double epsilon) {
  if (values.empty()) return true;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low <= 8 * epsilon * std::max(std::abs(*low), std::abs(*high));
}

bool is_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

std::string normalise(ReducedMap& map, Normalise word, double epsilon) {
  if (word == Normalise::none) return "";
  auto& values = map.values;
  std::string reason;
  if (counts_as_zero(values)) {
    reason = "zero-map";
  } else if (word == Normalise::minmax && is_constant(values, epsilon)) {
    reason = "constant-map";
  }
  if (!reason.empty()) {
    std::fill(values.begin(), values.end(), 0.0);
    return reason;
  }
  double offset = 0, scale = 1;
  switch (word) {
    case Normalise::none: break;
    case Normalise::unit_mass: scale = sum_of_magnitudes(values); break;
    case Normalise::mass: scale = sum_of_magnitudes(values) / static_cast<double>(values.size()); break;
    case Normalise::max: scale = largest_magnitude(values); break;
    case Normalise::rms: scale = root_mean_square(values); break;
    case Normalise::minmax: {
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      offset = *low;
      scale = *high - *low;
      break;
    }
  }
  for (double& v : values) v = (v - offset) / scale;
  return "";
}

ReducedMap reduced(const at::Tensor& maps, int64_t row, Reduce reduce) {
  if (maps.dim() < 2 || maps.dim() > 4) {
    throw_usage("map", "has " + std::to_string(maps.dim()) + " dimensions", "maps are [N,C,H,W], [N,C,L] or [N,F]");
  }
  const at::Tensor one = maps.detach().select(0, row).to(at::kCPU, at::kDouble).contiguous();
  ReducedMap map;
  map.channels = one.dim() > 1 ? one.size(0) : 1;
  map.height = one.dim() == 3 ? one.size(1) : 1;
  map.width = one.size(-1);
  const double* data = one.data_ptr<double>();
  if (reduce == Reduce::as_given || reduce == Reduce::absolute) {
    map.values.assign(data, data + one.numel());
    if (reduce == Reduce::absolute) {
      for (double& v : map.values) v = std::abs(v);
    }
    return map;
  }
  map.values.assign(map.height * map.width, 0.0);
  auto& out = map.values;
  switch (reduce) {
    case Reduce::abs_sum: over_channels(data, map.channels, out, [](double sum, double v) { return sum + std::abs(v); }); break;
    case Reduce::abs_max:
      over_channels(data, map.channels, out, [](double most, double v) { return std::max(most, std::abs(v)); });
      break;
    case Reduce::l2:
      over_channels(data, map.channels, out, [](double sum, double v) { return sum + v * v; });
      for (double& v : out) v = std::sqrt(v);
      break;
    default:
      over_channels(data, map.channels, out, [](double sum, double v) { return sum + v; });
      if (reduce == Reduce::positive_sum) {
        for (double& v : out) v = std::max(v, 0.0);
      }
  }
  map.channels = 1;
  return map;
}

}  // namespace faultline
