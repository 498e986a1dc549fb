#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <vector>

#include "core/context.h"
#include "models/network.h"

namespace faultline {

/// Inputs for the network together with the explained class of each row and the slot it takes in the fixed-size blocks.
struct Points {
  at::Tensor inputs;           ///< [N, ...]
  at::Tensor targets;          ///< [N] int64
  std::vector<int64_t> slots;  ///< [N], taken modulo the block size
  at::Tensor runners_up;       ///< [N] int64, only for Output::logit_difference
};

/// Which scalar f(x) is explained (conventions 1).
enum class Output { logit, probability, log_probability, logit_difference, logit_contrast };

/// Throws usage where there is one class only, and what is explained compares classes.
void check_classes_to_compare(const at::Tensor& logits);

/// f(x) of every row from logits [N,K]: [N].
at::Tensor explained_output(const at::Tensor& logits, Output output, const at::Tensor& targets, const at::Tensor& runners_up);

/// The predicted class of each row of logits [N,K]: the largest logit, ties to the smallest index; where K = 1, whether the one
/// is positive (conventions 1). [N] int64 on the CPU.
at::Tensor predicted_classes(const at::Tensor& logits);

/// The network always runs in blocks of network.block_size() rows: each row keeps its slot and empty slots are padded, so that a
/// row's numbers do not depend on which others are computed beside it (DESIGN 4.1). No function here keeps an autograd graph
/// after it returns.

/// logits [N,K].
at::Tensor block_logits(const Network& network, const Points& points, PassCount* passes = nullptr);

/// g(x) = df/dx, [N,...]. logits: where given, receives the logits [N,K] of the same forward pass.
at::Tensor input_gradient(const Network& network, const Points& points, Output output, PassCount* passes = nullptr,
                          at::Tensor* logits = nullptr);

/// (d/dx) <v, g(x)>, the Hessian-vector product, [N,...]. v: [N,...].
at::Tensor hessian_vector(const Network& network, const Points& points, Output output, const at::Tensor& v,
                          PassCount* passes = nullptr);

/// One block as a function of it sees it: every row in its slot, empty slots filled with a copy of another row.
struct BlockRows {
  at::Tensor inputs;                     ///< [B,...]; require a gradient where a product is asked for
  at::Tensor targets;                    ///< [B] int64
  at::Tensor runners_up;                 ///< [B] int64, undefined where the points have none
  at::Tensor rows;                       ///< [B] int64, the row of the points in every slot
  at::Tensor active_rows, active_slots;  ///< which rows lie in which slots, without the copies, int64

  /// The values of the active rows, detached. block_values: [B,...].
  at::Tensor active(const at::Tensor& block_values) const { return block_values.detach().index_select(0, active_slots); }
  /// result [N,...] at the active rows = their values.
  void scatter(at::Tensor& result, const at::Tensor& block_values) const {
    result.index_copy_(0, active_rows, active(block_values).to(result.options()));
  }
};

/// Makes a map [B,...] of a block by one forward and one backward walk. Each row's map must depend on that row alone.
using BlockMap = std::function<at::Tensor(const BlockRows&)>;

/// The maps of all rows, [N,...]. `map` decides by itself what it records for autograd.
at::Tensor block_maps(const Network& network, const Points& points, const BlockMap& map, PassCount* passes = nullptr);

/// The maps of all rows and (d/dx) <v, R(x)>, the product of the map's Jacobian, transposed, with v = make_v(map rows, row
/// numbers), in one run. rows: which rows of points a call of make_v sees. `map` must record its graph.
struct MapAndProduct {
  at::Tensor maps;     ///< [N,...]
  at::Tensor product;  ///< [N,...], the inputs' shape
};
using MakeVector = std::function<at::Tensor(const at::Tensor& maps, const std::vector<int64_t>& rows)>;
MapAndProduct map_and_product(const Network& network, const Points& points, const BlockMap& map, const MakeVector& make_v,
                              PassCount* passes = nullptr);

/// The same for the map g(x), whose product is the Hessian-vector product. Costs one forward, one backward and one double
/// backward.
MapAndProduct gradient_and_product(const Network& network, const Points& points, Output output, const MakeVector& make_v,
                                   PassCount* passes = nullptr);

/// d f / d logits [B,K] for the explained output f: where walks of multipliers start. keep_graph: as a function of logits that
/// are recorded.
at::Tensor derivative_by_logits(const BlockRows& rows, const at::Tensor& logits, Output output, bool keep_graph);

/// d of / d x of a recorded scalar; zeros where `of` does not depend on x. keep_graph: so that it can be differentiated again.
at::Tensor derivative(const at::Tensor& of, const at::Tensor& x, bool keep_graph);

}  // namespace faultline
