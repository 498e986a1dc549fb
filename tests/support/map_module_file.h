#pragma once
#include <ATen/ATen.h>

#include <map>
#include <string>

namespace faultline::testing {

/// Writes a TorchScript module whose method forward is `code`. network: a TorchScript file that it sees as self.net ("": none);
/// arrays: what else it has.
void save_map_module(const std::string& path, const std::string& code, const std::string& network = "",
                     const std::map<std::string, at::Tensor>& arrays = {});

/// forward(x, targets): the gradient of the targets' logits of self.net by autograd.grad, with its graph.
extern const char* const kGradientCode;

}  // namespace faultline::testing
