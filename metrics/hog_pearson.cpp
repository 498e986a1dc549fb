#include "metrics/hog_pearson.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "metrics/correlation.h"

namespace faultline {

const OptionTable<HogPearson::Options>& HogPearson::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.number_or("auto", "cell", &Options::cell, {1, 4096},
                "side of a cell; auto: 16 where the smaller side is at least 96, else 8", "Adebayo 2018: 16", "px");
    t.integer("orientations", &Options::orientations, {1, 360}, "bins over 180 degrees", "Dalal, Triggs 2005");
    t.integer("block", &Options::block, {1, 64}, "side of a block, cut to the cells there are", "Dalal, Triggs 2005", "cells");
    t.choice("correlation", &Options::correlation, {{"pearson", Correlation::pearson}, {"spearman", Correlation::spearman}},
             "how the descriptors are compared", "Adebayo 2018: spearman in the code");
    return with_reduction(t);
  }();
  return table;
}

HogPearson::HogPearson(Options options) : PairwiseMetric(options.reduce, options.normalise), options_(options) {
  if (options_.cell && *options_.cell != std::floor(*options_.cell)) {
    throw_usage("cell", short_number(*options_.cell) + " is not a whole number of pixels", "auto or 1, 2, ...");
  }
}

Score HogPearson::score(const MapPair& pair) const {
  const int64_t side = std::min(pair.a.height, pair.a.width);
  const int64_t cell = options_.cell ? static_cast<int64_t>(*options_.cell) : side >= 96 ? 16 : 8;
  if (side < cell) return "not-spatial";
  if (pair.has_constant) return "constant-map";
  const HogShape shape{cell, options_.orientations, options_.block};
  const std::vector<double> a = hog_descriptor(pair.a, shape), b = hog_descriptor(pair.b, shape);
  if (is_constant(a, pair.epsilon) || is_constant(b, pair.epsilon)) return "constant-map";
  return options_.correlation == Correlation::pearson ? pearson_correlation(a, b) : spearman_correlation(a, b);
}

}  // namespace faultline
