#include "models/small_nets.h"

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "models/graph_builder.h"

namespace faultline {

namespace {

at::Tensor he_normal(const std::string& layer, const std::vector<int64_t>& shape, uint64_t seed) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  const double fan_in = static_cast<double>(elements) / static_cast<double>(shape[0]);
  const auto normals = RandomStream(seed, "train/init/" + layer, 0).normals(0, static_cast<size_t>(elements));
  return at::tensor(normals, at::TensorOptions().dtype(at::kDouble)).reshape(shape) * std::sqrt(2.0 / fan_in);
}

at::Tensor zero_bias(int64_t size) { return at::zeros({size}, at::TensorOptions().dtype(at::kDouble)); }

}  // namespace

Network small_cnn(int64_t channels, int64_t height, int64_t width, int64_t classes, uint64_t seed) {
  if (channels < 1 || classes < 1 || height < 4 || width < 4) {
    throw_usage("small convolutional network",
                "an input of " + std::to_string(channels) + "," + std::to_string(height) + "," + std::to_string(width) +
                    " with " + std::to_string(classes) + " classes is too small",
                "at least 1,4,4 and one class");
  }
  GraphBuilder g({channels, height, width});
  int x = g.convolution("conv1", g.input(), he_normal("conv1", {8, channels, 3, 3}, seed), zero_bias(8), 1, 1);
  x = g.max_pool("pool1", g.node(Op::relu, "relu1", {x}), 2);
  x = g.convolution("conv2", x, he_normal("conv2", {16, 8, 3, 3}, seed), zero_bias(16), 1, 1);
  x = g.max_pool("pool2", g.node(Op::relu, "relu2", {x}), 2);
  const int64_t features = 16 * (height / 2 / 2) * (width / 2 / 2);
  x = g.flatten("flatten", x, features);
  x = g.node(Op::relu, "relu3", {g.linear("fc1", x, he_normal("fc1", {64, features}, seed), zero_bias(64))});
  return g.finish(g.linear("fc2", x, he_normal("fc2", {classes, 64}, seed), zero_bias(classes)));
}

Network small_mlp(const std::vector<int64_t>& widths, uint64_t seed) {
  if (widths.size() < 2) throw_usage("small fully connected network", "fewer than two widths", "inputs,...,classes");
  for (const int64_t width : widths) {
    if (width < 1) throw_usage("small fully connected network", "a layer of width " + std::to_string(width), "at least 1");
  }
  GraphBuilder g({widths[0]});
  int x = g.input();
  for (size_t i = 1; i < widths.size(); ++i) {
    const std::string layer = "fc" + std::to_string(i);
    x = g.linear(layer, x, he_normal(layer, {widths[i], widths[i - 1]}, seed), zero_bias(widths[i]));
    if (i + 1 < widths.size()) x = g.node(Op::relu, "relu" + std::to_string(i), {x});
  }
  return g.finish(x);
}

}  // namespace faultline
