#include "explainers/dense_chain.h"

#include <algorithm>

#include "models/graph_builder.h"
#include "support/gradcheck.h"

namespace faultline::testing {

namespace {

/// Uniform numbers in [-1, 1] times `width`, a fifth of them exactly 0.
at::Tensor drawn(const std::vector<int64_t>& shape, double width, uint64_t seed) {
  const at::Tensor u = uniform(shape, -1, 1, seed);
  return width * u * (u.abs() > 0.2);
}

}  // namespace

std::vector<Numbers> DenseChain::activations(const Numbers& x) const {
  std::vector<Numbers> out{x};
  for (const DenseLayer& layer : layers) {
    if (out.size() > 1) {
      for (double& a : out.back()) a = std::max(a, 0.0);
    }
    out.push_back(layer.values(out.back()));
  }
  return out;
}

DenseChain random_chain(ChainKind kind, bool has_bias, uint64_t seed) {
  DenseChain chain;
  uint64_t next = seed * 100;
  const bool is_convolution = kind == ChainKind::convolutions;
  const std::vector<int64_t> shape = is_convolution ? std::vector<int64_t>{2, 5, 5} : std::vector<int64_t>{6};
  GraphBuilder g(shape);
  std::vector<std::pair<int, std::vector<int64_t>>> layers;  // nodes and the shapes they read
  const auto bias = [&](int64_t n) { return has_bias ? drawn({n}, 0.5, next++) : at::Tensor(); };
  int x = g.input();
  if (is_convolution) {
    x = g.convolution("conv1", x, drawn({4, 2, 3, 3}, 0.5, next++), bias(4), 1, 1);
    layers.emplace_back(x, shape);
    x = g.node(Op::relu, "relu1", {x});
    x = g.convolution("conv2", x, drawn({4, 2, 3, 3}, 0.5, next++), bias(4), 2, 1, 2);
    layers.emplace_back(x, std::vector<int64_t>{4, 5, 5});
    x = g.flatten("flat", g.node(Op::relu, "relu2", {x}), 36);
    x = g.linear("classes", x, drawn({3, 36}, 0.5, next++), bias(3));
    layers.emplace_back(x, std::vector<int64_t>{36});
  } else {
    const std::vector<int64_t> widths =
        kind == ChainKind::two_linear ? std::vector<int64_t>{6, 8, 3} : std::vector<int64_t>{6, 8, 7, 3};
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      if (i > 0) x = g.node(Op::relu, "relu" + number, {x});
      x = g.linear("fc" + number, x, drawn({widths[i + 1], widths[i]}, 1, next++), bias(widths[i + 1]));
      layers.emplace_back(x, std::vector<int64_t>{widths[i]});
    }
  }
  chain.network = g.finish(x);
  for (const auto& [node, reads] : layers) chain.layers.push_back(dense_layer(chain.network, node, reads));
  std::vector<int64_t> batch{2};
  batch.insert(batch.end(), shape.begin(), shape.end());
  chain.inputs = drawn(batch, 1, next++);
  return chain;
}

rc::Gen<DenseChain> arbitrary_chain() {
  return rc::gen::noShrink(rc::gen::exec([] {
    const auto kind = *rc::gen::element(ChainKind::two_linear, ChainKind::three_linear, ChainKind::convolutions);
    return random_chain(kind, *rc::gen::arbitrary<bool>(), *rc::gen::inRange<uint64_t>(0, 1000000));
  }));
}

}  // namespace faultline::testing
