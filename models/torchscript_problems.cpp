#include <torch/csrc/jit/api/function_impl.h>

#include <set>

#include "models/torchscript_import.h"
#include "models/torchscript_interpreter.h"

namespace faultline::torchscript {

namespace jit = torch::jit;

namespace {

/// Walks all code that forward may reach and asks, for every operation that no table covers, whether it may meet what the network
/// computes: whether one of its tensors comes from anything but constants.
class Survey {
 public:
  void walk_method(const c10::ClassTypePtr& type, const std::string& name, const std::string& path) {
    const jit::Graph& graph = graph_of(type->getMethod(name));
    if (!seen_.insert({&graph, path}).second) return;
    std::map<const jit::Value*, std::string> paths{{graph.inputs()[0], path}};
    walk_block(*graph.block(), paths, path);
  }

  std::vector<ModelProblem> problems;

 private:
  void walk_block(const jit::Block& block, std::map<const jit::Value*, std::string>& paths, const std::string& path) {
    for (const jit::Node* node : const_cast<jit::Block&>(block).nodes()) {
      const std::string kind = node->kind().toQualString();
      if (kind == "prim::GetAttr") {
        const auto owner = paths.find(node->input(0));
        const auto type = node->output()->type()->cast<c10::ClassType>();
        const std::string base = owner == paths.end() ? path : owner->second;
        if (type) paths[node->output()] = base.empty() ? node->s(jit::attr::name) : base + "." + node->s(jit::attr::name);
      } else if (kind == "prim::CallMethod") {
        const auto type = node->input(0)->type()->cast<c10::ClassType>();
        if (type) walk_method(type, node->s(jit::attr::name), paths.count(node->input(0)) ? paths[node->input(0)] : path);
      } else if (kind == "prim::CallFunction") {
        const jit::Graph& graph = graph_of(called_function(*node));
        std::map<const jit::Value*, std::string> inner;
        if (seen_.insert({&graph, path}).second) walk_block(*graph.block(), inner, path);
      } else {
        judge(*node, kind, path);
      }
      for (const jit::Block* inner : node->blocks()) walk_block(*inner, paths, path);
    }
  }

  void judge(const jit::Node& node, std::string kind, const std::string& path) {
    if (kind.rfind("aten::", 0) != 0 && kind.find("::") != std::string::npos && kind.rfind("prim::", 0) == 0) return;
    if (kind.size() > 2 && kind.back() == '_' && kind[kind.size() - 2] != '_') kind.pop_back();
    if (operations().count(kind) || is_question(kind)) return;
    bool meets_network = false;
    for (const jit::Value* input : node.inputs())
      meets_network = meets_network || (holds_tensor(*input->type()) && !is_constant(input));
    if (!meets_network) return;
    const std::string line = source_line(node);
    problems.push_back({kind, (path.empty() ? "the model" : path) + (line.empty() ? "" : " (" + line + ")"),
                        "no operation of the layer graph stands for it"});
  }

  static bool holds_tensor(const c10::Type& type) {
    if (type.kind() == c10::TypeKind::TensorType) return true;
    for (const c10::TypePtr& inner : type.containedTypes())
      if (holds_tensor(*inner)) return true;
    return false;
  }

  /// Operations that only ask about a tensor or that work on lists.
  static bool is_question(const std::string& kind) {
    static const std::set<std::string> known{"aten::size",
                                             "aten::dim",
                                             "aten::numel",
                                             "aten::len",
                                             "aten::Int",
                                             "aten::Float",
                                             "aten::Bool",
                                             "aten::item",
                                             "aten::eq",
                                             "aten::ne",
                                             "aten::is_floating_point",
                                             "aten::__is__",
                                             "aten::__isnot__",
                                             "aten::append",
                                             "aten::__getitem__",
                                             "aten::format",
                                             "aten::warn",
                                             "aten::ScalarImplicit",
                                             "aten::IntImplicit",
                                             "aten::floor_divide",
                                             "aten::floordiv",
                                             "aten::_unwrap_optional",
                                             "aten::_set_item",
                                             "aten::__contains__",
                                             "aten::values",
                                             "aten::keys",
                                             "aten::items",
                                             "aten::insert",
                                             "aten::extend",
                                             "aten::list",
                                             "aten::copy",
                                             "aten::reverse",
                                             "aten::pop",
                                             "aten::get_device",
                                             "aten::remainder",
                                             "aten::gt",
                                             "aten::lt",
                                             "aten::ge",
                                             "aten::le",
                                             "aten::fill",
                                             "aten::logical_or",
                                             "aten::logical_and",
                                             "aten::logical_not",
                                             "aten::bitwise_or",
                                             "aten::bitwise_and",
                                             "aten::bitwise_not",
                                             "aten::__or__",
                                             "aten::__and__"};
    return known.count(kind) != 0;
  }

  /// Made from constants alone, within its own code.
  bool is_constant(const jit::Value* value) {
    const auto met = constant_.find(value);
    if (met != constant_.end()) return met->second;
    const jit::Node* node = value->node();
    const std::string kind = node->kind().toQualString();
    bool constant = kind == "prim::Constant";
    if (!constant && (kind.rfind("aten::", 0) == 0 || kind == "prim::NumToTensor" || kind == "prim::ListConstruct")) {
      constant = true;
      for (const jit::Value* input : node->inputs()) constant = constant && (!holds_tensor(*input->type()) || is_constant(input));
    }
    return constant_[value] = constant;
  }

  std::set<std::pair<const void*, std::string>> seen_;
  std::map<const jit::Value*, bool> constant_;
};

}  // namespace

std::vector<ModelProblem> problems_of(const jit::Module& module) {
  Survey survey;
  if (module.find_method("forward")) survey.walk_method(module.type(), "forward", "");
  return survey.problems;
}

}  // namespace faultline::torchscript
