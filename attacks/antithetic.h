#pragma once
#include <functional>

#include "attacks/query_search.h"

namespace faultline {

/// How Q queries, the first of which is the clean map, are shared among iterations of `pairs` pairs and one selection each: the
/// pairs of every iteration. The last one has fewer, where that is what is left.
std::vector<int64_t> pairs_of_iterations(int64_t queries, int64_t pairs);
/// What these iterations and the clean map use of the queries.
int64_t queries_of_iterations(const std::vector<int64_t>& iterations);

/// Standard normals (Wierstra 2014) or random signs (Spall 1992), [cells] of one pair.
enum class Directions { normal, signs };
/// What stands for D in the sum: D itself, or utilities of its rank.
enum class Shaping { raw, rank };

/// Utilities of ranks 1 (best) .. n, which sum to 0: max(0, ln(n/2 + 1) - ln rank) over the sum of these, less 1/n (Wierstra
/// 2014, section 3.1).
std::vector<double> rank_utilities(int64_t n);

/// 1/(2 n s) sum over pairs i = 0 .. n-1 of (w_2i - w_2i+1) u_i, in double: values holds D(x + s u_i) and D(x - s u_i) one behind
/// the other, w is D or its utility. Even terms of D cancel, so it is unbiased for a quadratic (Spall 1992, section II). Of raw
/// values a pair that is not finite adds nothing; equal values share their utilities.
at::Tensor antithetic_sum(const std::vector<double>& values, const std::function<at::Tensor(int64_t)>& direction,
                          double smoothing, Shaping shaping);

struct Estimate {
  int64_t pairs = 1;
  double smoothing = 1;  ///< along each element
  Directions directions = Directions::normal;
  Shaping shaping = Shaping::raw;
};

/// The gradient of D at x [n,...], by antithetic_sum() (attacks sheet 6.1, 6.2). Points are clipped to the legal range, not to
/// the ball. iteration: from 1.
at::Tensor estimate_gradient(QuerySearch& search, const Tiling& tiling, const at::Tensor& x, const Estimate& how,
                             int64_t iteration);

}  // namespace faultline
