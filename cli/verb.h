#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace faultline {

/// One verb of the program.
struct Verb {
  std::string name;
  std::string usage;                     ///< what follows `faultline NAME`
  std::string summary;                   ///< one line
  std::vector<std::string> options;      ///< its own, in the order of help
  bool takes_run_options = false;        ///< also run_options()
  size_t words_low = 0, words_high = 0;  ///< how many words without dashes it takes
  /// Returns the exit code; throws Error.
  int (*run)(const Arguments& arguments) = nullptr;

  std::vector<std::string> all_options() const;
  /// What its word may be where the usage begins with all of them ("explainers|attacks|..."); empty: the name of a file.
  std::vector<std::string> word_choices() const;
};

const Verb& verb_audit();
const Verb& verb_explain();
const Verb& verb_attack();
const Verb& verb_compare();
const Verb& verb_report();
const Verb& verb_baseline();
const Verb& verb_check();
const Verb& verb_replicate();
const Verb& verb_list();
const Verb& verb_model();
const Verb& verb_completion();
const Verb& verb_man();

/// In the order of help.
std::vector<Verb> all_verbs();
/// Throws usage with the nearest match; verbs of a later version say so.
Verb find_verb(const std::string& name);

}  // namespace faultline
