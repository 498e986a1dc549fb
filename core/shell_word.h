#pragma once
#include <string>

namespace faultline {

/// One word of a POSIX shell's command line, in single quotes where it holds anything but letters, digits and _-+=:,./@%.
std::string shell_word(const std::string& text);

}  // namespace faultline
