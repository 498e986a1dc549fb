#pragma once
#include <ATen/ATen.h>

#include <string>

#include "models/network.h"

namespace faultline::bench {

/// The logits of one of the shared networks (lenet_mnist, resnet20_cifar10, squeezenet1_0_imagenet) with softplus of sharpness
/// beta in place of ReLU, its layers written out in ATen calls: what the surrogate costs without an interpreter. The parameters
/// are looked up in `network` by name.
at::Tensor handwritten_surrogate(const std::string& name, const Network& network, const at::Tensor& x, double beta);

}  // namespace faultline::bench
