#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/registry.h"

namespace faultline {

/// `reduce=` words of conventions 2.
enum class Reduce { as_given, absolute, sum, abs_sum, abs_max, l2, positive_sum };  // as_given is spelled `signed`
/// `normalise=` words of conventions 2.
enum class Normalise { none, unit_mass, mass, max, minmax, rms };

const char* name_of(Reduce reduce);
const char* name_of(Normalise normalise);
Reduce parse_reduce(const std::string& word);
Normalise parse_normalise(const std::string& word);

/// Which end of a metric is good.
enum class Direction { higher_is_better, lower_is_better, neither };

const char* name_of(Direction direction);  ///< "higher-is-better", ...

/// One value per sample: `values[i]` is NaN exactly where `reasons[i]` is not empty (a skip reason of conventions 6).
struct MetricValues {
  std::vector<double> values;
  std::vector<std::string> reasons;
};

/// What is fixed for a metric and does not depend on options.
struct MetricFacts {
  Direction direction = Direction::higher_is_better;
  double trivial = 1;          ///< the value of two equal maps
  double low = 0, high = 1;    ///< range of values (infinite where unbounded)
  bool needs_picture = false;  ///< needs [N,C,H,W] maps
  std::string unit;            ///< "px" for distances on the picture
};

/// How alike two maps are. Pure; symmetric in its arguments; computed in double sample by sample.
class SimilarityMetric {
 public:
  virtual ~SimilarityMetric() = default;
  virtual MetricFacts facts() const = 0;
  virtual Reduce reduce() const = 0;  ///< after defaults
  virtual Normalise normalise() const = 0;
  /// a, b: maps of equal shape [N,C,H,W], [N,1,H,W], [N,C,L] or [N,F]. Throws usage where shapes differ or an option does not fit
  /// the shape.
  virtual MetricValues compare(const at::Tensor& a, const at::Tensor& b) const = 0;
};

/// All built-in similarity metrics. Every one takes `reduce=` and `normalise=` beside its own keys.
const Registry<SimilarityMetric>& similarity_metrics();

/// One reduced map of a sample: row-major doubles of [channels, height, width] (vectors: height 1; sequences: width = L).
struct ReducedMap {
  std::vector<double> values;
  int64_t channels = 1, height = 1, width = 1;
  int64_t size() const { return static_cast<int64_t>(values.size()); }
};
/// The reduction of sample `row` of maps [N,...].
ReducedMap reduced(const at::Tensor& maps, int64_t row, Reduce reduce);

}  // namespace faultline
