#include "metrics/sign_flip.h"

#include <cmath>

#include "core/random.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr size_t kLargestExact = 20;
constexpr int64_t kFlips = 10000;
constexpr double kSlack = 1e-12;  // equal means that were summed with other signs

}  // namespace

double sign_flip_p(const std::vector<double>& differences, Alternative alternative, uint64_t seed) {
  const double observed = mean(differences);
  const size_t count = differences.size();
  const double n = static_cast<double>(count);
  const auto counts = [&](double flipped) {
    return alternative == Alternative::greater ? flipped >= observed - kSlack : std::abs(flipped) >= std::abs(observed) - kSlack;
  };
  if (count <= kLargestExact) {
    const uint64_t patterns = uint64_t{1} << count;
    uint64_t hits = 0;
    for (uint64_t pattern = 0; pattern < patterns; ++pattern) {
      double sum = 0;
      for (size_t i = 0; i < count; ++i) sum += pattern >> i & 1 ? -differences[i] : differences[i];
      hits += counts(sum / n);
    }
    return static_cast<double>(hits) / static_cast<double>(patterns);
  }
  const RandomStream stream(seed, "stats/sign-flip", 0);
  int64_t hits = 0;
  for (int64_t flip = 0; flip < kFlips; ++flip) {
    const std::vector<double> signs = stream.signs(static_cast<uint32_t>(flip), count);
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += signs[i] * differences[i];
    hits += counts(sum / n);
  }
  return static_cast<double>(1 + hits) / static_cast<double>(1 + kFlips);
}

}  // namespace faultline
