#include "attacks/hutchinson.h"

#include <cmath>
#include <numeric>

namespace faultline {

std::vector<TraceEstimate> hutchinson(const SymmetricProducts& forward, const SymmetricProducts& back, int64_t rows,
                                      const FreshVector& signs, int64_t draws) {
  std::vector<TraceEstimate> out(rows);
  if (rows == 0) return out;
  std::vector<int64_t> all(rows);
  std::iota(all.begin(), all.end(), 0);
  const auto add = [&](const at::Tensor& product, double TraceEstimate::*sum) {
    const auto squares = product.to(at::kDouble).square().sum(1).to(at::kCPU);
    for (int64_t row = 0; row < rows; ++row) {
      const double value = squares[row].item<double>();
      out[row].is_finite = out[row].is_finite && std::isfinite(value);
      out[row].*sum += value / static_cast<double>(draws);
    }
  };
  for (int64_t draw = 0; draw < draws; ++draw) {
    std::vector<at::Tensor> z;
    for (int64_t row = 0; row < rows; ++row) z.push_back(signs(row, draw));
    const at::Tensor product = forward(at::stack(z), all);
    add(product, &TraceEstimate::squares);
    if (back) add(back(product.to(at::kDouble), all), &TraceEstimate::fourths);
  }
  return out;
}

}  // namespace faultline
