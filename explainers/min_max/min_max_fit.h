#pragma once
#include "core/context.h"
#include "data/dataset.h"
#include "explainers/min_max/min_max_model.h"

namespace faultline {

struct MinMaxFitOptions {
  int64_t samples = 1000;  ///< of the reference data, held in memory; every tenth measures the fit
  int64_t epochs = 20;
  int64_t batch = 64;
  double learning_rate = 1e-3;
};

/// Learns the relevance models of all hidden layers from the top down: detectors start at half the layer's weights each, and
/// Adam minimises the mean of (sum y - R)^2, R being what the models above send down from max(0, logit) of the predicted class.
/// Stops when the loss on held-out samples has risen twice, and keeps the best. model: in float64. Throws nothing_tested where
/// there is no data.
void fit_min_max(MinMaxModel& model, const Dataset& data, const MinMaxFitOptions& options, const Context& context);

}  // namespace faultline
