#pragma once
#include <string>
#include <vector>

#include "core/context.h"
#include "data/dataset.h"
#include "models/network.h"

namespace faultline {

/// How much of a layer's output is left in what an estimator calls distractor (Kindermans 2018, section 3): rho = 1 - max over v
/// of corr(y, v.(x - S(x))), a mean over filters. 1: nothing, the best there is; 0: everything.
struct LayerQuality {
  struct Quality {
    std::string estimator;  ///< "random", "s-w", "s-a", "s-a-pm"
    double all = 0;         ///< rho over all samples; NaN where no filter has one
    double active = 0;      ///< rho over those where the unit is active
  };
  std::string layer;
  int64_t width = 0;    ///< weights of one filter
  int64_t filters = 0;  ///< how many the means are over
  int64_t patches = 0;  ///< inputs of the layer that v was fitted on, and as many that rho was measured on
  std::vector<Quality> qualities;
  std::string problem;  ///< why nothing was measured, "" where something was
};

struct PatternQualityOptions {
  int64_t samples = 3000;     ///< of the data: a third each for the patterns, for v and for rho
  int64_t filters = 16;       ///< of each layer, evenly spaced
  int64_t most_width = 2048;  ///< layers with wider filters are left out
};

/// form: the network in its relevance form. Patterns, v and rho come from three disjoint parts of the data, v by least squares
/// on at most 8 patches a weight. Throws nothing_tested where the data is too little.
std::vector<LayerQuality> pattern_quality(const Network& form, const Dataset& data, const PatternQualityOptions& options,
                                          const Context& context);

}  // namespace faultline
