#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <vector>

#include "core/context.h"
#include "models/network.h"

namespace faultline {

/// Inputs for the network together with the explained class of each row and the slot it takes in the fixed-size blocks.
struct Points {
  at::Tensor inputs;             ///< [N, ...]
  at::Tensor targets;            ///< [N] int64
  std::vector<int64_t> slots;    ///< [N], taken modulo the block size
  at::Tensor runners_up;         ///< [N] int64, only for Output::logit_difference
};

/// Which scalar f(x) is explained (conventions 1).
enum class Output { logit, probability, log_probability, logit_difference, logit_contrast };

/// f(x) of every row from logits [N,K]: [N].
at::Tensor explained_output(const at::Tensor& logits, Output output, const at::Tensor& targets, const at::Tensor& runners_up);

/// The predicted class of each row of logits [N,K]: the largest logit, ties to the smallest index; where K = 1, whether the one is
/// positive (conventions 1). [N] int64 on the CPU.
at::Tensor predicted_classes(const at::Tensor& logits);

/// The network always runs in blocks of network.block_size() rows: each row keeps its slot and empty slots are padded, so that a row's
/// numbers do not depend on which others are computed beside it (DESIGN 4.1). No function here keeps an autograd graph after it returns.

/// logits [N,K].
at::Tensor block_logits(const Network& network, const Points& points, PassCount* passes = nullptr);

/// g(x) = df/dx, [N,...]. logits: where given, receives the logits [N,K] of the same forward pass.
at::Tensor input_gradient(const Network& network, const Points& points, Output output, PassCount* passes = nullptr,
                          at::Tensor* logits = nullptr);

/// (d/dx) <v, g(x)>, the Hessian-vector product, [N,...]. v: [N,...].
at::Tensor hessian_vector(const Network& network, const Points& points, Output output, const at::Tensor& v, PassCount* passes = nullptr);

/// Both in one run: first g(x), then the Hessian-vector product with v = make_v(g rows, row numbers). rows: which rows of points a call
/// of make_v sees. Costs one forward, one backward and one double backward.
struct GradientAndProduct {
  at::Tensor gradient;  ///< [N,...]
  at::Tensor product;   ///< [N,...]
};
GradientAndProduct gradient_and_product(const Network& network, const Points& points, Output output,
                                        const std::function<at::Tensor(const at::Tensor& gradient, const std::vector<int64_t>& rows)>& make_v,
                                        PassCount* passes = nullptr);

}  // namespace faultline
