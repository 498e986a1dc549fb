#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/extents.h"
#include "models/layer_graph.h"

namespace faultline::torchscript {

// TorchScript source, made of strings: the way back from the importer's operation tables.

/// A floating point literal that reads back as this double, `float('-inf')` and the like included.
std::string literal(double value);
/// [1, 2]; an empty list is cut from one of integers, since `[]` alone is one of tensors.
std::string literal(const std::vector<int64_t>& values);
std::string literal(bool value);
/// "torch.OPERATION(a, b)"
std::string call(const std::string& operation, const std::vector<std::string>& arguments);
/// "object.name", by getattr where the name is no identifier.
std::string member(const std::string& object, const std::string& name);

/// The body of the method that computes one node. Operations write() themselves into it line by line.
class NodeCode {
 public:
  /// inputs: an expression for each of the node's inputs, `None` for one that the operation takes as absent. shape_of: the shape
  /// of an input's value, asked for only where code depends on it.
  NodeCode(const Node& node, std::vector<std::string> inputs, std::function<Shape(size_t)> shape_of)
      : node_(node), inputs_(std::move(inputs)), shape_of_(std::move(shape_of)) {}

  const Node& node() const { return node_; }
  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::string& input(size_t place = 0) const { return inputs_.at(place); }
  /// `None` where the node has no such input.
  std::string optional_input(size_t place) const { return place < inputs_.size() ? inputs_[place] : "None"; }
  Shape shape(size_t place = 0) const { return shape_of_(place); }
  size_t rank(size_t place = 0) const { return shape_of_(place).size(); }

  std::string integers(const std::string& key) const { return literal(node_.integers(key)); }
  std::string integer(const std::string& key) const { return std::to_string(node_.integer(key)); }
  std::string number(const std::string& key) const { return literal(node_.number(key)); }
  std::string flag(const std::string& key) const { return literal(node_.flag(key)); }

  /// Gives the value of an expression a name, and a type where the expression alone has another.
  std::string assign(const std::string& expression, const std::string& type = "");
  /// The same for an operation that gives a tensor and its places.
  std::string assign_first(const std::string& expression);
  /// The batch size of the network's input.
  std::string batch() {
    reads_batch_ = true;
    return "n";
  }

  const std::vector<std::string>& lines() const { return lines_; }
  bool reads_batch() const { return reads_batch_; }

 private:
  const Node& node_;
  std::vector<std::string> inputs_;
  std::function<Shape(size_t)> shape_of_;
  std::vector<std::string> lines_;
  int values_ = 0;
  bool reads_batch_ = false;
};

/// Writes the node's operation; returns the expression of its result. Throws an input Error naming node and operation where
/// TorchScript has no words for it, std::logic_error for leaves.
std::string write(NodeCode& code);

// By family, as apply() has them.
std::string write_linear_map(NodeCode& code);
std::string write_normalisation(NodeCode& code);
std::string write_activation(NodeCode& code);
std::string write_smooth_surrogate(NodeCode& code);
std::string write_pooling(NodeCode& code);
std::string write_soft_maximum(NodeCode& code);
std::string write_combination(NodeCode& code);
std::string write_rearrangement(NodeCode& code);

/// Says that the node cannot be written, and why.
[[noreturn]] void cannot_write(const Node& node, const std::string& why);

}  // namespace faultline::torchscript
