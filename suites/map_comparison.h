#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "metrics/similarity.h"

namespace faultline {

/// How the maps of two networks are compared under randomisation (Adebayo et al. 2018 and its code; attacks sheet 8.2).
struct ComparedBy {
  std::string name;  ///< of the record
  std::string spec;  ///< of the similarity metric, canonical
  bool needs_picture = false;
  bool only_nonzero_inputs = false;  ///< over the pixels where the input is not exactly 0 in every channel
};

/// Spearman of magnitudes (summed over channels), Spearman with signs (summed likewise), Spearman of magnitudes where the input
/// is not 0, SSIM and HOG (Pearson, which the paper's text says, and Spearman, which its code takes) of the magnitudes scaled
/// from 0 to 1.
const std::vector<ComparedBy>& map_comparisons();

/// a, b: maps of the inputs [N,...]. Pixels that all are 0: reason `empty-mask`.
MetricValues compare_maps(const ComparedBy& by, const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b);

/// Share of the values of each input that are exactly 0: where a map multiplies by the input it is 0 there on any network, and
/// ranks of magnitudes agree.
std::vector<double> zero_shares(const at::Tensor& inputs);

}  // namespace faultline
