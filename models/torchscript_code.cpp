#include "models/torchscript_code.h"

#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "models/apply_families.h"

namespace faultline::torchscript {

namespace {

bool is_identifier(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !is_letter(name[0])) return false;
  for (const char c : name)
    if (!is_letter(c) && !(c >= '0' && c <= '9')) return false;
  return true;
}

}  // namespace

std::string literal(double value) {
  if (std::isnan(value)) return "float('nan')";
  if (std::isinf(value)) return value > 0 ? "float('inf')" : "float('-inf')";
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  const std::string digits = text;
  // Without a point or an exponent it would be a whole number.
  return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

std::string literal(const std::vector<int64_t>& values) {
  if (values.empty()) return "[0][1:]";
  std::string out;
  for (const int64_t value : values) out += (out.empty() ? "[" : ", ") + std::to_string(value);
  return out + "]";
}

std::string literal(bool value) { return value ? "True" : "False"; }

std::string call(const std::string& operation, const std::vector<std::string>& arguments) {
  std::string out = "torch." + operation + "(";
  for (size_t i = 0; i < arguments.size(); ++i) out += (i ? ", " : "") + arguments[i];
  return out + ")";
}

std::string member(const std::string& object, const std::string& name) {
  return is_identifier(name) ? object + "." + name : "getattr(" + object + ", \"" + name + "\")";
}

std::string NodeCode::assign(const std::string& expression, const std::string& type) {
  const std::string name = "v" + std::to_string(values_++);
  lines_.push_back(name + (type.empty() ? "" : ": " + type) + " = " + expression);
  return name;
}

std::string NodeCode::assign_first(const std::string& expression) {
  const std::string name = "v" + std::to_string(values_++);
  lines_.push_back(name + ", _ = " + expression);
  return name;
}

std::string write(NodeCode& code) {
  switch (family_of(code.node().op)) {
    case Family::leaf: throw std::logic_error("node " + code.node().name + " is a leaf: it is stored, not computed");
    case Family::linear_map: return write_linear_map(code);
    case Family::normalisation: return write_normalisation(code);
    case Family::activation: return write_activation(code);
    case Family::pooling: return write_pooling(code);
    case Family::combination: return write_combination(code);
    case Family::rearrangement: return write_rearrangement(code);
  }
  throw std::logic_error("node " + code.node().name + " has a family that does not exist");
}

void cannot_write(const Node& node, const std::string& why) {
  throw_input("layer " + node.name,
              std::string("its operation, ") + name_of(node.op) + ", cannot be written as TorchScript: " + why,
              "save the network without it");
}

}  // namespace faultline::torchscript
