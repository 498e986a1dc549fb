#include "handwritten.h"

#include <torch/csrc/autograd/autograd.h>

#include <stdexcept>

namespace faultline::bench {
namespace {

class Layers {
 public:
  Layers(const Network& network, double beta) : network_(network), beta_(beta) {}

  const at::Tensor& parameter(const std::string& name) const {
    const auto& names = network_.graph().parameter_names;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return network_.parameters()[i];
    }
    throw std::logic_error("no parameter is called " + name);
  }
  at::Tensor softplus(const at::Tensor& z) const { return at::softplus(z, beta_, 40); }
  at::Tensor convolution(const at::Tensor& x, const std::string& name, int64_t stride, int64_t padding, bool has_bias) const {
    return at::conv2d(x, parameter(name + ".weight"), has_bias ? parameter(name + ".bias") : at::Tensor(), stride, padding);
  }
  at::Tensor linear(const at::Tensor& x, const std::string& name) const {
    return at::linear(x, parameter(name + ".weight"), parameter(name + ".bias"));
  }
  at::Tensor batch_norm(const at::Tensor& x, const std::string& name) const {
    return at::batch_norm(x, parameter(name + ".weight"), parameter(name + ".bias"), parameter(name + ".running_mean"),
                          parameter(name + ".running_var"), false, 0, 1e-5, false);
  }
  at::Tensor normalise(const at::Tensor& x) const { return (x - parameter("normalise.mean")) / parameter("normalise.std"); }

 private:
  const Network& network_;
  double beta_;
};

at::Tensor lenet(const Layers& net, at::Tensor x) {
  x = at::max_pool2d(net.softplus(net.convolution(x, "conv1", 1, 2, true)), 2);
  x = at::max_pool2d(net.softplus(net.convolution(x, "conv2", 1, 0, true)), 2);
  x = net.softplus(net.linear(x.reshape({x.size(0), -1}), "fc1"));
  return net.linear(net.softplus(net.linear(x, "fc2")), "fc3");
}

at::Tensor resnet20(const Layers& net, at::Tensor x) {
  x = net.softplus(net.batch_norm(net.convolution(net.normalise(x), "conv1", 1, 1, false), "bn1"));
  for (int layer = 1; layer <= 3; ++layer) {
    for (int block = 0; block < 3; ++block) {
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(block);
      const bool halves = layer > 1 && block == 0;
      auto y = net.softplus(net.batch_norm(net.convolution(x, name + ".conv1", halves ? 2 : 1, 1, false), name + ".bn1"));
      y = net.batch_norm(net.convolution(y, name + ".conv2", 1, 1, false), name + ".bn2");
      const int64_t more = (y.size(1) - x.size(1)) / 2;
      const auto shortcut =
          halves ? at::constant_pad_nd(x.slice(2, 0, x.size(2), 2).slice(3, 0, x.size(3), 2), {0, 0, 0, 0, more, more}) : x;
      x = net.softplus(y + shortcut);
    }
  }
  return net.linear(x.mean({2, 3}), "linear");
}

at::Tensor squeezenet(const Layers& net, at::Tensor x) {
  const auto pool = [](const at::Tensor& z) { return at::max_pool2d(z, 3, 2, 0, 1, /*ceil_mode=*/false); };
  x = pool(net.softplus(net.convolution(net.normalise(x), "conv1", 2, 0, true)));
  for (int fire = 2; fire <= 9; ++fire) {
    const std::string name = "fire" + std::to_string(fire);
    const auto squeezed = net.softplus(net.convolution(x, name + ".squeeze", 1, 0, true));
    x = at::cat({net.softplus(net.convolution(squeezed, name + ".expand1x1", 1, 0, true)),
                 net.softplus(net.convolution(squeezed, name + ".expand3x3", 1, 1, true))},
                1);
    if (fire == 4 || fire == 8) x = pool(x);
  }
  return net.softplus(net.convolution(x, "conv10", 1, 1, true)).mean({2, 3});
}

}  // namespace

at::Tensor handwritten_surrogate(const std::string& name, const Network& network, const at::Tensor& x, double beta) {
  const Layers net(network, beta);
  if (name == "lenet_mnist") return lenet(net, x);
  if (name == "resnet20_cifar10") return resnet20(net, x);
  if (name == "squeezenet1_0_imagenet") return squeezenet(net, x);
  throw std::logic_error(name + " was not written by hand");
}

at::Tensor bare_double_backward(const Case& subject, const Network& network, const at::Tensor& inputs, const at::Tensor& v,
                                double beta, const BareWay& way) {
  const at::AutoGradMode with_graph(true);
  std::vector<at::Tensor> parts;
  int64_t begin = 0;
  in_chunks(inputs, way, [&](const at::Tensor& rows) {
    const at::Tensor x = rows.detach().requires_grad_();
    const auto output = handwritten_surrogate(subject.name, network, x, beta).select(1, 0).sum();
    const auto gradient = torch::autograd::grad({output}, {x}, {}, true, true)[0];
    const auto product = (gradient * v.slice(0, begin, begin + x.size(0))).sum();
    parts.push_back(torch::autograd::grad({product}, {x})[0]);
    begin += x.size(0);
  });
  return at::cat(parts);
}

}  // namespace faultline::bench
