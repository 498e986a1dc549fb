#pragma once
#include <string>

namespace faultline {

/// faultline(1) as troff of the man macros, from the declarations that --help is made of.
std::string man_page();

}  // namespace faultline
