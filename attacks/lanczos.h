#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace faultline {

/// Leading eigenpairs of one symmetric operator, as Lanczos found them: Ritz pairs, by magnitude, largest first.
struct RitzPairs {
  std::vector<double> values;
  std::vector<double> residuals;  ///< ||A v - value v||, as the recursion has it
  at::Tensor vectors;             ///< [m, d] float64, orthonormal rows in the order of values
  bool is_finite = true;          ///< false: a product was NaN or infinite, and what was known until then is kept
};

struct LanczosOptions {
  int64_t steps = 30;        ///< products; never more than dimensions
  double breakdown = 1e-10;  ///< a next vector shorter than this, relative to the largest coefficient, ends the recursion
  /// After a breakdown go on from a random vector orthogonal to all before, so that repeated eigenvalues are found as often as
  /// they occur.
  bool restart = false;
};

/// A v for the operators of the given rows: v [n,d] float64 -> [n,d] float64.
using SymmetricProducts = std::function<at::Tensor(const at::Tensor& v, const std::vector<int64_t>& rows)>;
/// A random vector [d] float64 in the space that the operator of `row` acts on.
using FreshVector = std::function<at::Tensor(int64_t row, int64_t draw)>;

/// Lanczos' recursion for n symmetric operators at once, with full re-orthogonalisation (classical Gram-Schmidt twice), in
/// float64 whatever the products are computed in; the matrices are never formed (Lanczos 1950; Golub, Van Loan, section 10.1).
/// Memory: steps * d doubles a row. Rows that end early cost no further products.
std::vector<RitzPairs> lanczos(const SymmetricProducts& product, int64_t rows, const FreshVector& fresh,
                               const LanczosOptions& options);

}  // namespace faultline
