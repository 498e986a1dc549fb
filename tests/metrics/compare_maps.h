#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metrics/similarity.h"

namespace faultline::testing {

/// One picture [1,1,height,width] in float64.
inline at::Tensor picture(int64_t height, int64_t width, const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({1, 1, height, width});
}
/// One vector [1,F] in float64.
inline at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble).view({1, -1}); }

inline MetricValues compare(const std::string& spec, const at::Tensor& a, const at::Tensor& b) {
  return similarity_metrics().make(spec)->compare(a, b);
}

/// The value of the one sample; its reason is a test failure.
inline double value_of(const std::string& spec, const at::Tensor& a, const at::Tensor& b) {
  const MetricValues out = compare(spec, a, b);
  EXPECT_EQ(out.reasons.at(0), "") << spec;
  return out.values.at(0);
}

/// The reason of the one sample, whose value must be NaN.
inline std::string reason_of(const std::string& spec, const at::Tensor& a, const at::Tensor& b) {
  const MetricValues out = compare(spec, a, b);
  EXPECT_EQ(out.reasons.at(0).empty(), !std::isnan(out.values.at(0))) << spec;
  return out.reasons.at(0);
}

}  // namespace faultline::testing
