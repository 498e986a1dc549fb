#include "attacks/hutchinson.h"

#include <cmath>
#include <numeric>

namespace faultline {
namespace {

/// Adds weight ||A v||^2 and weight ||A'A v||^2 to the rows' traces. v: a vector for each of `of`.
void add(const SymmetricProducts& forward, const SymmetricProducts& back, const std::vector<at::Tensor>& v,
         const std::vector<int64_t>& of, double weight, std::vector<TraceEstimate>* out) {
  if (of.empty()) return;
  const auto add_to = [&](double TraceEstimate::*sum, const at::Tensor& product) {
    const auto squares = product.square().sum(1).to(at::kCPU);
    for (size_t i = 0; i < of.size(); ++i) {
      const double value = squares[static_cast<int64_t>(i)].item<double>();
      TraceEstimate& row = (*out)[of[i]];
      row.is_finite = row.is_finite && std::isfinite(value);
      row.*sum += weight * value;
    }
  };
  const at::Tensor product = forward(at::stack(v), of).to(at::kDouble);
  add_to(&TraceEstimate::squares, product);
  if (back) add_to(&TraceEstimate::fourths, back(product, of).to(at::kDouble));
}

}  // namespace

std::vector<TraceEstimate> hutchinson(const SymmetricProducts& forward, const SymmetricProducts& back, int64_t rows,
                                      const FreshVector& signs, int64_t draws, const std::vector<at::Tensor>& known) {
  std::vector<TraceEstimate> out(rows);
  std::vector<int64_t> all(rows);
  std::iota(all.begin(), all.end(), 0);
  int64_t most = 0;
  for (const auto& vectors : known) most = std::max(most, vectors.size(0));
  for (int64_t i = 0; i < most; ++i) {
    std::vector<int64_t> of;
    std::vector<at::Tensor> v;
    for (const int64_t row : all) {
      if (i >= known[row].size(0)) continue;
      of.push_back(row);
      v.push_back(known[row][i]);
    }
    add(forward, back, v, of, 1, &out);
  }
  for (int64_t draw = 0; draw < draws; ++draw) {
    std::vector<at::Tensor> z;
    for (const int64_t row : all) {
      z.push_back(signs(row, draw));
      if (!known.empty()) z.back() = z.back() - at::matmul(at::matmul(known[row], z.back()), known[row]);
    }
    add(forward, back, z, all, 1 / static_cast<double>(draws), &out);
  }
  return out;
}

}  // namespace faultline
