#pragma once
#include <string>
#include <vector>

#include "cli/verb.h"

namespace faultline {

/// What may stand behind an option, or as a verb's word.
struct CompletionValue {
  std::vector<std::string> words;  ///< names of methods, or what the declaration lists
  bool files = false;              ///< names of files, beside the words
};

/// Read off the declarations: SPEC options complete the names of their registry, FILE and PATH the names of files.
CompletionValue completion_of(const OptionDeclaration& option);
/// The same for the words of a verb that stand without dashes.
CompletionValue completion_of(const Verb& verb);

/// The script that makes a shell complete faultline's verbs, options and values.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace faultline
