#include "report/json_text.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/numbers.h"

namespace faultline {
namespace {

using nlohmann::json;

void write(const json& value, int depth, int flat_depth, int digits, std::string& out) {
  const auto indent = [&](int d) { out += '\n' + std::string(2 * static_cast<size_t>(d), ' '); };
  const auto quoted = [](const std::string& text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); };
  const bool flat = depth >= flat_depth;
  if (value.is_object() || value.is_array()) {
    const bool is_object = value.is_object();
    out += is_object ? '{' : '[';
    bool first = true;
    for (auto it = value.begin(); it != value.end(); ++it) {
      if (!first) out += flat ? ", " : ",";
      first = false;
      if (!flat) indent(depth + 1);
      if (is_object) out += quoted(it.key()) + ": ";
      write(*it, depth + 1, flat_depth, digits, out);
    }
    if (!flat && !first) indent(depth);
    out += is_object ? '}' : ']';
  } else if (value.is_string()) {
    out += quoted(value.get_ref<const std::string&>());
  } else if (value.is_number_float()) {
    out += std::isfinite(value.get<double>()) ? rounded_number(value.get<double>(), digits) : "null";
  } else {
    out += value.dump();
  }
}

}  // namespace

std::string json_text(const json& value, int flat_depth, int digits) {
  std::string out;
  write(value, 0, flat_depth, digits, out);
  return out;
}

}  // namespace faultline
