#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Copies a network node by node, changing some on the way. Leaves are copied when their first reader is, so those that nobody
/// reads any more are dropped; names stay.
class GraphCopy {
 public:
  explicit GraphCopy(const Network& network);
  /// The copy reads inputs of another shape (without the batch dimension).
  GraphCopy(const Network& network, std::vector<int64_t> input_shape);

  /// The new place of an old node, which must have been copied or replaced before (leaves are copied now).
  int place_of(int old);
  /// Copies node `old` with its inputs redirected.
  int copy(int old);
  /// A new node, or a new leaf; a name already taken in the old or the new graph gets `.2`, `.3`, ...
  int add(Node node);
  int add_leaf(const std::string& name, const at::Tensor& value, bool is_trained);
  /// Readers of `old` read `place` instead.
  void redirect(int old, int place) { places_[old] = place; }
  /// The name of this old node may be used for a new one: the node itself is not going to be copied.
  void free_name(int old) { free_names_.push_back(network_.graph().nodes[static_cast<size_t>(old)].name); }

  /// The copied network; the last node added is its output.
  Network finish();

 private:
  std::string unique(const std::string& name) const;
  const Network& network_;
  LayerGraph graph_;
  std::vector<at::Tensor> values_;
  std::map<int, int> places_;
  std::vector<std::string> free_names_;
};

}  // namespace faultline
