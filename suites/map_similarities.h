#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "metrics/similarity.h"

namespace faultline {

/// How randomisation suites compare two maps (attacks sheet 8.2): "spearman-abs" of summed magnitudes, "spearman-signed" of
/// summed values, "ssim" and "hog-pearson", "hog-spearman" of maps scaled to [0,1] (pictures only), and "spearman-abs-nonzero",
/// the first on the pixels where the input is not exactly 0: zeros of the input agree in rank whatever the network, wherever a
/// method multiplies by the input.
struct NamedValues {
  std::string name;
  MetricValues values;
};
/// a, b: maps [N,...] of equal shape. inputs: [N,...]; undefined leaves "spearman-abs-nonzero" out.
std::vector<NamedValues> map_similarities(const at::Tensor& a, const at::Tensor& b, const at::Tensor& inputs);

/// The share of exact zeros among the values of inputs.
double zero_share(const at::Tensor& inputs);

/// Discrete entropy (natural logarithm) of the histogram of one map's values over its own range in `bins` equal bins
/// (Hedstroem et al. 2023, eMPRT). NaN where the map is not finite.
double map_complexity(const at::Tensor& map, int64_t bins = 100);

}  // namespace faultline
