#include "attacks/lanczos.h"

#include <ATen/ops/linalg_eigh.h>

#include <algorithm>
#include <numeric>

#include "models/rows.h"

namespace faultline {
namespace {

/// Below this share of its length, what is left of a fresh vector is rounding: the space is exhausted.
constexpr double kExhausted = 1e-8;

/// Coefficients of the recursion of one row.
struct Tridiagonal {
  std::vector<double> alpha, beta;
  bool is_finite = true;

  double largest() const {
    double out = 0;
    for (const double value : alpha) out = std::max(out, std::abs(value));
    for (const double value : beta) out = std::max(out, value);
    return out;
  }
};

/// z [d] without its parts along the rows of basis [j,d].
at::Tensor orthogonal_to(const at::Tensor& basis, at::Tensor z) {
  for (int pass = 0; pass < 2; ++pass) z = z - at::matmul(at::matmul(basis, z), basis);
  return z;
}

/// last_beta: the length of the vector after the last one of the basis.
RitzPairs ritz_pairs(const Tridiagonal& t, const at::Tensor& basis, double last_beta) {
  const auto m = static_cast<int64_t>(t.alpha.size());
  RitzPairs out;
  out.is_finite = t.is_finite;
  if (m == 0) {
    out.vectors = basis.slice(0, 0, 0);
    return out;
  }
  auto matrix = at::zeros({m, m}, at::kDouble);
  for (int64_t i = 0; i < m; ++i) {
    matrix[i][i] = t.alpha[i];
    if (i + 1 < m) matrix[i][i + 1] = matrix[i + 1][i] = t.beta[i];
  }
  const auto [values, vectors] = at::linalg_eigh(matrix);
  const auto order = at::argsort(values.abs(), 0, true);
  const auto coefficients = vectors.index_select(1, order).t().contiguous();  // a row for every pair
  const auto sorted = values.index_select(0, order).contiguous();
  const auto last = coefficients.select(1, m - 1).abs().contiguous();
  for (int64_t i = 0; i < m; ++i) {
    out.values.push_back(sorted[i].item<double>());
    out.residuals.push_back(last_beta * last[i].item<double>());
  }
  out.vectors = at::matmul(coefficients.to(basis.device()), basis.slice(0, 0, m));
  return out;
}

}  // namespace

std::vector<RitzPairs> lanczos(const SymmetricProducts& product, int64_t rows, const FreshVector& fresh,
                               const LanczosOptions& options) {
  std::vector<Tridiagonal> coefficients(rows);
  std::vector<double> last_beta(rows, 0);
  std::vector<int64_t> active(rows);
  std::iota(active.begin(), active.end(), 0);
  std::vector<at::Tensor> first;
  for (int64_t row = 0; row < rows; ++row) {
    const auto start = fresh(row, 0).to(at::kDouble);
    const double length = start.norm().item<double>();
    first.push_back(length > 0 ? start / length : start);
  }
  if (rows == 0) return {};
  const int64_t dimensions = first[0].numel(), steps = std::min(options.steps, dimensions);
  auto basis = at::zeros({rows, steps, dimensions}, first[0].options());
  basis.select(1, 0).copy_(at::stack(first));
  for (int64_t j = 0; j < steps && !active.empty(); ++j) {
    const auto index = index_of(active, basis);
    const auto q = basis.select(1, j).index_select(0, index);
    auto z = product(q, active).to(at::kDouble);
    const auto alpha = (q * z).sum(1).to(at::kCPU), finite = z.isfinite().all(1).to(at::kCPU);
    const auto known = basis.slice(1, 0, j + 1);  // [n, j+1, d]
    const auto so_far = static_cast<int64_t>(active.size()) == rows ? known : known.index_select(0, index);
    for (int pass = 0; pass < 2; ++pass) z = z - at::bmm(at::bmm(z.unsqueeze(1), so_far.transpose(1, 2)), so_far).squeeze(1);
    const auto beta = z.norm(2, 1).to(at::kCPU);
    std::vector<int64_t> still;
    for (size_t i = 0; i < active.size(); ++i) {
      const int64_t row = active[i], at = static_cast<int64_t>(i);
      auto& t = coefficients[row];
      if (!finite[at].item<bool>()) {
        t.is_finite = false;
        if (!t.beta.empty()) t.beta.pop_back();
        continue;
      }
      t.alpha.push_back(alpha[at].item<double>());
      const double length = last_beta[row] = beta[at].item<double>();
      if (length <= options.breakdown * t.largest()) {
        if (!options.restart || j + 1 == steps) continue;
        const auto random = fresh(row, j + 1).to(at::kDouble);
        const auto next = orthogonal_to(basis[row].slice(0, 0, j + 1), random);
        const double left = next.norm().item<double>();
        if (!(left > kExhausted * random.norm().item<double>())) continue;
        t.beta.push_back(0);
        basis[row][j + 1].copy_(next / left);
      } else {
        if (j + 1 == steps) continue;
        t.beta.push_back(length);
        basis[row][j + 1].copy_(z[at] / length);
      }
      still.push_back(row);
    }
    active = std::move(still);
  }
  std::vector<RitzPairs> out;
  for (int64_t row = 0; row < rows; ++row) out.push_back(ritz_pairs(coefficients[row], basis[row], last_beta[row]));
  return out;
}

}  // namespace faultline
