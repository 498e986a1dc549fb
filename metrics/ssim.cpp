#include "metrics/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"

namespace faultline {
namespace {

std::vector<double> window_weights(Ssim::Window window) {
  if (window == Ssim::Window::uniform) return std::vector<double>(7, 1.0 / 7.0);
  std::vector<double> weights;
  double sum = 0;
  for (int k = -5; k <= 5; ++k) {
    weights.push_back(std::exp(-k * k / (2 * 1.5 * 1.5)));
    sum += weights.back();
  }
  for (double& w : weights) w /= sum;
  return weights;
}

double covariance_factor(Ssim::Covariance covariance, Ssim::Window window) {
  const double pixels = window == Ssim::Window::uniform ? 49 : 121;
  const bool sample =
      covariance == Ssim::Covariance::of_window ? window == Ssim::Window::uniform : covariance == Ssim::Covariance::sample;
  return sample ? pixels / (pixels - 1) : 1;
}

}  // namespace

const OptionTable<Ssim::Options>& Ssim::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.choice("window", &Options::window, {{"gaussian", Window::gaussian}, {"uniform", Window::uniform}},
             "11x11 gaussian of sigma 1.5, or 7x7 equal weights", "Wang 2004");
    t.text("range", &Options::range, "data range L; auto: 1, and 2 for signed maps; joint: max - min over both maps", "Wang 2004",
           "auto|joint|number > 0");
    t.choice("covariance", &Options::covariance,
             {{"auto", Covariance::of_window}, {"population", Covariance::population}, {"sample", Covariance::sample}},
             "auto: population for gaussian, sample for uniform windows", "scikit-image");
    return with_reduction(t);
  }();
  return table;
}

Ssim::Ssim(Options options) : PairwiseMetric(options.reduce, options.normalise), options_(std::move(options)) {
  if (options_.range == "auto") {
    range_ = options_.reduce == Reduce::sum || options_.reduce == Reduce::as_given ? 2 : 1;
  } else if (options_.range == "joint") {
    range_ = 0;
  } else {
    range_ = parse_number(options_.range, "range");
    if (!(range_ > 0) || !std::isfinite(range_))
      throw_usage("range", "'" + options_.range + "' is not positive", "auto, joint or a number > 0");
  }
}

double mean_ssim(const double* a, const double* b, int64_t height, int64_t width, const std::vector<double>& weights,
                 double factor, double range) {
  const int64_t taps = static_cast<int64_t>(weights.size()), rows = height - taps + 1, columns = width - taps + 1;
  const double c1 = (0.01 * range) * (0.01 * range), c2 = (0.03 * range) * (0.03 * range);
  std::array<std::vector<double>, 5> vertical;  // window sums of a, b, aa, bb, ab down the columns of one output row
  for (auto& sums : vertical) sums.resize(width);
  double total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    for (auto& sums : vertical) std::fill(sums.begin(), sums.end(), 0.0);
    for (int64_t k = 0; k < taps; ++k) {
      const double w = weights[k];
      const double* x = a + (r + k) * width;
      const double* y = b + (r + k) * width;
      for (int64_t c = 0; c < width; ++c) {
        vertical[0][c] += w * x[c];
        vertical[1][c] += w * y[c];
        vertical[2][c] += w * (x[c] * x[c]);
        vertical[3][c] += w * (y[c] * y[c]);
        vertical[4][c] += w * (x[c] * y[c]);
      }
    }
    for (int64_t c = 0; c < columns; ++c) {
      std::array<double, 5> m{};
      for (int64_t k = 0; k < taps; ++k) {
        for (size_t q = 0; q < 5; ++q) m[q] += weights[k] * vertical[q][c + k];
      }
      const double saa = factor * (m[2] - m[0] * m[0]), sbb = factor * (m[3] - m[1] * m[1]), sab = factor * (m[4] - m[0] * m[1]);
      // Two quotients, so that small ranges do not make the product of the constants vanish.
      total += (2 * m[0] * m[1] + c1) / (m[0] * m[0] + m[1] * m[1] + c1) * ((2 * sab + c2) / (saa + sbb + c2));
    }
  }
  return total / static_cast<double>(rows * columns);
}

Score Ssim::score(const MapPair& pair) const {
  const std::vector<double> weights = window_weights(options_.window);
  if (std::min(pair.a.height, pair.a.width) < static_cast<int64_t>(weights.size())) return "not-spatial";
  if (pair.has_constant) return "constant-map";
  double range = range_;
  if (range == 0) {
    const auto [low_a, high_a] = std::minmax_element(pair.a.values.begin(), pair.a.values.end());
    const auto [low_b, high_b] = std::minmax_element(pair.b.values.begin(), pair.b.values.end());
    range = std::max(*high_a, *high_b) - std::min(*low_a, *low_b);
  }
  const int64_t plane = pair.a.height * pair.a.width;
  const double factor = covariance_factor(options_.covariance, options_.window);
  double sum = 0;
  for (int64_t c = 0; c < pair.a.channels; ++c) {
    sum += mean_ssim(&pair.a.values[c * plane], &pair.b.values[c * plane], pair.a.height, pair.a.width, weights, factor, range);
  }
  return sum / static_cast<double>(pair.a.channels);
}

}  // namespace faultline
