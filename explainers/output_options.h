#pragma once
#include <string>

#include "core/options.h"
#include "data/samples.h"
#include "models/blocks.h"

namespace faultline {

/// The keys every explainer of a class score shares: which scalar of the logits is explained, and for which class.
struct OutputOptions {
  Output output = Output::logit;
  std::string target =
      "predicted";  ///< read by whoever makes the samples (see target_of); the explainer itself sees samples.targets
  static const OptionTable<OutputOptions>& options();
};

/// The rows of samples as points for the network.
Points points_of(const Samples& samples);

}  // namespace faultline
