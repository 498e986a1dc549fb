#pragma once
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// How fast the gradient of a logit can turn at most: ||grad f_c(x) - grad f_c(x')||_2 <= of_class[c] ||x - x'||_2 for all x, x'
/// of the whole space, not only the legal range.
struct GradientBound {
  std::string not_applicable;    ///< why there is none, with the layer; "" where there is one
  std::vector<double> of_class;  ///< [classes]; loose, and linear in beta
};

/// By recursion over the graph (attacks sheet 14.1; after Dombrowski et al. 2019): of every node bounds on ||Da|| and on how fast
/// Da changes. It exists for smooth networks: softplus surrogates (of relu, leaky_relu, relu6), sigmoid and tanh between linear
/// maps, sums, concatenations and rearrangements. Kinks, maxima and products of two values have none. Operator norms are Lanczos'
/// estimates in float64, raised by what they may be short of (Kuczynski, Wozniakowski 1992, theorem 4.2) with a probability above
/// 1e-9.
GradientBound gradient_bound(const Network& network);

}  // namespace faultline
