#pragma once
#include "data/samples.h"
#include "models/graph_builder.h"
#include "models/network.h"

namespace faultline::testing {

inline at::Tensor rows(const std::vector<std::vector<double>>& values) {
  std::vector<at::Tensor> out;
  for (const auto& row : values) out.push_back(at::tensor(row, at::kDouble));
  return at::stack(out);
}

/// Samples of an array with target 0 (or the given one) everywhere.
inline Samples samples_at(const at::Tensor& inputs, int64_t target = 0) {
  Samples samples = samples_of_array(inputs);
  samples.targets = at::full({inputs.size(0)}, target, at::kLong);
  return samples;
}

/// f = w . x + b over [N,F], one output.
inline Network linear_network(const std::vector<double>& weights, double bias) {
  GraphBuilder g({static_cast<int64_t>(weights.size())});
  return g.finish(g.linear("fc", g.input(), rows({weights}), at::tensor({bias}, at::kDouble)));
}

/// f = x^power on [N,1].
inline Network power_network(double power) {
  GraphBuilder g({1});
  return g.finish(g.node(Op::pow, "power", {g.input(), g.scalar("exponent", power)}));
}

/// f = x1 * x2.
inline Network product_network() {
  GraphBuilder g({2});
  const int x1 = g.node(Op::slice, "x1", {g.input()},
                        {{"dim", int64_t{1}}, {"start", int64_t{0}}, {"end", int64_t{1}}, {"step", int64_t{1}}});
  const int x2 = g.node(Op::slice, "x2", {g.input()},
                        {{"dim", int64_t{1}}, {"start", int64_t{1}}, {"end", int64_t{2}}, {"step", int64_t{1}}});
  return g.finish(g.node(Op::mul, "product", {x1, x2}));
}

/// f = scale * relu(w . x + b) + offset.
inline Network kink_network(const std::vector<double>& weights, double bias, double scale = 1, double offset = 0) {
  GraphBuilder g({static_cast<int64_t>(weights.size())});
  const int z = g.linear("fc", g.input(), rows({weights}), at::tensor({bias}, at::kDouble));
  return g.finish(g.linear("out", g.node(Op::relu, "relu", {z}), rows({{scale}}), at::tensor({offset}, at::kDouble)));
}

/// The sheet's toy T: z = W1 x + b1, W1 = [[1,-2],[3,1]], b1 = (0,-1), f = 2 relu(z1) - relu(z2).
inline Network toy_network() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{1, -2}, {3, 1}}), at::tensor({0.0, -1.0}, at::kDouble));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1}})));
}

/// convolution - ReLU - global average - linear layer to three classes over [N,1,size,size]: every explainer applies to it.
inline Network pooled_network(int64_t size) {
  GraphBuilder g({1, size, size});
  const auto numbers = [](int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); };
  const int z = g.convolution("conv", g.input(), numbers(36, 1.3).reshape({4, 1, 3, 3}), numbers(4, 0.7) / 10, 1, 1);
  const int a = g.node(Op::relu, "relu", {z});
  const int pooled = g.node(Op::mean, "pool", {a}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  return g.finish(g.linear("fc", pooled, numbers(12, 2.1).reshape({3, 4}), numbers(3, 0.4)));
}

/// f(x) = ||x||^2 / 2 over inputs of any shape: its gradient is x itself, and it has no kink.
inline Network energy_network(const std::vector<int64_t>& shape) {
  GraphBuilder g(shape);
  int64_t n = 1;
  for (const int64_t size : shape) n *= size;
  const int square = g.node(Op::mul, "square", {g.input(), g.input()});
  return g.finish(g.linear("half", g.flatten("flat", square, n), at::full({1, n}, 0.5, at::kDouble)));
}

/// f = x' H x / 2 + w . x over [N,F], one output: its Hessian is H, everywhere.
inline Network quadratic_network(const at::Tensor& hessian, const at::Tensor& w) {
  const int64_t n = w.numel();
  GraphBuilder g({n});
  const int slope = g.linear("slope", g.input(), hessian / 2, w);
  const int product = g.node(Op::mul, "product", {slope, g.input()});
  return g.finish(g.linear("sum", product, at::ones({1, n}, at::kDouble)));
}
inline Network quadratic_network(const at::Tensor& hessian) {
  return quadratic_network(hessian, at::zeros({hessian.size(0)}, at::kDouble));
}

}  // namespace faultline::testing
