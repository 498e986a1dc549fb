#pragma once
#include "metrics/pairwise_metric.h"

namespace faultline {

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), mean over all windows that lie inside the map and over channels;
/// [-1,1]. gaussian: 11x11, sigma 1.5, population covariance. uniform: 7x7, sample covariance (factor 49/48). The data range must
/// suit the normalisation: `auto` is 1, and 2 for signed maps (reduce sum or signed); `joint` is max - min over both maps.
/// `constant-map` where a map is constant, `not-spatial` where it is smaller than the window.
class Ssim final : public PairwiseMetric {
 public:
  static constexpr const char* kName = "ssim";
  static constexpr const char* kSummary = "structural similarity of two maps";
  static constexpr const char* kFormula =
      "mean over windows of (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a^2 + m_b^2 + c1)(s_a^2 + s_b^2 + c2))";
  static constexpr const char* kSource = "Wang, Bovik, Sheikh, Simoncelli 2004";
  enum class Window { gaussian, uniform };
  enum class Covariance { of_window, population, sample };
  struct Options {
    Window window = Window::gaussian;
    std::string range = "auto";
    Covariance covariance = Covariance::of_window;
    Reduce reduce = Reduce::abs_sum;
    Normalise normalise = Normalise::max;
  };
  static const OptionTable<Options>& options();
  /// Throws usage where `range` is neither auto, joint nor a positive number.
  explicit Ssim(Options options);
  MetricFacts facts() const override { return {Direction::higher_is_better, 1, -1, 1, true, ""}; }

 protected:
  Score score(const MapPair& pair) const override;

 private:
  Options options_;
  double range_;  ///< 0: joint
};

/// Mean SSIM of two planes [height, width], row-major, with the normalised one-dimensional weights of a separable window (odd
/// length, at most min(height, width)). covariance_factor multiplies variances and covariance; range is the data range.
double mean_ssim(const double* a, const double* b, int64_t height, int64_t width, const std::vector<double>& weights,
                 double covariance_factor, double range);

}  // namespace faultline
