#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>

#include "models/torchscript_interpreter.h"

namespace faultline::torchscript {

namespace jit = torch::jit;

namespace {

bool reads_modules(const jit::Block& block) {
  for (const jit::Node* node : const_cast<jit::Block&>(block).nodes()) {
    if (node->kind() == jit::prim::CallMethod) return true;
    for (const jit::Value* output : node->outputs())
      if (output->type()->is_module()) return true;
    for (const jit::Block* inner : node->blocks())
      if (reads_modules(*inner)) return true;
  }
  return false;
}

std::string path_join(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

}  // namespace

std::string source_line(const jit::Node& node) {
  jit::SourceRange range = node.sourceRange();
  if (const auto origin = range.findSourceRangeThatGenerated()) range = *origin;
  const auto place = range.file_line_col();
  if (!place) return "";
  const std::string& file = std::get<0>(*place);
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(std::get<1>(*place));
}

const jit::Graph& graph_of(jit::Function& function) { return *jit::toGraphFunction(function).graph(); }

bool is_leaf(const c10::ClassType& type, const jit::Graph& method) {
  const auto& attributes = type.getAttributes();
  const bool has_modules =
      std::any_of(attributes.begin(), attributes.end(), [](const auto& attribute) { return attribute.getType()->is_module(); });
  return !has_modules || !reads_modules(*method.block());
}

jit::Function& called_function(const jit::Node& node) {
  return *node.input(0)->type()->expectRef<c10::FunctionType>().function();
}

Value Interpreter::attribute(const Value& module, const std::string& name) {
  if (module.kind != Value::Kind::module) throw Refusal(name, "an attribute of something that is no module is read");
  const auto object = module.concrete.toObject();
  const auto set = attributes_.find({object.get(), name});
  if (set != attributes_.end()) return set->second;
  const std::string path = path_join(module.text, name);
  const c10::IValue& known = object->getAttr(name);
  const size_t slot = object->type()->getAttributeSlot(name);
  const bool is_trained = object->type()->is_parameter(slot) || object->type()->is_buffer(slot);
  if (!known.isTensor() || !is_trained || !known.toTensor().is_floating_point()) return abstract_value(known, widened_, path);
  const auto met = parameters_.find(known.toTensor().unsafeGetTensorImpl());
  if (met != parameters_.end()) return met->second;
  return parameters_[known.toTensor().unsafeGetTensorImpl()] =
             Value::tensor(draft_.leaf(widened_.of(known.toTensor()), path, true));
}

std::vector<Value> Interpreter::call_method(const jit::Node& node, const std::vector<Value>& arguments) {
  const Value& module = arguments[0];
  if (module.kind != Value::Kind::module)
    throw Refusal(node.s(jit::attr::name), "a method of something that is no module is called");
  const auto type = module.concrete.toObject()->type();
  const jit::Graph& graph = graph_of(type->getMethod(node.s(jit::attr::name)));
  return run_graph(graph, arguments, {module.text, is_leaf(*type, graph)});
}

std::vector<Value> Interpreter::call_function(const jit::Node& node, std::vector<Value> arguments, const Scope& scope) {
  arguments.erase(arguments.begin());
  return run_graph(graph_of(called_function(node)), std::move(arguments), scope);
}

}  // namespace faultline::torchscript
