#include "support/map_module_file.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

namespace faultline::testing {

const char* const kGradientCode = R"(
def forward(self, x: Tensor, targets: Tensor) -> Tensor:
    if not x.requires_grad:
        x = x.detach().requires_grad_()
    chosen = self.net.forward(x).gather(1, targets.unsqueeze(1)).sum()
    gradient = torch.autograd.grad([chosen], [x], create_graph=True)[0]
    assert gradient is not None
    return gradient
)";

void save_map_module(const std::string& path, const std::string& code, const std::string& network,
                     const std::map<std::string, at::Tensor>& arrays) {
  torch::jit::Module module("Maps");
  if (!network.empty()) module.register_module("net", torch::jit::load(network));
  for (const auto& [name, array] : arrays) module.register_buffer(name, array);
  module.define(code);
  module.eval();
  module.save(path);
}

}  // namespace faultline::testing
