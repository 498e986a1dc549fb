#pragma once
#include <cstdint>
#include <vector>

namespace faultline {

/// Orders and ranks of finite numbers by the tie rules of conventions 6; -0.0 equals 0.0. Linear time (radix sort), since attacks
/// rank maps at every iteration.

/// Indices by value ascending, then index ascending.
std::vector<int64_t> ascending_order(const std::vector<double>& values);
/// Indices by value descending, then index ascending (not the reverse of the ascending order where values are tied).
std::vector<int64_t> descending_order(const std::vector<double>& values);
/// Ranks 1..n, ties share their mean.
std::vector<double> average_ranks(const std::vector<double>& values);
/// Ranks 0..(distinct values - 1), ties share one.
std::vector<int64_t> dense_ranks(const std::vector<double>& values);

}  // namespace faultline
