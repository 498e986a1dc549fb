#include "models/small_cnn_file.h"

#include <torch/script.h>

#include <sstream>
#include <stdexcept>

namespace faultline {
namespace {

/// As a tracer would write it: parameters in a module a layer, so that the layers keep their names.
const char* const kForward = R"(
def forward(self, x):
    x = torch.relu(torch.conv2d(x, self.conv1.weight, self.conv1.bias, [1, 1], [1, 1], [1, 1], 1))
    x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
    x = torch.relu(torch.conv2d(x, self.conv2.weight, self.conv2.bias, [1, 1], [1, 1], [1, 1], 1))
    x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
    x = torch.flatten(x, 1, -1)
    x = torch.relu(torch.linear(x, self.fc1.weight, self.fc1.bias))
    return torch.linear(x, self.fc2.weight, self.fc2.bias)
)";

const at::Tensor& parameter_named(const Network& network, const std::string& name) {
  const auto& names = network.graph().parameter_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return network.parameters()[i];
  }
  throw std::logic_error("the network has no " + name + " and is no small CNN");
}

}  // namespace

std::string torchscript_of_small_cnn(const Network& network) {
  torch::jit::Module module("SmallCnn");
  for (const std::string layer : {"conv1", "conv2", "fc1", "fc2"}) {
    torch::jit::Module part(layer);
    for (const std::string name : {"weight", "bias"})
      part.register_parameter(name, parameter_named(network, layer + "." + name).cpu(), false);
    module.register_module(layer, part);
  }
  module.define(kForward);
  module.eval();
  std::ostringstream bytes;
  module.save(bytes);
  return bytes.str();
}

}  // namespace faultline
