#pragma once
#include "metrics/similarity.h"

namespace faultline {

/// Size of a histogram-of-gradients descriptor.
struct HogShape {
  int64_t cell = 8;          ///< pixels a side
  int64_t orientations = 9;  ///< bins over 180 degrees
  int64_t block = 3;         ///< cells a side, cut to the cells there are
};

/// Histogram of oriented gradients (Dalal, Triggs 2005) of one channel, numbers as in scikit-image with double sums: hard bins,
/// cells from the top left, blocks of stride one cell, L2-Hys. Order: block row, block column, cell row, cell column,
/// orientation. Empty where not even one cell fits.
std::vector<double> hog_descriptor(const ReducedMap& map, const HogShape& shape);

}  // namespace faultline
