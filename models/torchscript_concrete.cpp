#include "models/torchscript_concrete.h"

#include <c10/core/DefaultDtype.h>
#include <torch/csrc/jit/runtime/operator.h>

namespace faultline::torchscript {

namespace {

bool is_narrow(at::ScalarType type) { return type == at::kFloat || type == at::kHalf || type == at::kBFloat16; }

/// float32 and narrower, asked for by the file, becomes float64.
c10::IValue widened_dtype(const c10::IValue& argument) {
  if (argument.isInt() && is_narrow(static_cast<at::ScalarType>(argument.toInt()))) return static_cast<int64_t>(at::kDouble);
  return argument;
}

c10::IValue list_of(const std::vector<Value>& items, const c10::TypePtr& element) {
  // Tensor lists may hold None where an index is absent; then the element type is an optional.
  c10::impl::GenericList list(element);
  for (const Value& item : items) list.push_back(concrete_value(item, element));
  return list;
}

}  // namespace

at::Tensor WidenedTensors::of(const at::Tensor& original) {
  if (!original.defined()) return original;
  const auto found = made_.find(original.unsafeGetTensorImpl());
  if (found != made_.end()) return found->second.second;
  const at::NoGradGuard no_grad;
  const at::Tensor source = original.detach();
  at::Tensor wide = source.is_floating_point() ? source.to(at::kCPU, at::kDouble) : source.to(at::kCPU);
  if (wide.is_alias_of(source)) wide = wide.clone();
  made_[original.unsafeGetTensorImpl()] = {original, wide};
  return wide;
}

Value abstract_value(const c10::IValue& known, WidenedTensors& widened, const std::string& path) {
  if (known.isTensor()) return Value(c10::IValue(widened.of(known.toTensor())));
  if (known.isList()) {
    std::vector<Value> items;
    for (const c10::IValue& item : known.toListRef()) items.push_back(abstract_value(item, widened, path));
    return Value::list(std::move(items));
  }
  if (known.isTuple()) {
    std::vector<Value> items;
    for (const c10::IValue& item : known.toTupleRef().elements()) items.push_back(abstract_value(item, widened, path));
    return Value::list(std::move(items), Value::Kind::tuple);
  }
  if (known.isGenericDict()) {
    std::vector<Value> items;
    for (const auto& entry : known.toGenericDict()) {
      items.push_back(abstract_value(entry.key(), widened, path));
      items.push_back(abstract_value(entry.value(), widened, path));
    }
    return Value::list(std::move(items), Value::Kind::dict);
  }
  if (known.isObject()) return Value::module(known, path);
  return Value(known);
}

c10::IValue concrete_value(const Value& value, const c10::TypePtr& type) {
  if (!value.items) return value.concrete;
  if (value.kind == Value::Kind::tuple) {
    std::vector<c10::IValue> items;
    const auto tuple = type->cast<c10::TupleType>();
    for (size_t i = 0; i < value.items->size(); ++i)
      items.push_back(concrete_value((*value.items)[i], tuple ? tuple->elements().at(i) : c10::TypePtr(c10::AnyType::get())));
    return c10::ivalue::Tuple::create(std::move(items));
  }
  c10::TypePtr listed = type;
  if (const auto optional = listed->cast<c10::OptionalType>()) listed = optional->getElementType();
  const auto list = listed->cast<c10::ListType>();
  return list_of(*value.items, list ? list->getElementType() : c10::TypePtr(c10::AnyType::get()));
}

std::vector<Value> run_concretely(const torch::jit::Node& node, const std::vector<Value>& arguments, WidenedTensors& widened) {
  const c10::FunctionSchema* schema = node.maybeSchema();
  torch::jit::Stack stack;
  for (size_t i = 0; i < arguments.size(); ++i) {
    c10::IValue argument = concrete_value(arguments[i], node.input(i)->type());
    if (schema && i < schema->arguments().size() && schema->arguments()[i].name() == "dtype") argument = widened_dtype(argument);
    stack.push_back(std::move(argument));
  }
  const at::NoGradGuard no_grad;
  node.getOperation()(stack);
  std::vector<Value> results;
  for (const c10::IValue& result : stack) {
    // Results keep their identity, so that in-place operations and views of constants work on the same memory.
    const bool is_wide = !result.isTensor() || !result.toTensor().defined() || !is_narrow(result.toTensor().scalar_type());
    if (result.isTensor()) {
      results.emplace_back(is_wide ? result : c10::IValue(result.toTensor().to(at::kDouble)));
    } else if (result.isTensorList()) {
      std::vector<Value> items;
      for (const at::Tensor& item : result.toTensorVector()) items.emplace_back(c10::IValue(item));
      results.push_back(Value::list(std::move(items)));
    } else {
      results.push_back(abstract_value(result, widened, ""));
    }
  }
  return results;
}

Float64ByDefault::Float64ByDefault() : before_(c10::get_default_dtype()) {
  c10::set_default_dtype(caffe2::TypeMeta::Make<double>());
}
Float64ByDefault::~Float64ByDefault() { c10::set_default_dtype(before_); }

}  // namespace faultline::torchscript
