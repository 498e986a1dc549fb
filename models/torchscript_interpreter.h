#pragma once
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/graph_draft.h"
#include "models/torchscript_call.h"
#include "models/torchscript_concrete.h"

namespace faultline::torchscript {

/// Walks a module's forward code with abstract values and writes what depends on the input or on trained arrays into a draft.
/// What depends on neither is computed for real. Calls are followed, loops unrolled and only the branch taken is walked. Throws
/// Refusal.
class Interpreter {
 public:
  /// widened: the module's arrays in float64, shared between runs.
  Interpreter(GraphDraft& draft, WidenedTensors& widened) : draft_(draft), widened_(widened) {}

  /// What forward returns for the draft's input.
  Value forward(const torch::jit::Module& module);

 private:
  using Frame = std::unordered_map<const torch::jit::Value*, Value>;
  struct Scope {
    std::string module;
    bool is_leaf = false;
  };

  std::vector<Value> run_graph(const torch::jit::Graph& graph, std::vector<Value> arguments, const Scope& scope);
  void run_block(const torch::jit::Block& block, Frame& frame, const Scope& scope);
  void run_node(const torch::jit::Node& node, Frame& frame, const Scope& scope);
  bool run_control_flow(const torch::jit::Node& node, Frame& frame, const Scope& scope);
  bool run_structure(const torch::jit::Node& node, const std::vector<Value>& arguments, Frame& frame, const Scope& scope);
  void run_loop(const torch::jit::Node& node, Frame& frame, const Scope& scope);
  Value operation(const torch::jit::Node& node, const std::string& kind, const std::vector<Value>& arguments, const Scope& scope);
  Value in_place(const torch::jit::Node& node, const std::string& kind, const std::vector<Value>& arguments, const Scope& scope);
  std::string place(const torch::jit::Node& node, const Scope& scope) const;
  Value attribute(const Value& module, const std::string& name);
  std::vector<Value> call_method(const torch::jit::Node& node, const std::vector<Value>& arguments);
  std::vector<Value> call_function(const torch::jit::Node& node, std::vector<Value> arguments, const Scope& scope);

  GraphDraft& draft_;
  WidenedTensors& widened_;
  int64_t steps_ = 0;
  WidenedTensors constants_;  // of the code; made anew for every run, since code may change them
  std::map<std::pair<const void*, std::string>, Value> attributes_;  // trained arrays met so far and attributes the code set
  std::unordered_map<const c10::TensorImpl*, Value> parameters_;
};

/// "resnet.py:154", "" where the file does not say.
std::string source_line(const torch::jit::Node& node);
/// The graph of a method or function of the file.
const torch::jit::Graph& graph_of(torch::jit::Function& function);
/// True where a method's operations go by its module's name: no module stands inside, or the method's code reads none of them.
bool is_leaf(const c10::ClassType& type, const torch::jit::Graph& method);
/// The function a prim::CallFunction names.
torch::jit::Function& called_function(const torch::jit::Node& node);

}  // namespace faultline::torchscript
