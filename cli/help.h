#pragma once
#include <string>

#include "cli/verb.h"

namespace faultline {

/// `faultline --help`: every verb, in 80 columns.
std::string help_of_program();
/// `faultline VERB --help`.
std::string help_of_verb(const Verb& verb);

/// Text wrapped at 80 columns; lines after the first start with `indent` spaces.
std::string wrapped(const std::string& text, size_t indent);

}  // namespace faultline
