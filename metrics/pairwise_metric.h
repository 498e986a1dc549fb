#pragma once
#include <limits>
#include <string>

#include "metrics/reduction.h"
#include "metrics/similarity.h"

namespace faultline {

/// Two maps of one sample, reduced and normalised, with what was found on the way.
struct MapPair {
  ReducedMap a, b;
  bool has_zero = false;         ///< one of them counts as zero (before the normalisation)
  bool has_constant = false;     ///< one of them is constant (before the normalisation); a zero map is
  bool equal_constants = false;  ///< both are constant, with the same value
  double epsilon = 0;            ///< of the maps' dtype
};

/// A metric's answer for one pair: a value, or the reason why there is none.
struct Score {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string reason;
  Score(double v) : value(v) {}                       // NOLINT: metrics return a number
  Score(const char* why) : reason(why) {}             // NOLINT: or a reason
  Score(std::string why) : reason(std::move(why)) {}  // NOLINT
};

/// What every similarity metric does for each sample before its own formula: the map must be finite (else `non-finite-map`), is
/// reduced, normalised (`zero-map`, `constant-map` where that is impossible) and described. Samples are independent of each other
/// and of threads. Metrics on pictures give `not-spatial` for vectors and sequences.
class PairwiseMetric : public SimilarityMetric {
 public:
  PairwiseMetric(Reduce reduce, Normalise normalise) : reduce_(reduce), normalise_(normalise) {}
  Reduce reduce() const final { return reduce_; }
  Normalise normalise() const final { return normalise_; }
  MetricValues compare(const at::Tensor& a, const at::Tensor& b) const final;

 protected:
  /// The metric's formula. Called from several threads at once.
  virtual Score score(const MapPair& pair) const = 0;
  /// Throws usage where the options do not fit maps of this shape (values are empty here).
  virtual void check_shape(const ReducedMap& shape) const {}

 private:
  Score score_row(const at::Tensor& a, const at::Tensor& b, int64_t row) const;
  Reduce reduce_;
  Normalise normalise_;
};

/// Why a correlation of the pair has no value: `both-constant` (constant and equal), `constant-map`, or "".
std::string correlation_reason(const MapPair& pair);
/// Throws usage where a metric that needs one value a pixel gets several channels.
void check_single_channel(const ReducedMap& shape, const char* metric);
/// True where a map has a negative value (metrics of mass cannot use it: `not-applicable`).
bool has_negative(const MapPair& pair);

}  // namespace faultline
