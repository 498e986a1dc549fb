#include "models/torchscript_interpreter.h"

#include <torch/csrc/jit/ir/constants.h>

#include "models/torchscript_builtins.h"

namespace faultline::torchscript {

namespace jit = torch::jit;

namespace {

std::vector<Value> values_of(const jit::Node& node, const std::unordered_map<const jit::Value*, Value>& frame) {
  std::vector<Value> values;
  for (const jit::Value* input : node.inputs()) values.push_back(frame.at(input));
  return values;
}

void assign(const jit::Node& node, std::unordered_map<const jit::Value*, Value>& frame, std::vector<Value> results) {
  for (size_t i = 0; i < node.outputs().size(); ++i)
    frame[node.outputs()[i]] = i < results.size() ? std::move(results[i]) : Value();
}

bool is_comparison(const std::string& kind) {
  return kind == "aten::eq" || kind == "aten::ne" || kind == "aten::lt" || kind == "aten::le" || kind == "aten::gt" ||
         kind == "aten::ge";
}

bool is_talk(const std::string& kind) {
  return kind == "aten::warn" || kind == "prim::Print" || kind == "prim::profile" || kind == "aten::manual_seed";
}

/// Gives a tensor a new value, and every tensor it is a part of one with that part replaced.
void write_through(Call& call, Cell& cell, int changed) {
  const int64_t before = cell.storage->version;
  const int64_t now = ++cell.storage->version;
  cell.node = changed;
  cell.seen = now;
  for (Cell* view = &cell; view->part.whole && view->part.whole->seen == before; view = view->part.whole.get()) {
    const Part& part = view->part;
    Cell& whole = *part.whole;
    const auto outside = [&](int64_t start, int64_t end) {
      return call.emit(Op::slice, {whole.node}, {{"dim", part.dim}, {"start", start}, {"end", end}, {"step", int64_t{1}}});
    };
    const int64_t size = call.size(whole.node, part.dim);
    std::vector<int> pieces;
    if (part.start > 0) pieces.push_back(outside(0, part.start));
    pieces.push_back(part.is_selected
                         ? call.reshaped(view->node, [&](const at::Tensor& t, int64_t) { return t.unsqueeze(part.dim); })
                         : view->node);
    if (part.end < size) pieces.push_back(outside(part.end, size));
    whole.node = call.emit(Op::cat, pieces, {{"dim", part.dim}});
    whole.seen = now;
  }
}

}  // namespace

Value Interpreter::forward(const jit::Module& module) {
  const Float64ByDefault float64;
  const auto method = module.find_method("forward");
  if (!method) throw FinalRefusal("the model", "has no forward method");
  const jit::Graph& graph = graph_of(method->function());
  const auto& parameters = method->function().getSchema().arguments();
  std::vector<Value> arguments{Value::module(module._ivalue(), "")};
  for (size_t i = 1; i < parameters.size(); ++i) {
    if (i == 1) {
      if (!parameters[i].type()->isSubtypeOf(*c10::TensorType::get()))
        throw FinalRefusal("the model", "forward takes " + parameters[i].type()->repr_str() + " where one tensor is needed");
      arguments.push_back(Value::tensor(draft_.input()));
    } else if (parameters[i].default_value()) {
      arguments.push_back(abstract_value(*parameters[i].default_value(), constants_, ""));
    } else {
      throw FinalRefusal("the model", "forward takes more than one input (" + parameters[i].name() + "): one tensor is needed");
    }
  }
  if (arguments.size() < 2) throw FinalRefusal("the model", "forward takes no input");
  std::vector<Value> results = run_graph(graph, std::move(arguments), {"", is_leaf(*module.type(), graph)});
  return results.size() == 1 ? results.front() : Value::list(std::move(results), Value::Kind::tuple);
}

std::vector<Value> Interpreter::run_graph(const jit::Graph& graph, std::vector<Value> arguments, const Scope& scope) {
  if (arguments.size() != graph.inputs().size())
    throw Refusal(scope.module, "is called with another number of arguments than it takes");
  Frame frame;
  for (size_t i = 0; i < arguments.size(); ++i) frame[graph.inputs()[i]] = std::move(arguments[i]);
  run_block(*graph.block(), frame, scope);
  std::vector<Value> results;
  for (const jit::Value* output : graph.outputs()) results.push_back(frame.at(output));
  return results;
}

void Interpreter::run_block(const jit::Block& block, Frame& frame, const Scope& scope) {
  for (const jit::Node* node : const_cast<jit::Block&>(block).nodes()) run_node(*node, frame, scope);
}

void Interpreter::run_node(const jit::Node& node, Frame& frame, const Scope& scope) {
  // Loops inside loops and calls inside calls: a few lines of code may stand for any number of steps.
  constexpr int64_t most_steps = 2000000;
  if (++steps_ > most_steps)
    throw FinalRefusal(place(node, scope), "the model's code takes more than " + std::to_string(most_steps) + " steps");
  const std::string kind = node.kind().toQualString();
  if (run_control_flow(node, frame, scope)) return;
  const std::vector<Value> arguments = values_of(node, frame);
  if (run_structure(node, arguments, frame, scope)) return;
  try {
    if (const auto made = collection_operation(kind, arguments)) return assign(node, frame, {*made});
    if (const auto answer = tensor_query(kind, arguments, draft_)) return assign(node, frame, {*answer});
    bool has_tensor = false, has_count = false, is_known = true;
    for (const Value& argument : arguments) {
      has_tensor = has_tensor || argument.holds_tensor();
      has_count = has_count || argument.holds_count();
      is_known = is_known && argument.is_wholly_concrete();
    }
    if (is_known) return assign(node, frame, run_concretely(node, arguments, constants_));
    const bool returns_tensor = node.outputs().size() == 1 && node.output()->type()->kind() == c10::TypeKind::TensorType;
    if (has_count && !has_tensor)
      if (const auto number = count_arithmetic(kind, arguments, returns_tensor)) return assign(node, frame, {*number});
    Value result = operation(node, kind, arguments, scope);
    if (result.kind == Value::Kind::tuple && node.outputs().size() > 1) return assign(node, frame, *result.items);
    if (result.kind == Value::Kind::tuple && returns_tensor) result = result.items->front();
    assign(node, frame, {result});
  } catch (const Refusal& refusal) {
    if (refusal.where != kind) throw;
    throw Refusal(place(node, scope), refusal.what());
  } catch (const std::logic_error&) {
    throw;
  } catch (const std::exception& error) {
    throw Refusal(place(node, scope), reason_of(error));
  }
}

std::string Interpreter::place(const jit::Node& node, const Scope& scope) const {
  return Call(draft_, node.kind().toQualString(), {}, {scope.module, scope.is_leaf, source_line(node)}).place();
}

bool Interpreter::run_control_flow(const jit::Node& node, Frame& frame, const Scope& scope) {
  const std::string kind = node.kind().toQualString();
  if (kind == "prim::Constant") {
    const auto known = jit::toIValue(node.output());
    assign(node, frame, {known ? abstract_value(*known, constants_, "") : Value()});
  } else if (kind == "prim::If") {
    const jit::Block& block = *node.blocks()[truth(frame.at(node.input(0))) ? 0 : 1];
    run_block(block, frame, scope);
    std::vector<Value> results;
    for (const jit::Value* output : const_cast<jit::Block&>(block).outputs()) results.push_back(frame.at(output));
    assign(node, frame, std::move(results));
  } else if (kind == "prim::Loop") {
    run_loop(node, frame, scope);
  } else if (kind == "prim::RaiseException") {
    const Value& message = frame.at(node.input(0));
    const bool has_text = message.kind == Value::Kind::concrete && message.concrete.isString();
    throw Refusal(place(node, scope),
                  "the file's own check fails" + (has_text ? ": " + message.concrete.toStringRef() : std::string()));
  } else {
    return false;
  }
  return true;
}

void Interpreter::run_loop(const jit::Node& node, Frame& frame, const Scope& scope) {
  const Value& trips = frame.at(node.input(0));
  if (trips.kind != Value::Kind::concrete)
    throw Refusal("a loop", "its number of rounds depends on the batch size or on computed values");
  constexpr int64_t most_rounds = 100000;
  const jit::Block& body = *node.blocks()[0];
  std::vector<Value> carried;
  for (size_t i = 2; i < node.inputs().size(); ++i) carried.push_back(frame.at(node.input(i)));
  bool goes_on = truth(frame.at(node.input(1)));
  for (int64_t round = 0; goes_on && round < trips.concrete.toInt(); ++round) {
    if (round == most_rounds) throw Refusal("a loop", "runs more than " + std::to_string(most_rounds) + " rounds");
    auto& block = const_cast<jit::Block&>(body);
    frame[block.inputs()[0]] = Value(round);
    for (size_t i = 0; i < carried.size(); ++i) frame[block.inputs()[i + 1]] = carried[i];
    run_block(body, frame, scope);
    goes_on = truth(frame.at(block.outputs()[0]));
    for (size_t i = 0; i < carried.size(); ++i) carried[i] = frame.at(block.outputs()[i + 1]);
  }
  assign(node, frame, std::move(carried));
}

bool Interpreter::run_structure(const jit::Node& node, const std::vector<Value>& arguments, Frame& frame, const Scope& scope) {
  const std::string kind = node.kind().toQualString();
  if (kind == "prim::GetAttr") {
    assign(node, frame, {attribute(arguments[0], node.s(jit::attr::name))});
  } else if (kind == "prim::SetAttr") {
    attributes_[{arguments[0].concrete.toObject().get(), node.s(jit::attr::name)}] = arguments[1];
  } else if (kind == "prim::CallMethod") {
    assign(node, frame, call_method(node, arguments));
  } else if (kind == "prim::CallFunction") {
    assign(node, frame, call_function(node, arguments, scope));
  } else if (kind == "prim::ListConstruct") {
    assign(node, frame, {Value::list(arguments)});
  } else if (kind == "prim::TupleConstruct") {
    assign(node, frame, {Value::list(arguments, Value::Kind::tuple)});
  } else if (kind == "prim::DictConstruct") {
    assign(node, frame, {Value::list(arguments, Value::Kind::dict)});
  } else if (kind == "prim::TupleUnpack" || kind == "prim::ListUnpack") {
    if (!arguments[0].items || arguments[0].items->size() != node.outputs().size())
      throw Refusal(place(node, scope), "a list or tuple has another number of elements than are taken from it");
    assign(node, frame, *arguments[0].items);
  } else if (kind == "prim::TupleSlice") {
    const auto& items = *arguments[0].items;
    assign(node, frame,
           {Value::list({items.begin() + node.i(jit::attr::beg), items.begin() + node.i(jit::attr::end)}, Value::Kind::tuple)});
  } else if (kind == "prim::unchecked_cast" || kind == "aten::_unwrap_optional" || kind == "prim::unchecked_unwrap_optional") {
    assign(node, frame, {arguments[0]});
  } else if (kind == "aten::__is__" || kind == "aten::__isnot__") {
    const bool both = arguments[0].is_none() && arguments[1].is_none();
    const bool same = both || (arguments[0].cell && arguments[0].cell == arguments[1].cell);
    assign(node, frame, {Value(same == (kind == "aten::__is__"))});
  } else if (kind == "prim::isinstance") {
    const c10::TypePtr type = arguments[0].is_none()                       ? c10::TypePtr(c10::NoneType::get())
                              : arguments[0].is_tensor()                   ? c10::TypePtr(c10::TensorType::get())
                              : arguments[0].kind == Value::Kind::concrete ? arguments[0].concrete.type()
                                                                           : node.input(0)->type();
    bool is_one = false;
    for (const c10::TypePtr& candidate : node.tys(jit::attr::types)) is_one = is_one || type->isSubtypeOf(*candidate);
    assign(node, frame, {Value(is_one)});
  } else if (kind == "aten::format" || kind == "aten::percentFormat") {
    assign(node, frame, {Value(std::string("..."))});
  } else if (kind == "prim::Uninitialized" || is_talk(kind)) {
    assign(node, frame, {});
  } else {
    return false;
  }
  return true;
}

Value Interpreter::operation(const jit::Node& node, const std::string& kind, const std::vector<Value>& arguments,
                             const Scope& scope) {
  const bool is_in_place = kind.size() > 2 && kind.back() == '_' && kind[kind.size() - 2] != '_';
  if (is_in_place) return in_place(node, kind, arguments, scope);
  Call::Arguments named;
  const c10::FunctionSchema* schema = node.maybeSchema();
  for (size_t i = 0; i < arguments.size(); ++i)
    named.emplace_back(schema && i < schema->arguments().size() ? schema->arguments()[i].name() : std::to_string(i),
                       arguments[i]);
  Call call(draft_, kind, std::move(named), {scope.module, scope.is_leaf, source_line(node)});
  const auto found = operations().find(kind);
  if (is_comparison(kind))
    throw FinalRefusal(call.place(), "compares values the network computes: the path through it, or a mask, depends on them");
  if (found == operations().end()) throw FinalRefusal(call.place(), "this operation is not supported");
  return found->second(call);
}

Value Interpreter::in_place(const jit::Node& node, const std::string& kind, const std::vector<Value>& arguments,
                            const Scope& scope) {
  const Value result = operation(node, kind.substr(0, kind.size() - 1), arguments, scope);
  Call call(draft_, kind, {}, {scope.module, scope.is_leaf, source_line(node)});
  if (!arguments[0].is_tensor()) call.refuse("a constant is filled with values that the network computes");
  Cell& cell = *arguments[0].cell;
  const int changed = call.node_of(result, "self");
  if (changed == cell.node) return arguments[0];
  if (draft_.shape(changed) != draft_.shape(cell.node)) call.refuse("an in-place operation changes the shape of its tensor");
  write_through(call, cell, changed);
  return arguments[0];
}

}  // namespace faultline::torchscript
