#pragma once
#include <string>

namespace faultline {

/// The strings with `between` between them.
template <class Strings>
std::string joined(const Strings& parts, const std::string& between) {
  std::string out;
  bool is_first = true;
  for (const auto& part : parts) {
    if (!is_first) out += between;
    out += part;
    is_first = false;
  }
  return out;
}

}  // namespace faultline
