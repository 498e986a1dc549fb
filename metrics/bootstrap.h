#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

enum class Statistic { mean, median };
enum class IntervalKind { percentile, bca };  ///< bca: bias-corrected and accelerated (Efron 1987)

struct BootstrapOptions {
  Statistic statistic = Statistic::mean;
  IntervalKind kind = IntervalKind::percentile;
  int64_t resamples = 2000;
  double level = 0.95;
};

struct ConfidenceInterval {
  double low = 0, high = 0;
  std::string warning;  ///< `too-few-samples` for n < 8, else ""
};

/// Bootstrap interval of the mean or median over samples (conventions 7): resample b draws index floor(u n), u the uniforms of
/// draw b of the stream (seed, stats/bootstrap, 0); ends are type-7 percentiles of the resamples' statistics. None for n = 1; a
/// point where all values are equal. Throws std::logic_error where there is no value or one is not finite.
std::optional<ConfidenceInterval> bootstrap_interval(const std::vector<double>& values, uint64_t seed,
                                                     const BootstrapOptions& options = {});

}  // namespace faultline
