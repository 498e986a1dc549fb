#pragma once
#include <map>
#include <string>

#include "core/context.h"
#include "data/dataset.h"
#include "explainers/relevance/linear_layer.h"

namespace faultline {

/// How the part of a layer's input that carries its output is estimated (Kindermans 2018; relevance sheet 12).
enum class SignalEstimator {
  identity,   ///< S_x: all of the input
  filter,     ///< S_w: the part along the weights
  linear,     ///< S_a: what varies with the output
  two_regime  ///< S_a+-: the same within active and within inactive units
};

/// Below so many active (inactive) samples a unit has no pattern of that regime and falls back to the linear one.
constexpr double kFewestActiveSamples = 32;

/// What one linear layer's units saw in the reference data: sums over samples and positions of the output y without bias and of
/// the weights' inputs x, over all of them and over those where the unit was active (y + bias > 0). float64; every tensor has the
/// weight's shape or broadcasts over it. Two passes over different data add up to one over both.
struct FilterMoments {
  at::Tensor count, sum_y, active;
  at::Tensor sum_x, sum_xy, sum_x_active, sum_xy_active;

  void add(const LinearLayer& layer, const at::Tensor& activations, const at::Tensor& output);
  /// The tensors under the names that files give them.
  std::map<std::string, at::Tensor*> named();
};

/// The pattern a of every unit, in the weight's shape, w.a = 1: positive where the unit is active, negative where it is not
/// (estimators without regimes: twice the same). Dead units have a = 0.
struct FilterPatterns {
  at::Tensor positive, negative;
  bool has_few_active = false;  ///< whether a unit fell back to the linear pattern, in either regime
};

/// estimator: not identity. moments: may be null for `filter`, which needs none. with_negative: walks back ask for the positive
/// one alone. float64.
FilterPatterns patterns_of(const LinearLayer& layer, const FilterMoments* moments, SignalEstimator estimator,
                           bool with_negative = true);

}  // namespace faultline
