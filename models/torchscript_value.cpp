#include "models/torchscript_value.h"

#include <algorithm>

namespace faultline::torchscript {

Value Value::tensor(int node) {
  Value value;
  value.kind = Kind::tensor;
  value.cell = std::make_shared<Cell>(Cell{node, std::make_shared<Storage>(), 0, {}});
  return value;
}

Value Value::view(int node, const Value& of) {
  Value value = tensor(node);
  value.cell->storage = of.cell->storage;
  value.cell->seen = of.cell->seen;
  return value;
}

Value Value::view_of_part(int node, const Value& whole, int64_t dim, int64_t start, int64_t end, bool is_selected) {
  Value value = view(node, whole);
  value.cell->part = {whole.cell, dim, start, end, is_selected};
  return value;
}

Value Value::count(Extent extent) {
  if (extent.is_known()) return c10::IValue(extent.base);
  Value value;
  value.kind = Kind::count;
  value.extent = extent;
  return value;
}

Value Value::list(std::vector<Value> items, Kind kind) {
  Value value;
  value.kind = kind;
  value.items = std::make_shared<std::vector<Value>>(std::move(items));
  return value;
}

Value Value::module(c10::IValue object, std::string path) {
  Value value;
  value.kind = Kind::module;
  value.concrete = std::move(object);
  value.text = std::move(path);
  return value;
}

Value Value::unavailable(const std::string& why) {
  Value value;
  value.kind = Kind::unavailable;
  value.text = why;
  return value;
}

bool Value::is_wholly_concrete() const {
  if (items) return std::all_of(items->begin(), items->end(), [](const Value& item) { return item.is_wholly_concrete(); });
  return kind == Kind::concrete;
}

bool Value::holds_tensor() const {
  if (items) return std::any_of(items->begin(), items->end(), [](const Value& item) { return item.holds_tensor(); });
  return kind == Kind::tensor;
}

bool Value::holds_count() const {
  if (items) return std::any_of(items->begin(), items->end(), [](const Value& item) { return item.holds_count(); });
  return kind == Kind::count;
}

}  // namespace faultline::torchscript
