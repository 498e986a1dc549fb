#include "subjects.h"

#include "explainers/output_options.h"
#include "models/blocks.h"
#include "models/graph_builder.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline::testing {
namespace {

using Sizes = std::vector<int64_t>;

/// Weights, each array other ones.
class Weights {
 public:
  at::Tensor operator()(const Sizes& shape, double width = 0.5) { return normal(shape, ++seed_) * width; }
  at::Tensor around_one(const Sizes& shape) { return uniform(shape, 0.6, 1.5, ++seed_); }

 private:
  uint64_t seed_ = 40;
};

std::map<std::string, Attribute> window(const Sizes& kernel, const Sizes& stride, const Sizes& padding) {
  const Sizes ones(kernel.size(), 1);
  return {{"kernel", kernel}, {"stride", stride}, {"padding", padding}, {"dilation", ones}, {"ceil_mode", false}};
}

std::map<std::string, Attribute> average_window(const Sizes& kernel, const Sizes& stride, const Sizes& padding) {
  return {{"kernel", kernel},   {"stride", stride},          {"padding", padding},
          {"ceil_mode", false}, {"count_include_pad", true}, {"divisor", int64_t{0}}};
}

/// (x - 0.4)/0.5 - convolution - batch norm - ReLU - (convolution + identity) - ReLU - average pool - max pool - two linear
/// layers.
Network residual() {
  Weights w;
  GraphBuilder g({2, 6, 6});
  int x = g.node(Op::sub, "centre", {g.input(), g.scalar("mean", 0.4)});
  x = g.node(Op::div, "normalised", {x, g.scalar("std", 0.5)});
  x = g.convolution("conv1", x, w({3, 2, 3, 3}), w({3}), 1, 1);
  x = g.batch_norm("norm", x, w.around_one({3}), w({3}), w({3}), w.around_one({3}));
  x = g.node(Op::relu, "relu1", {x});
  x = g.node(Op::add, "sum", {g.convolution("conv2", x, w({3, 3, 3, 3}), w({3}), 1, 1), x});
  x = g.node(Op::relu, "relu2", {x});
  x = g.node(Op::avg_pool, "average", {x}, average_window({3, 3}, {2, 2}, {1, 1}));
  x = g.node(Op::max_pool, "maximum", {x}, window({2, 2}, {1, 1}, {0, 0}));
  x = g.node(Op::relu, "relu3", {g.linear("fc1", g.flatten("flat", x, 12), w({6, 12}), w({6}))});
  return g.finish(g.linear("fc2", x, w({3, 6}), w({3})));
}

/// Linear - ReLU - the larger of two linear layers - leaky ReLU - linear.
Network vectors() {
  Weights w;
  GraphBuilder g({5});
  int x = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), w({7, 5}, 1), w({7}))});
  const int larger =
      g.node(Op::maximum, "larger", {g.linear("fc2", x, w({6, 7}), w({6})), g.linear("fc2b", x, w({6, 7}), w({6}))});
  x = g.node(Op::leaky_relu, "relu2", {larger}, {{"slope", 0.1}});
  return g.finish(g.linear("fc3", x, w({3, 6}), w({3})));
}

/// Patches with a class token and positions, a product that blends them, one block of two heads with layer norm before each part
/// (one without scale and shift), and a head.
Network transformer() {
  Weights w;
  const int64_t width = 4, heads = 2, tokens = 5;
  GraphBuilder g({2, 4, 4});
  const int patches = g.convolution("embed", g.input(), w({width, 2, 2, 2}), w({width}), 2);
  int x = g.node(Op::reshape, "tokens", {patches}, {{"size", Sizes{0, width, 4}}, {"per_batch", Sizes{1, 0, 0}}});
  x = g.node(Op::permute, "turned", {x}, {{"dims", Sizes{0, 2, 1}}});
  const int token = g.node(Op::expand, "class-token", {g.parameter("token", w({1, 1, width}))},
                           {{"size", Sizes{0, 1, width}}, {"per_batch", Sizes{1, 0, 0}}});
  x = g.node(Op::cat, "sequence", {token, x}, {{"dim", int64_t{1}}});
  x = g.node(Op::add, "positions", {x, g.parameter("position", w({1, tokens, width}))});
  x = g.node(Op::matmul, "blend", {g.parameter("blend.weight", w({tokens, tokens})), x});
  const auto norm = [&](const std::string& name, int from) {
    return g.node(Op::layer_norm, name,
                  {from, g.parameter(name + ".g", w.around_one({width})), g.parameter(name + ".b", w({width}))},
                  {{"normalized_shape", Sizes{width}}, {"eps", 1e-3}});
  };
  const int before = norm("norm1", x);
  const auto head = [&](const std::string& name) {
    const int all = g.linear(name, before, w({width, width}), w({width}));
    const int cut = g.node(Op::reshape, name + ".cut", {all},
                           {{"size", Sizes{0, tokens, heads, width / heads}}, {"per_batch", Sizes{1, 0, 0, 0}}});
    return g.node(Op::permute, name + ".heads", {cut}, {{"dims", Sizes{0, 2, 1, 3}}});
  };
  const int q = head("q"), k = g.node(Op::permute, "k.turned", {head("k")}, {{"dims", Sizes{0, 1, 3, 2}}}), v = head("v");
  const int scores = g.node(Op::div, "scaled", {g.node(Op::matmul, "scores", {q, k}), g.scalar("scale", 1.4)});
  const int shares = g.node(Op::softmax, "softmax", {scores}, {{"dim", int64_t{3}}});
  const int mixed = g.node(Op::permute, "mixed", {g.node(Op::matmul, "mix", {shares, v})}, {{"dims", Sizes{0, 2, 1, 3}}});
  const int joined = g.node(Op::reshape, "joined", {mixed}, {{"size", Sizes{0, tokens, width}}, {"per_batch", Sizes{1, 0, 0}}});
  x = g.node(Op::add, "sum1", {x, g.linear("proj", joined, w({width, width}), w({width}))});
  const int plain = g.node(Op::layer_norm, "norm2", {x}, {{"normalized_shape", Sizes{width}}, {"eps", 1e-3}});
  const int hidden = g.linear("fc1", plain, w({6, width}), w({6}));
  const int active = g.node(Op::gelu, "gelu", {hidden}, {{"approximate", std::string("none")}});
  x = g.node(Op::add, "sum2", {x, g.linear("fc2", active, w({width, 6}), w({width}))});
  const int first = g.node(Op::select, "first", {x}, {{"dim", int64_t{1}}, {"index", int64_t{0}}});
  return g.finish(g.linear("head", first, w({3, width}), w({3})));
}

/// Reflected border - convolution - group norm - SiLU, gated by its own means, beside its maxima - grouped convolution -
/// hardswish.
Network gated() {
  Weights w;
  GraphBuilder g({2, 6, 6});
  int x = g.node(Op::pad, "border", {g.input()}, {{"pads", Sizes{1, 1, 1, 1}}, {"mode", std::string("reflect")}, {"value", 0.0}});
  x = g.convolution("conv1", x, w({4, 2, 3, 3}), w({4}));
  x = g.node(Op::group_norm, "norm", {x, g.parameter("norm.g", w.around_one({4})), g.parameter("norm.b", w({4}))},
             {{"groups", int64_t{2}}, {"eps", 1e-3}});
  x = g.node(Op::silu, "silu", {x});
  const int squeezed = g.node(Op::mean, "squeeze", {x}, {{"dims", Sizes{2, 3}}, {"keepdim", true}});
  const int gate = g.node(Op::sigmoid, "gate", {g.convolution("excite", squeezed, w({4, 4, 1, 1}), w({4}))});
  const int scaled = g.node(Op::mul, "gated", {x, gate});
  const int maxima = g.node(Op::max_pool, "maxima", {x}, window({3, 3}, {1, 1}, {1, 1}));
  x = g.node(Op::cat, "both", {scaled, maxima}, {{"dim", int64_t{1}}});
  x = g.node(Op::hardswish, "hardswish", {g.convolution("conv2", x, w({4, 4, 3, 3}), w({4}), 2, 1, 2)});
  x = g.node(Op::adaptive_avg_pool, "pool", {x}, {{"size", Sizes{1, 1}}});
  return g.finish(g.linear("fc", g.flatten("flat", x, 4), w({3, 4}, 1), w({3})));
}

/// Convolution - PReLU - average pool - attention of one head to itself - transposed convolution - ELU - maximum over time -
/// linear - tanh - linear.
Network sequences() {
  Weights w;
  GraphBuilder g({3, 8});
  int x = g.convolution("conv1", g.input(), w({4, 3, 3}), w({4}), 1, 1);
  x = g.node(Op::prelu, "prelu", {x, g.parameter("slopes", w({4}, 0.2))});
  x = g.node(Op::avg_pool, "average", {x}, average_window({3}, {2}, {1}));
  const int scores = g.node(Op::matmul, "scores", {g.node(Op::permute, "turned", {x}, {{"dims", Sizes{0, 2, 1}}}), x});
  x = g.node(Op::matmul, "mix", {x, g.node(Op::softmax, "shares", {scores}, {{"dim", int64_t{1}}})});
  x = g.node(Op::convolution, "up", {x, g.parameter("up.weight", w({4, 3, 3})), g.parameter("up.bias", w({3}))},
             {{"stride", Sizes{2}},
              {"padding", Sizes{1}},
              {"dilation", Sizes{1}},
              {"output_padding", Sizes{1}},
              {"transposed", true},
              {"groups", int64_t{1}}});
  x = g.node(Op::elu, "elu", {x}, {{"alpha", 1.0}, {"scale", 1.0}, {"input_scale", 1.0}});
  x = g.node(Op::maximum_over, "maximum", {x}, {{"dim", int64_t{2}}, {"keepdim", false}});
  x = g.node(Op::tanh, "tanh", {g.linear("fc1", x, w({5, 3}), w({5}))});
  return g.finish(g.linear("fc2", x, w({3, 5}), w({3})));
}

Network linked_network(bool is_flat_first) {
  Weights w;
  GraphBuilder g({1, 5, 5});
  int x = g.convolution("conv1", g.input(), w({3, 1, 2, 2}), w({3}));
  x = g.node(Op::avg_pool, "average", {x}, average_window({2, 2}, {2, 2}, {0, 0}));
  x = g.node(Op::mul, "scaled", {x, g.constant("factors", w.around_one({3, 1, 1}))});
  const auto flat = [&] { x = g.flatten("flat", x, 12); };
  if (is_flat_first) flat();
  x = g.node(Op::relu, "relu1", {x});
  if (!is_flat_first) flat();
  return g.finish(g.linear("fc", x, w({3, 12}), w({3})));
}

Subject subject(const std::string& name, const Network& network) {
  Subject out{name, network, {}, {}};
  Sizes shape{4};
  for (const int64_t size : network.graph().input_shape) shape.push_back(size);
  out.samples = samples_of_array(uniform(shape, 0.05, 0.95, 17));
  out.data = uniform(shape, 0.05, 0.95, 18);
  out.samples.targets = at::zeros({out.samples.size()}, at::kLong);
  const at::Tensor two = std::get<1>(block_logits(network, points_of(out.samples)).topk(2, 1));
  out.samples.targets = two.select(1, 0).contiguous();
  out.samples.runners_up = two.select(1, 1).contiguous();
  return out;
}

}  // namespace

Subject linked(bool is_flat_first) { return subject("linked", linked_network(is_flat_first)); }

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all{subject("pooled", pooled_network(6)),
                                        subject("residual", residual()),
                                        subject("vectors", vectors()),
                                        subject("transformer", transformer()),
                                        subject("gated", gated()),
                                        subject("sequences", sequences()),
                                        linked(true)};
  return all;
}

const std::vector<Subject>& smooth_subjects() {
  static const std::vector<Subject> all = [] {
    std::vector<Subject> out;
    for (const Subject& kinked : subjects()) {
      out.push_back(subject("smooth " + kinked.name, with_soft_pooling(with_softplus(kinked.network, 5), 0.2)));
    }
    return out;
  }();
  return all;
}

}  // namespace faultline::testing
