#pragma once
#include <string>
#include <vector>

#include "core/options.h"
#include "metrics/similarity.h"

namespace faultline {

/// Reductions and normalisations of one sample's map (conventions 2), and what counts as zero and as constant (conventions 6).
/// Everything is in double, sums in index order.

/// Relative spacing of the maps' dtype, for the constant rule; integer maps count as float64.
double machine_epsilon(at::ScalarType dtype);

/// True where the sum of magnitudes is below 1e-30.
bool counts_as_zero(const std::vector<double>& values);
/// True where max - min <= 8 epsilon max|.|; epsilon as machine_epsilon gives it.
bool is_constant(const std::vector<double>& values, double epsilon);
bool is_finite(const std::vector<double>& values);

/// Normalises in place. Returns "" or the reason why the map is all zeros afterwards: `zero-map`, or `constant-map` (minmax of a
/// non-zero constant). `none` never gives a reason.
std::string normalise(ReducedMap& map, Normalise word, double epsilon);

const std::vector<std::pair<std::string, Reduce>>& reduce_words();
const std::vector<std::pair<std::string, Normalise>>& normalise_words();

/// Declares the two keys every similarity metric has; O holds them as `reduce` and `normalise`.
template <class O>
OptionTable<O>& with_reduction(OptionTable<O>& table) {
  return table
      .choice("reduce", &O::reduce, reduce_words(), "what becomes of the channels before the maps are compared", "conventions 2")
      .choice("normalise", &O::normalise, normalise_words(), "scaling of each map after the reduction", "conventions 2");
}

}  // namespace faultline
