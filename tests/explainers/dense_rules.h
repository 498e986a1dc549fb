#pragma once
#include <string>

#include "explainers/dense_layer.h"

namespace faultline::testing {

/// A rule of a linear layer in the words of a spec (relevance sheet 2 and 3).
struct MatrixRule {
  std::string rule = "epsilon", bias = "leak", stabiliser = "add", zero_denominator = "drop", one_sided = "keep";
  double epsilon = 1e-6, stabiliser_epsilon = 1e-6, alpha = 2, beta = 1, gamma = 0.25;
  bool drops_negative_inputs = false;
  Numbers low{}, high{};  ///< z-box: an entry an input
};

/// Relevance of a value, and by how many units of the last place rounding may have moved it: a quotient loses what its
/// denominator cancels.
struct DenseRelevance {
  Numbers values, doubt;
  explicit DenseRelevance(size_t n = 0) : values(n), doubt(n) {}
  explicit DenseRelevance(Numbers exact) : values(std::move(exact)), doubt(values.size()) {}
};

struct DenseLeaks {
  double bias = 0, stabiliser = 0, zero_denominator = 0;
};

/// The relevance of a layer's inputs a when `arrived` arrives at its units: R_i = sum_j n_ij s_j, s_j = c R_j / (D_j + st_j),
/// D_j = sum_i n_ij + beta_j, with the numerators n and beta of the sheet's table.
DenseRelevance sent_by(const MatrixRule& rule, const DenseLayer& layer, const Numbers& a, const DenseRelevance& arrived,
                       DenseLeaks& leaks);

/// Relevance of two summands of the same shape: residual=proportional|absolute|half.
std::pair<DenseRelevance, DenseRelevance> shared_by_sum(const std::string& residual, const MatrixRule& rule, const Numbers& a,
                                                        const Numbers& b, const DenseRelevance& arrived);

/// Largest difference over what rounding explains: <= 1 where `found` is the same number. Sums of up to a few hundred terms that
/// round at 1e-16 each, through a few layers.
double excess(const at::Tensor& found, const DenseRelevance& expected);

}  // namespace faultline::testing
