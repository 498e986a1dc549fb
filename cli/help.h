#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/verb.h"

namespace faultline {

/// `faultline --help`: every verb, in 80 columns.
std::string help_of_program();
/// `faultline VERB --help`.
std::string help_of_verb(const Verb& verb);

/// What each exit code means.
const std::vector<std::pair<int, std::string>>& exit_codes();
/// Commands to begin with, a line each; one that goes on ends in a backslash.
const std::vector<std::string>& first_steps();

/// Text wrapped at 80 columns; lines after the first start with `indent` spaces.
std::string wrapped(const std::string& text, size_t indent);

}  // namespace faultline
