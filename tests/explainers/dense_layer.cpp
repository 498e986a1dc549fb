#include "explainers/dense_layer.h"

#include <stdexcept>

namespace faultline::testing {

namespace {

/// What a window over a picture reads: unit (o, y, x) reads input (c, r, s) through tap (k, l).
struct Window {
  int64_t channels, height, width;  // of the input
  int64_t kernel[2], stride[2], padding[2], dilation[2] = {1, 1}, output_padding[2] = {0, 0};
  bool is_transposed = false;

  int64_t units(int d) const {
    const int64_t size = d == 0 ? height : width, reach = dilation[d] * (kernel[d] - 1);
    if (is_transposed) return (size - 1) * stride[d] - 2 * padding[d] + reach + 1 + output_padding[d];
    return (size + 2 * padding[d] - reach - 1) / stride[d] + 1;
  }
  /// Whether tap `tap` of the unit at `unit` lies on the input at `place`.
  bool meets(int d, int64_t unit, int64_t tap, int64_t place) const {
    const int64_t offset = dilation[d] * tap - padding[d];
    return is_transposed ? unit == place * stride[d] + offset : place == unit * stride[d] + offset;
  }
  /// visit(y, x, r, s, k, l) for all that meet.
  template <class Visit>
  void each(const Visit& visit) const {
    for (int64_t y = 0; y < units(0); ++y)
      for (int64_t r = 0; r < height; ++r)
        for (int64_t k = 0; k < kernel[0]; ++k) {
          if (!meets(0, y, k, r)) continue;
          for (int64_t x = 0; x < units(1); ++x)
            for (int64_t s = 0; s < width; ++s)
              for (int64_t l = 0; l < kernel[1]; ++l) {
                if (meets(1, x, l, s)) visit(y, x, r, s, k, l);
              }
        }
  }
  size_t input_at(int64_t c, int64_t r, int64_t s) const { return static_cast<size_t>((c * height + r) * width + s); }
  size_t unit_at(int64_t o, int64_t y, int64_t x) const { return static_cast<size_t>((o * units(0) + y) * units(1) + x); }
};

Window window_of(const Node& node, at::IntArrayRef input_shape) {
  Window window{input_shape[0], input_shape[1], input_shape[2], {}, {}, {}};
  for (size_t d = 0; d < 2; ++d) {
    window.stride[d] = node.integers("stride")[d];
    window.padding[d] = node.integers("padding")[d];
    if (node.has("kernel")) window.kernel[d] = node.integers("kernel")[d];
    if (node.has("dilation")) window.dilation[d] = node.integers("dilation")[d];
    if (node.has("output_padding")) window.output_padding[d] = node.integers("output_padding")[d];
  }
  return window;
}

DenseLayer dense_convolution(const Node& node, const at::Tensor& weight, at::IntArrayRef input_shape) {
  Window window = window_of(node, input_shape);
  window.kernel[0] = weight.size(2);
  window.kernel[1] = weight.size(3);
  window.is_transposed = node.flag("transposed");
  const int64_t groups = node.integer("groups");
  const int64_t outputs = window.is_transposed ? weight.size(1) * groups : weight.size(0);
  const int64_t in_of_group = window.channels / groups, out_of_group = outputs / groups;
  const auto w = weight.accessor<double, 4>();
  DenseLayer out(static_cast<size_t>(window.channels * window.height * window.width),
                 static_cast<size_t>(outputs * window.units(0) * window.units(1)));
  window.each([&](int64_t y, int64_t x, int64_t r, int64_t s, int64_t k, int64_t l) {
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t first = o / out_of_group * in_of_group;
      for (int64_t c = first; c < first + in_of_group; ++c) {
        const double value = window.is_transposed ? w[c][o % out_of_group][k][l] : w[o][c - first][k][l];
        out.connect(window.input_at(c, r, s), window.unit_at(o, y, x), value);
      }
    }
  });
  return out;
}

DenseLayer dense_average(const Node& node, at::IntArrayRef input_shape) {
  const Window window = window_of(node, input_shape);
  DenseLayer out(static_cast<size_t>(window.channels * window.height * window.width),
                 static_cast<size_t>(window.channels * window.units(0) * window.units(1)));
  window.each([&](int64_t y, int64_t x, int64_t r, int64_t s, int64_t, int64_t) {
    for (int64_t c = 0; c < window.channels; ++c) out.connect(window.input_at(c, r, s), window.unit_at(c, y, x), 1);
  });
  const bool counts_padding = node.flag("count_include_pad");
  for (size_t j = 0; j < out.units; ++j) {
    const double divisor =
        counts_padding ? static_cast<double>(window.kernel[0] * window.kernel[1]) : static_cast<double>(out.fan_in(j));
    for (size_t i = 0; i < out.inputs; ++i) out.weight[j * out.inputs + i] /= divisor;
  }
  return out;
}

}  // namespace

Numbers numbers_of(const at::Tensor& values) {
  const at::Tensor flat = values.detach().to(at::kDouble).contiguous().view({-1});
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

DenseLayer::DenseLayer(size_t inputs, size_t units)
    : inputs(inputs), units(units), weight(inputs * units), is_connected(inputs * units), bias(units) {}

void DenseLayer::connect(size_t i, size_t j, double w) {
  weight[j * inputs + i] = w;
  is_connected[j * inputs + i] = 1;
}

size_t DenseLayer::fan_in(size_t j) const {
  size_t count = 0;
  for (size_t i = 0; i < inputs; ++i) count += connects(i, j);
  return count;
}

Numbers DenseLayer::values(const Numbers& a) const {
  Numbers out = bias;
  for (size_t j = 0; j < units; ++j) {
    for (size_t i = 0; i < inputs; ++i) out[j] += w(i, j) * a[i];
  }
  return out;
}

DenseLayer dense_layer(const Network& network, int index, at::IntArrayRef input_shape) {
  const LayerGraph& graph = network.graph();
  const Node& node = graph.nodes[static_cast<size_t>(index)];
  if (node.op == Op::avg_pool) return dense_average(node, input_shape);
  const auto parameter = [&](size_t place) {
    const Node& leaf = graph.nodes[static_cast<size_t>(node.inputs[place])];
    return network.parameters()[static_cast<size_t>(leaf.parameter)];
  };
  const at::Tensor weight = parameter(1);
  DenseLayer out;
  if (node.op == Op::convolution) {
    out = dense_convolution(node, weight, input_shape);
  } else if (node.op == Op::linear) {
    out = DenseLayer(static_cast<size_t>(weight.size(1)), static_cast<size_t>(weight.size(0)));
    out.weight = numbers_of(weight);
    out.is_connected.assign(out.weight.size(), 1);
  } else {
    throw std::logic_error(node.name + " is no linear layer");
  }
  if (node.inputs.size() < 3) return out;
  const Numbers bias = numbers_of(parameter(2));
  for (size_t j = 0; j < out.units; ++j) out.bias[j] = bias[j / (out.units / bias.size())];
  return out;
}

}  // namespace faultline::testing
