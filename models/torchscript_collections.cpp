#include "models/torchscript_builtins.h"

namespace faultline::torchscript {

namespace {

using Items = std::vector<Value>;

int64_t known_integer(const Value& value, const std::string& operation) {
  if (value.kind == Value::Kind::concrete && value.concrete.isInt()) return value.concrete.toInt();
  throw Refusal(operation, "an index or a length is not known");
}

size_t place(const Items& items, const Value& index, const std::string& operation) {
  const int64_t size = static_cast<int64_t>(items.size()), i = known_integer(index, operation);
  if (i < -size || i >= size) throw Refusal(operation, "index " + std::to_string(i) + " of a list of " + std::to_string(size));
  return static_cast<size_t>(i < 0 ? i + size : i);
}

/// The place of a key in key, value, key, value, ...; the number of items where it is absent.
size_t place_of_key(const Items& items, const Value& key) {
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].kind == Value::Kind::concrete && key.kind == Value::Kind::concrete && items[i].concrete == key.concrete)
      return i;
  return items.size();
}

std::optional<Value> dictionary_operation(const std::string& operation, const std::vector<Value>& arguments) {
  Items& items = *arguments[0].items;
  if (operation == "aten::len") return Value(static_cast<int64_t>(items.size() / 2));
  if (operation == "aten::keys" || operation == "aten::values") {
    Items listed;
    for (size_t i = operation == "aten::keys" ? 0 : 1; i < items.size(); i += 2) listed.push_back(items[i]);
    return Value::list(std::move(listed));
  }
  if (operation == "aten::items") {
    Items pairs;
    for (size_t i = 0; i + 1 < items.size(); i += 2) pairs.push_back(Value::list({items[i], items[i + 1]}, Value::Kind::tuple));
    return Value::list(std::move(pairs));
  }
  if (arguments.size() < 2) return std::nullopt;
  const size_t at = place_of_key(items, arguments[1]);
  if (operation == "aten::__contains__") return Value(at < items.size());
  if (operation == "aten::_set_item") {
    if (at == items.size()) items.insert(items.end(), {arguments[1], Value()});
    items[at + 1] = arguments[2];
    return Value();
  }
  if (operation == "aten::__getitem__" || operation == "aten::get") {
    if (at < items.size()) return items[at + 1];
    if (operation == "aten::get") return arguments.size() > 2 ? arguments[2] : Value();
    throw Refusal(operation, "a dictionary has no such key");
  }
  return std::nullopt;
}

Value slice(const std::vector<Value>& arguments, const std::string& operation) {
  const Items& items = *arguments[0].items;
  const int64_t size = static_cast<int64_t>(items.size());
  const auto bound = [&](size_t i, int64_t otherwise) {
    if (i >= arguments.size() || arguments[i].is_none()) return otherwise;
    const int64_t value = known_integer(arguments[i], operation);
    return std::min(std::max<int64_t>(value < 0 ? value + size : value, 0), size);
  };
  const int64_t step = arguments.size() > 3 && !arguments[3].is_none() ? known_integer(arguments[3], operation) : 1;
  if (step < 1) throw Refusal(operation, "a list is walked backwards");
  Items part;
  for (int64_t i = bound(1, 0); i < bound(2, size); i += step) part.push_back(items[static_cast<size_t>(i)]);
  return Value::list(std::move(part), arguments[0].kind);
}

bool same_extents(const Items& a, const Items& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto equal = count_arithmetic("aten::eq", {a[i], b[i]}, false);
    if (!equal) throw Refusal("aten::eq", "two lists cannot be compared before the network runs");
    if (!equal->concrete.toBool()) return false;
  }
  return true;
}

}  // namespace

std::optional<Value> collection_operation(const std::string& operation, const std::vector<Value>& arguments) {
  if (arguments.empty() || !arguments[0].items) return std::nullopt;
  if (arguments[0].kind == Value::Kind::dict) return dictionary_operation(operation, arguments);
  Items& items = *arguments[0].items;
  if (operation == "aten::len") return Value(static_cast<int64_t>(items.size()));
  if (operation == "aten::__getitem__" || operation == "prim::TupleIndex") return items[place(items, arguments.at(1), operation)];
  if (operation == "aten::slice") return slice(arguments, operation);
  if (operation == "aten::list" || operation == "aten::copy") return Value::list(items);
  if (operation == "aten::append") {
    items.push_back(arguments.at(1));
    return arguments[0];
  }
  if (operation == "aten::insert") {
    const int64_t at = known_integer(arguments.at(1), operation);
    const int64_t size = static_cast<int64_t>(items.size());
    items.insert(items.begin() + std::min(std::max<int64_t>(at < 0 ? at + size : at, 0), size), arguments.at(2));
    return Value();
  }
  if (operation == "aten::pop") {
    const size_t at = arguments.size() > 1 ? place(items, arguments[1], operation) : place(items, Value(int64_t{-1}), operation);
    const Value popped = items[at];
    items.erase(items.begin() + static_cast<int64_t>(at));
    return popped;
  }
  if (operation == "aten::clear") {
    items.clear();
    return Value();
  }
  if (operation == "aten::reverse") {
    std::reverse(items.begin(), items.end());
    return Value();
  }
  if (operation == "aten::_set_item") {
    items[place(items, arguments.at(1), operation)] = arguments.at(2);
    return arguments[0];
  }
  const bool has_two_lists = arguments.size() > 1 && arguments[1].items;
  if (has_two_lists && (operation == "aten::add_" || operation == "aten::extend" || operation == "aten::add")) {
    const Items added = *arguments[1].items;
    if (operation == "aten::add") {
      Items joined = items;
      joined.insert(joined.end(), added.begin(), added.end());
      return Value::list(std::move(joined));
    }
    items.insert(items.end(), added.begin(), added.end());
    return arguments[0];
  }
  if (operation == "aten::mul" && arguments.size() > 1 && !has_two_lists) {
    Items repeated;
    for (int64_t i = known_integer(arguments[1], operation); i > 0; --i)
      repeated.insert(repeated.end(), items.begin(), items.end());
    return Value::list(std::move(repeated));
  }
  const bool has_counts = arguments[0].holds_count() || (has_two_lists && arguments[1].holds_count());
  if (has_two_lists && has_counts && (operation == "aten::eq" || operation == "aten::ne"))
    return Value(same_extents(items, *arguments[1].items) == (operation == "aten::eq"));
  return std::nullopt;
}

bool truth(const Value& value) {
  if (value.kind == Value::Kind::count) return count_arithmetic("aten::Bool", {value}, false)->concrete.toBool();
  if (value.kind == Value::Kind::concrete) {
    if (value.concrete.isBool()) return value.concrete.toBool();
    if (value.concrete.isInt()) return value.concrete.toInt() != 0;
    if (value.concrete.isTensor() && value.concrete.toTensor().numel() == 1) return value.concrete.toTensor().item().toBool();
  }
  throw Refusal("a branch or loop", "the path through the network depends on values it computes");
}

}  // namespace faultline::torchscript
