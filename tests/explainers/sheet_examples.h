#pragma once
#include <gtest/gtest.h>

#include <vector>

#include "explainers/explainer.h"
#include "support/toy_networks.h"

namespace faultline::testing {

/// The worked examples of the relevance sheet, and how a map is held against printed numbers.

/// Printed numbers of the relevance sheet carry six decimals.
inline constexpr double kPrinted = 1e-6;

inline at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// N1 of the sheet: three hidden ReLU units over two inputs.
inline Network n1(const std::vector<double>& hidden_bias, const std::vector<std::vector<double>>& top,
                  const std::vector<double>& top_bias) {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), vector(hidden_bias));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows(top), vector(top_bias)));
}
inline Network n1() { return n1({-1, 0, 1}, {{2, -1, 3}}, {1}); }

/// N5: conv1d with kernel 3 and padding 1, ReLU, and a sum.
inline Network n5(const std::vector<double>& top = {1, 1, 1}) {
  GraphBuilder g({1, 3});
  const int z =
      g.convolution("conv", g.input(), at::tensor({1.0, 2.0, -1.0}, at::kDouble).reshape({1, 1, 3}), vector({0.5}), 1, 1);
  return g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu", {z}), 3), rows({top})));
}

inline Explanation explained(const std::string& spec, const Network& network, const at::Tensor& x, int64_t target = 0,
                             const LegalRange& range = {}) {
  Context context;
  context.range = range;
  context.ledger = true;
  Samples samples = samples_at(x, target);
  if (network.classes() == 2) samples.runners_up = at::full({x.size(0)}, 1 - target, at::kLong);
  return explainers().make(spec)->explain(network, samples, context);
}

inline void expect_map(const std::string& spec, const Network& network, const at::Tensor& x, const std::vector<double>& expected,
                       double tolerance = kPrinted, int64_t target = 0, const LegalRange& range = {}) {
  const at::Tensor maps = explained(spec, network, x, target, range).maps;
  ASSERT_EQ(maps.numel(), static_cast<int64_t>(expected.size())) << spec;
  EXPECT_LE((maps - vector(expected).reshape_as(maps)).abs().max().item<double>(), tolerance) << spec << " gives " << maps;
}

inline const LegalRange kBox{{0}, {3}};

}  // namespace faultline::testing
