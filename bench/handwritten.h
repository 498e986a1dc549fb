#pragma once
#include <ATen/ATen.h>

#include <string>

#include "measuring.h"
#include "models/network.h"

namespace faultline::bench {

/// The logits of one of the shared networks (lenet_mnist, resnet20_cifar10, squeezenet1_0_imagenet) with softplus of sharpness
/// beta in place of ReLU, its layers written out in ATen calls: what the surrogate costs without an interpreter. The parameters
/// are looked up in `network` by name.
at::Tensor handwritten_surrogate(const std::string& name, const Network& network, const at::Tensor& x, double beta);

/// The bare Hessian-vector product: forward, backward with its graph, and backward again through it, of the logit of class 0 on
/// the surrogate written by hand; [N,...].
at::Tensor bare_double_backward(const Case& subject, const Network& network, const at::Tensor& inputs, const at::Tensor& v,
                                double beta, const BareWay& way);

}  // namespace faultline::bench
