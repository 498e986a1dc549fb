#pragma once
#include <vector>

#include "attacks/lanczos.h"

namespace faultline {

/// Traces of a linear map A: tr(A'A) = ||A||_F^2 and tr((A'A)^2), estimated.
struct TraceEstimate {
  double squares = 0;
  double fourths = 0;     ///< 0 where no way back was given
  bool is_finite = true;  ///< false: a product was NaN or infinite, and the numbers mean nothing
};

/// Hutchinson's estimate for n linear maps at once: the means of ||A z||^2 and ||A'A z||^2 over random signs z, exact with one z
/// where A'A (or its square) is diagonal (Hutchinson 1990; attacks sheet 4.2). forward: v [n,d] -> A v [n,m]; back: u [n,m] ->
/// A'u [n,d], may be empty; signs: the z of a row and a draw, [d] float64. Costs `draws` products of each.
std::vector<TraceEstimate> hutchinson(const SymmetricProducts& forward, const SymmetricProducts& back, int64_t rows,
                                      const FreshVector& signs, int64_t draws);

}  // namespace faultline
