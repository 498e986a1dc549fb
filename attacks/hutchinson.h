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
/// A'u [n,d], may be empty; signs: the z of a row and a draw, [d] float64. known: for every row orthonormal vectors [k,d], or
/// empty: their share is computed, and the signs estimate the rest, without bias. Where they lead, nearly all of a trace is known
/// so, and an estimate from ten z is no longer off by tens of per cent (Meyer, Musco, Musco, Woodruff 2021). Costs draws + k
/// products of each.
std::vector<TraceEstimate> hutchinson(const SymmetricProducts& forward, const SymmetricProducts& back, int64_t rows,
                                      const FreshVector& signs, int64_t draws, const std::vector<at::Tensor>& known = {});

}  // namespace faultline
