#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/graph_draft.h"
#include "models/torchscript_value.h"

namespace faultline::torchscript {

/// Where in the file an operation stands.
struct CallSite {
  std::string module;       ///< path of the module being executed, "" for the root
  bool is_leaf = false;     ///< its code reads no module inside, so its operations go by its name
  std::string source_line;  ///< "model.py:12", "" where the file has none
};

/// One operation of the file with its arguments by schema name, for the operation tables: reads arguments as what they must be
/// and adds nodes to the draft. Every reader throws Refusal, in words, where an argument is something else.
class Call {
 public:
  using Arguments = std::vector<std::pair<std::string, Value>>;
  Call(GraphDraft& draft, std::string operation, Arguments arguments, CallSite site)
      : draft_(draft), operation_(std::move(operation)), arguments_(std::move(arguments)), site_(std::move(site)) {}

  const std::string& operation() const { return operation_; }
  GraphDraft& draft() { return draft_; }

  /// None where the schema has no such argument.
  const Value& value(const std::string& name) const;
  bool has(const std::string& name) const { return !value(name).is_none(); }

  Extent extent(const std::string& name) const;
  Shape extents(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  int64_t integer(const std::string& name, int64_t otherwise) const { return has(name) ? integer(name) : otherwise; }
  /// `count` > 0: a single number or a list of one stands for all of them.
  std::vector<int64_t> integers(const std::string& name, size_t count = 0) const;
  double number(const std::string& name) const;
  double number(const std::string& name, double otherwise) const { return has(name) ? number(name) : otherwise; }
  bool flag(const std::string& name, bool otherwise = false) const;
  std::string word(const std::string& name, const std::string& otherwise = "") const;

  /// A tensor argument as a node; constants become constant nodes, floating point ones as they are, whole numbers and flags
  /// widened.
  int operand(const std::string& name) { return operand(value(name), name); }
  int operand(const Value& value, const std::string& name);
  /// A constant node with its own type, for masks and index tables. Refuses what the network computes.
  int table(const std::string& name);
  at::Tensor constant_tensor(const Value& value, const std::string& name) const;
  /// A trained array. A constant (a file its author froze) becomes a parameter named from the order, `convolution_1.weight`.
  int weight(const std::string& name, Op op);
  /// A sequence argument's tensors.
  std::vector<int> operands(const std::string& name);
  /// The current node of a tensor variable; refuses one whose storage was changed through another view.
  int node_of(const Value& value, const std::string& name) const;

  Shape shape(int node) const { return draft_.shape(node); }
  int64_t rank(int node) const { return static_cast<int64_t>(draft_.stand_in(node).front().dim()); }
  /// The size of a dimension that must not grow with the batch.
  int64_t size(int node, int64_t dim) const;
  int64_t wrapped(int64_t dim, int64_t rank) const;
  int64_t dimension(const std::string& name, int node) const { return wrapped(integer(name), rank(node)); }
  /// Sorted; all of them where the argument is None or empty.
  std::vector<int64_t> dimensions(const std::string& name, int node) const;

  /// Adds a node named after the layer.
  int emit(Op op, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes = {});
  int scalar(double value) { return draft_.scalar(value, name_for("constant")); }
  int constant(const at::Tensor& values) { return draft_.leaf(values, name_for("constant"), false); }
  /// A reshape node to the shape `function` makes of the value.
  int reshaped(int node, const std::function<at::Tensor(const at::Tensor&, int64_t batch)>& function);
  int reshaped(int node, const Shape& shape);
  int expanded(int node, const Shape& shape);

  /// A result that is a view of an argument's storage.
  Value view(int node, const std::string& of = "self") const;

  /// "aten::conv2d in layer1.0 (model.py:12)"
  std::string place() const;
  [[noreturn]] void refuse(const std::string& why) const;
  [[noreturn]] void refuse_batch_dependence(const std::string& what) const;

 private:
  std::string name_for(const std::string& operation) const;
  std::string layer_name(Op op, const std::vector<int>& inputs) const;

  GraphDraft& draft_;
  std::string operation_;
  Arguments arguments_;
  CallSite site_;
  std::string frozen_name_;  // of the layer whose weights are constants
};

/// What an operation of the file makes; several results come as a tuple.
using Operation = std::function<Value(Call&)>;
using OperationTable = std::map<std::string, Operation>;

OperationTable layer_operations();
OperationTable activation_operations();
OperationTable pooling_operations();
OperationTable arithmetic_operations();
OperationTable reduction_operations();
OperationTable shape_operations();
OperationTable selection_operations();
OperationTable attention_operations();
OperationTable creation_operations();

/// All of them, by the name without the in-place underscore: "aten::relu".
const OperationTable& operations();

}  // namespace faultline::torchscript
