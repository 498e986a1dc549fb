#pragma once
#include <string>
#include <utility>
#include <vector>

namespace faultline {

/// What this program is made of: ("faultline", "0.1.0"), ("libtorch", ...), ... in the order of `faultline --version`.
std::vector<std::pair<std::string, std::string>> component_versions();

/// `faultline --version`, for people or as JSON.
void print_versions(bool json);

}  // namespace faultline
