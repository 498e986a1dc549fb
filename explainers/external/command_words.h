#pragma once
#include <string>
#include <vector>

namespace faultline {

/// A command line cut into words at spaces, for a program that is started without a shell. Quotes ('...' or "...") keep spaces;
/// nothing is expanded. Throws usage on a quote that does not end, and where there is no word.
std::vector<std::string> command_words(const std::string& command);

}  // namespace faultline
