#pragma once
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace faultline::testing {

using Function = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// Compares derivatives with central differences (h = 1e-6) in float64, over every element of every floating point input: the
/// first derivative g of <w, f(x)> with fixed random w, and the second, d <v, g(x)> / dx with fixed random v. Close: rtol 1e-4,
/// atol 1e-6. The point must be smooth. Fails with the input, element and both numbers.
::testing::AssertionResult derivatives_match_differences(const Function& f, const std::vector<at::Tensor>& inputs,
                                                         uint64_t seed = 1);

/// n numbers of a normal distribution, the same for the same seed, in float64.
at::Tensor normal(const std::vector<int64_t>& shape, uint64_t seed);
/// The same in [low, high).
at::Tensor uniform(const std::vector<int64_t>& shape, double low, double high, uint64_t seed);

}  // namespace faultline::testing
