#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

std::string owner_of(const std::string& parameter) {
  const size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "" : parameter.substr(0, dot);
}

bool has_weights(Op op) {
  return op == Op::convolution || op == Op::linear || op == Op::matmul || op == Op::batch_norm || op == Op::layer_norm ||
         op == Op::group_norm || op == Op::prelu;
}

const char* kind_in_words(const Value& value) {
  switch (value.kind) {
    case Value::Kind::concrete: return value.is_none() ? "None" : "a constant";
    case Value::Kind::tensor: return "a computed tensor";
    case Value::Kind::count: return "a number that grows with the batch";
    case Value::Kind::list: return "a list";
    case Value::Kind::tuple: return "a tuple";
    case Value::Kind::dict: return "a dictionary";
    case Value::Kind::module: return "a module";
    case Value::Kind::unavailable: return "an unavailable result";
  }
  return "";
}

bool is_single_number(const Value& value) {
  return value.is_constant_tensor() && value.concrete.toTensor().defined() && value.concrete.toTensor().numel() == 1;
}

}  // namespace

const Value& Call::value(const std::string& name) const {
  static const Value none;
  for (const auto& [key, argument] : arguments_)
    if (key == name) return argument;
  return none;
}

Extent Call::extent(const std::string& name) const {
  const Value& argument = value(name);
  if (argument.kind == Value::Kind::count) return argument.extent;
  if (argument.kind == Value::Kind::concrete && argument.concrete.isInt()) return {argument.concrete.toInt(), 0};
  if (argument.kind == Value::Kind::concrete && argument.concrete.isBool()) return {argument.concrete.toBool() ? 1 : 0, 0};
  if (is_single_number(argument)) return {argument.concrete.toTensor().item().toLong(), 0};
  refuse("argument " + name + " is " + kind_in_words(argument) + " where a known integer is needed");
}

Shape Call::extents(const std::string& name) const {
  const Value& argument = value(name);
  if (!argument.is_sequence()) return {extent(name)};
  Shape result;
  for (const Value& item : *argument.items) {
    if (item.kind == Value::Kind::unavailable || item.is_tensor()) refuse("argument " + name + " holds " + kind_in_words(item));
    if (item.kind == Value::Kind::count) {
      result.push_back(item.extent);
    } else if (is_single_number(item)) {
      result.push_back({item.concrete.toTensor().item().toLong(), 0});
    } else {
      result.push_back({item.concrete.toInt(), 0});
    }
  }
  return result;
}

int64_t Call::integer(const std::string& name) const {
  const Extent found = extent(name);
  if (!found.is_known()) refuse_batch_dependence("argument " + name);
  return found.base;
}

std::vector<int64_t> Call::integers(const std::string& name, size_t count) const {
  if (!has(name)) return {};
  std::vector<int64_t> result;
  for (const Extent& found : extents(name)) {
    if (!found.is_known()) refuse_batch_dependence("argument " + name);
    result.push_back(found.base);
  }
  if (count > 1 && result.size() == 1) result.assign(count, result.front());
  return result;
}

double Call::number(const std::string& name) const {
  const Value& argument = value(name);
  if (argument.kind == Value::Kind::concrete) {
    if (argument.concrete.isDouble()) return argument.concrete.toDouble();
    if (argument.concrete.isInt()) return static_cast<double>(argument.concrete.toInt());
    if (argument.concrete.isBool()) return argument.concrete.toBool() ? 1 : 0;
    if (is_single_number(argument)) return argument.concrete.toTensor().item().toDouble();
  }
  if (argument.kind == Value::Kind::count) refuse_batch_dependence("argument " + name);
  refuse("argument " + name + " is " + kind_in_words(argument) + " where a known number is needed");
}

bool Call::flag(const std::string& name, bool otherwise) const {
  const Value& argument = value(name);
  if (argument.is_none()) return otherwise;
  if (argument.kind == Value::Kind::concrete && argument.concrete.isBool()) return argument.concrete.toBool();
  return integer(name) != 0;
}

std::string Call::word(const std::string& name, const std::string& otherwise) const {
  const Value& argument = value(name);
  if (argument.is_none()) return otherwise;
  if (argument.kind != Value::Kind::concrete || !argument.concrete.isString()) refuse("argument " + name + " is no text");
  return argument.concrete.toStringRef();
}

int Call::node_of(const Value& value, const std::string& name) const {
  if (value.kind == Value::Kind::unavailable) refuse(value.text);
  if (!value.is_tensor()) refuse("argument " + name + " is " + kind_in_words(value) + " where a tensor is needed");
  if (value.cell->seen != value.cell->storage->version)
    refuse("argument " + name + " shares memory with a tensor that was changed in place through another view of it");
  return value.cell->node;
}

at::Tensor Call::constant_tensor(const Value& value, const std::string& name) const {
  if (value.is_constant_tensor()) return value.concrete.toTensor();
  if (value.kind == Value::Kind::concrete) {
    if (value.concrete.isDouble()) return at::scalar_tensor(value.concrete.toDouble(), at::kDouble);
    if (value.concrete.isInt()) return at::scalar_tensor(value.concrete.toInt(), at::kLong);
    if (value.concrete.isBool()) return at::scalar_tensor(value.concrete.toBool(), at::kBool);
  }
  if (value.kind == Value::Kind::count) refuse_batch_dependence("argument " + name);
  if (value.kind == Value::Kind::unavailable) refuse(value.text);
  refuse("argument " + name + " is " + kind_in_words(value) + " where a constant is needed");
}

int Call::operand(const Value& value, const std::string& name) {
  if (value.is_tensor() || value.kind == Value::Kind::unavailable) return node_of(value, name);
  return constant(constant_tensor(value, name).to(at::kDouble));
}

int Call::table(const std::string& name) { return constant(constant_tensor(value(name), name)); }

int Call::weight(const std::string& name, Op op) {
  const Value& argument = value(name);
  if (!argument.is_constant_tensor() || !argument.concrete.toTensor().is_floating_point()) return operand(argument, name);
  if (frozen_name_.empty()) {
    for (int i = 1; frozen_name_.empty(); ++i) {
      const std::string candidate = (site_.module.empty() ? "" : site_.module + ".") + name_of(op) + "_" + std::to_string(i);
      if (!draft_.has_name(candidate + "." + name)) frozen_name_ = candidate;
    }
  }
  const at::Tensor values = argument.concrete.toTensor();
  if (!at::isfinite(values).all().item<bool>()) throw FinalRefusal(frozen_name_ + "." + name, "holds NaN or infinite numbers");
  return draft_.leaf(values, frozen_name_ + "." + name, true);
}

std::vector<int> Call::operands(const std::string& name) {
  const Value& argument = value(name);
  if (!argument.is_sequence())
    refuse("argument " + name + " is " + kind_in_words(argument) + " where a list of tensors is needed");
  std::vector<int> nodes;
  for (const Value& item : *argument.items) nodes.push_back(operand(item, name));
  return nodes;
}

int64_t Call::size(int node, int64_t dim) const {
  const Extent found = shape(node).at(static_cast<size_t>(wrapped(dim, rank(node))));
  if (!found.is_known()) refuse_batch_dependence("the size of dimension " + std::to_string(dim) + " of " + to_text(shape(node)));
  return found.base;
}

int64_t Call::wrapped(int64_t dim, int64_t rank) const {
  const int64_t limit = std::max<int64_t>(rank, 1);
  if (dim < -limit || dim >= limit) refuse("dimension " + std::to_string(dim) + " of a tensor of rank " + std::to_string(rank));
  return dim < 0 ? dim + limit : dim;
}

std::vector<int64_t> Call::dimensions(const std::string& name, int node) const {
  std::vector<int64_t> dims = integers(name);
  for (int64_t& dim : dims) dim = wrapped(dim, rank(node));
  if (dims.empty())
    for (int64_t d = 0; d < rank(node); ++d) dims.push_back(d);
  std::sort(dims.begin(), dims.end());
  return dims;
}

std::string Call::name_for(const std::string& operation) const {
  return site_.module.empty() ? operation : site_.module + "." + operation;
}

std::string Call::layer_name(Op op, const std::vector<int>& inputs) const {
  if (has_weights(op)) {
    for (size_t i = 1; i < inputs.size(); ++i) {
      int leaf = inputs[i];
      while (draft_.node(leaf).op == Op::permute) leaf = draft_.node(leaf).inputs[0];
      if (draft_.node(leaf).op != Op::parameter) continue;
      const std::string owner = owner_of(draft_.node(leaf).name);
      if (!owner.empty()) return owner;
    }
  }
  return site_.is_leaf && !site_.module.empty() ? site_.module : name_for(name_of(op));
}

int Call::emit(Op op, const std::vector<int>& inputs, std::map<std::string, Attribute> attributes) {
  return draft_.add(op, layer_name(op, inputs), inputs, std::move(attributes));
}

int Call::reshaped(int node, const std::function<at::Tensor(const at::Tensor&, int64_t batch)>& function) {
  try {
    return reshaped(node, draft_.probe().shape(draft_.probe().map(draft_.stand_in(node), function)));
  } catch (const Refusal&) {
    throw;
  } catch (const std::exception& error) {
    refuse("refuses " + to_text(shape(node)) + ": " + reason_of(error));
  }
}

int Call::reshaped(int node, const Shape& shape) {
  return emit(Op::reshape, {node}, {{"size", bases(shape)}, {"per_batch", batch_counts(shape)}});
}

int Call::expanded(int node, const Shape& shape) {
  return emit(Op::expand, {node}, {{"size", bases(shape)}, {"per_batch", batch_counts(shape)}});
}

Value Call::view(int node, const std::string& of) const {
  const Value& base = value(of);
  return base.is_tensor() ? Value::view(node, base) : Value::tensor(node);
}

std::string Call::place() const {
  return operation_ + " in " + (site_.module.empty() ? "the model" : site_.module) +
         (site_.source_line.empty() ? "" : " (" + site_.source_line + ")");
}

void Call::refuse(const std::string& why) const { throw Refusal(place(), why); }

void Call::refuse_batch_dependence(const std::string& what) const {
  refuse(what + " depends on the batch size, so samples would not be independent of the batch they come in");
}

const OperationTable& operations() {
  static const OperationTable all = [] {
    OperationTable table;
    for (OperationTable family :
         {layer_operations(), activation_operations(), pooling_operations(), arithmetic_operations(), reduction_operations(),
          shape_operations(), selection_operations(), attention_operations(), creation_operations()})
      table.merge(family);
    return table;
  }();
  return all;
}

}  // namespace faultline::torchscript
