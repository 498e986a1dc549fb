#include "cli/verb.h"

#include <sstream>

#include "core/error.h"
#include "core/nearest.h"

namespace faultline {

std::vector<std::string> Verb::all_options() const {
  auto out = options;
  if (takes_run_options) out.insert(out.end(), run_options().begin(), run_options().end());
  out.push_back("help");
  return out;
}

std::vector<std::string> Verb::word_choices() const {
  std::vector<std::string> out;
  std::istringstream first(usage.substr(0, usage.find(' ')));
  for (std::string word; std::getline(first, word, '|');) {
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos || word[0] == '-') return {};
    out.push_back(word);
  }
  return out;
}

std::vector<Verb> all_verbs() {
  return {verb_audit(), verb_explain(),   verb_attack(), verb_compare(), verb_report(),     verb_baseline(),
          verb_check(), verb_replicate(), verb_list(),   verb_model(),   verb_completion(), verb_man()};
}

Verb find_verb(const std::string& name) {
  refuse_later_verb(name);
  std::vector<std::string> names;
  for (const auto& verb : all_verbs()) {
    if (verb.name == name) return verb;
    names.push_back(verb.name);
  }
  throw_usage("'" + name + "'", "is not a verb of faultline", suggestion(name, names));
}

}  // namespace faultline
