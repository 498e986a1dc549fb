#pragma once
#include <string>
#include <vector>

namespace faultline {

/// The parts with `between` between them.
inline std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

}  // namespace faultline
