#pragma once
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/layer_graph.h"
#include "models/shape_probe.h"

namespace faultline {

/// Why a graph cannot be built: `where` is a layer or module, `why` the reason in words. The caller knows the file and makes an
/// Error of it.
struct Refusal : std::runtime_error {
  Refusal(const std::string& where, const std::string& why) : std::runtime_error(why), where(where) {}
  std::string where;
};

/// A refusal that no other batch size would lift: an operation that is not covered, more than one input, NaN in weights.
struct FinalRefusal : Refusal {
  using Refusal::Refusal;
};

/// The first line with words of what ATen says when it refuses something, without its backtrace.
/// Running out of memory is kNoMemory, whoever says it.
constexpr const char* kNoMemory = "there is not enough memory";
std::string reason_of(const std::exception& error);

/// A layer graph under construction: nodes with the shapes of their results. Nodes may be changed, redirected and left dead;
/// `finished()` drops what is dead and renumbers. Used by importers and by the canonical form.
class GraphDraft {
 public:
  GraphDraft(std::vector<int64_t> input_shape, std::vector<int64_t> batches);
  /// A draft of a finished graph, to rewrite it.
  GraphDraft(const LayerGraph& graph, const std::vector<at::Tensor>& parameters);

  int input() const { return input_; }
  /// A node for a leaf array. A name taken before gets `_2`, `_3`, ...
  int leaf(const at::Tensor& values, const std::string& name, bool is_trained);
  /// A new node; its shape is found by running it on stand-ins. Throws Refusal naming the layer and the shapes where it does not
  /// fit.
  int add(Op op, const std::string& name, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes = {});
  bool has_name(const std::string& name) const { return names_.count(name) != 0; }
  int scalar(double value, const std::string& name) { return leaf(at::scalar_tensor(value, at::kDouble), name, false); }

  const Node& node(int index) const { return nodes_.at(static_cast<size_t>(index)); }
  bool is_leaf(int index) const { return node(index).op == Op::parameter || node(index).op == Op::constant; }
  const at::Tensor& values(int leaf) const { return parameters_.at(static_cast<size_t>(node(leaf).parameter)); }
  const StandIn& stand_in(int index) const { return stand_ins_.at(static_cast<size_t>(index)); }
  Shape shape(int index) const { return probe_.shape(stand_in(index)); }
  const ShapeProbe& probe() const { return probe_; }
  bool has_frozen_batch() const { return probe_.batches().size() == 1; }

  /// Changes a node's operation and attributes; the result must keep its shape (checked).
  void rewrite(int index, Op op, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes);
  /// Every reader of `old` reads `replacement` from now on.
  void redirect(int old, int replacement);
  /// A node that takes the place of another takes its name too; the other is about to die.
  void swap_names(int a, int b) { std::swap(nodes_.at(static_cast<size_t>(a)).name, nodes_.at(static_cast<size_t>(b)).name); }
  std::vector<int> use_counts() const;

  int output = -1;
  std::vector<std::string> notes;

  /// Nodes that the output needs, each after what it reads; a depth-first walk from the output, so the order does not depend on
  /// how the graph was built.
  std::vector<int> order() const;
  /// The finished graph and its parameters (those still read, in the order of their nodes).
  LayerGraph finished(std::vector<at::Tensor>& parameters) const;

 private:
  std::string unique(const std::string& name);

  std::vector<Node> nodes_;
  std::vector<StandIn> stand_ins_;
  std::vector<at::Tensor> parameters_;
  std::vector<int64_t> input_shape_;
  ShapeProbe probe_;
  std::set<std::string> names_;
  int input_ = 0;
};

}  // namespace faultline
