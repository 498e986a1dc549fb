#include "models/torchscript_builtins.h"

namespace faultline::torchscript {

namespace {

/// The integer of an argument; empty where it is none.
std::optional<Extent> as_extent(const Value& value) {
  if (value.kind == Value::Kind::count) return value.extent;
  if (value.kind != Value::Kind::concrete) return std::nullopt;
  const c10::IValue& known = value.concrete;
  if (known.isInt()) return Extent{known.toInt(), 0};
  if (known.isBool()) return Extent{known.toBool() ? 1 : 0, 0};
  if (known.isDouble() && std::floor(known.toDouble()) == known.toDouble() && std::abs(known.toDouble()) < 1e15)
    return Extent{static_cast<int64_t>(known.toDouble()), 0};
  if (known.isTensor() && known.toTensor().defined() && known.toTensor().numel() == 1 && !known.toTensor().is_floating_point())
    return Extent{known.toTensor().item().toLong(), 0};
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& operation) {
  throw Refusal(operation, "a number depends on the batch size in a way that is not linear, or where a plain number is needed");
}

Extent needed(const std::optional<Extent>& found, const std::string& operation) {
  if (!found) refuse(operation);
  return *found;
}

/// Whole division where nothing is lost: what a division of counts to be made an integer later comes to.
std::optional<Extent> exact_quotient(Extent a, Extent b) {
  const auto quotient = floor_quotient(a, b);
  return quotient && product(*quotient, b) == std::optional<Extent>(a) ? quotient : std::nullopt;
}

/// Equality: known where the difference has one sign for every batch size.
std::optional<bool> comparison(const std::string& operation, Extent a, Extent b) {
  const auto sign = sign_of(a - b);
  if (!sign) return std::nullopt;
  if (operation == "aten::eq") return *sign == 0;
  if (operation == "aten::ne") return *sign != 0;
  if (operation == "aten::lt") return *sign < 0;
  if (operation == "aten::le") return *sign <= 0;
  if (operation == "aten::gt") return *sign > 0;
  return *sign >= 0;
}

bool is_comparison(const std::string& operation) {
  for (const char* name : {"aten::eq", "aten::ne", "aten::lt", "aten::le", "aten::gt", "aten::ge"})
    if (operation == name) return true;
  return false;
}

bool keeps_value(const std::string& operation) {
  for (const char* name : {"prim::NumToTensor",
                           "aten::Int",
                           "aten::IntImplicit",
                           "aten::ScalarImplicit",
                           "prim::ImplicitTensorToNum",
                           "aten::item",
                           "aten::detach",
                           "aten::clone",
                           "aten::to",
                           "aten::tensor",
                           "aten::scalar_tensor",
                           "aten::floor",
                           "aten::ceil",
                           "aten::contiguous",
                           "aten::as_tensor",
                           "aten::squeeze",
                           "prim::unchecked_cast",
                           "aten::sym_int",
                           "aten::long",
                           "aten::cpu"})
    if (operation == name) return true;
  return false;
}

}  // namespace

std::optional<Value> count_arithmetic(const std::string& operation, const std::vector<Value>& arguments, bool returns_tensor) {
  const auto made = [&](Extent extent) {
    // A tensor of a number that does not grow is a real constant again, so that all of ATen may go on with it.
    if (extent.is_known() && returns_tensor) return Value(c10::IValue(at::scalar_tensor(extent.base, at::kLong)));
    return Value::count(extent);
  };
  const auto argument = [&](size_t i) { return i < arguments.size() ? as_extent(arguments[i]) : std::nullopt; };
  if (keeps_value(operation)) return made(needed(argument(0), operation));
  if (operation == "aten::Bool") {
    const auto sign = sign_of(needed(argument(0), operation));
    if (!sign) refuse(operation);
    return Value(*sign != 0);
  }
  if (operation == "aten::neg") return made(Extent{} - needed(argument(0), operation));
  const auto a = argument(0), b = argument(1);
  if (!a || !b) return std::nullopt;
  if (is_comparison(operation)) {
    const auto result = comparison(operation, *a, *b);
    if (!result) refuse(operation);
    if (returns_tensor) return Value(c10::IValue(at::scalar_tensor(*result, at::kBool)));
    return Value(*result);
  }
  if (operation == "aten::add") return made(*a + needed(product(*b, argument(2).value_or(Extent{1, 0})), operation));
  if (operation == "aten::sub") return made(*a - needed(product(*b, argument(2).value_or(Extent{1, 0})), operation));
  if (operation == "aten::rsub") return made(*b - *a);
  if (operation == "aten::mul") return made(needed(product(*a, *b), operation));
  if (operation == "aten::floordiv" || operation == "aten::floor_divide" || operation == "aten::__round_to_zero_floordiv")
    return made(needed(floor_quotient(*a, *b), operation));
  if (operation == "aten::remainder" || operation == "aten::fmod") return made(needed(floor_remainder(*a, *b), operation));
  if (operation == "aten::div") {
    const bool is_rounded = arguments.size() > 2 && !arguments[2].is_none();
    return made(needed(is_rounded ? floor_quotient(*a, *b) : exact_quotient(*a, *b), operation));
  }
  if (operation == "prim::min" || operation == "prim::max") {
    const auto sign = sign_of(*a - *b);
    if (!sign) refuse(operation);
    return made((*sign < 0) == (operation == "prim::min") ? *a : *b);
  }
  return std::nullopt;
}

}  // namespace faultline::torchscript
