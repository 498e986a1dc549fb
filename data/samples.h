#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// A batch of inputs and what belongs to each. Rows of all members correspond.
struct Samples {
  at::Tensor inputs;          ///< [N,C,H,W], [N,C,L] or [N,F], floating point, in pixel units, row-major
  at::Tensor targets;         ///< [N] int64: the explained class of each sample
  std::vector<uint64_t> ids;  ///< [N] stable ids that key every random stream (conventions 5)
  /// [N] the slot a sample takes inside the network's fixed-size blocks, by its place in the whole run: a sample keeps its
  /// slot whatever the batch size, so that rounding is the same (DESIGN 4.1). Taken modulo the block size.
  std::vector<int64_t> slots;
  at::Tensor runners_up;           ///< [N] int64, second class of the clean input; undefined where no method asks for it
  at::Tensor masks;                ///< [N,1,H,W] 0/1, ground truth region; undefined where the data has none
  at::Tensor labels;               ///< [N] int64 true classes, -1 where unknown; undefined where the data has none
  std::vector<std::string> names;  ///< [N] for people: file name or index

  int64_t size() const { return inputs.defined() ? inputs.size(0) : 0; }
  /// The rows at `rows`, in that order.
  Samples select(const std::vector<int64_t>& rows) const;
  /// The same samples with other inputs of the same shape.
  Samples with_inputs(const at::Tensor& other) const;
};

/// The rows of all, one behind the other; slots are counted anew. runners_up where every part has them; masks and labels go.
Samples joined(const std::vector<Samples>& parts);

/// ids and slots 0..N-1, names the index, targets left undefined.
Samples samples_of_array(const at::Tensor& inputs);

}  // namespace faultline
