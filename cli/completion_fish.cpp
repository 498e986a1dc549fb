#include "cli/completion.h"
#include "core/joined.h"

namespace faultline {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string value_action(const CompletionValue& value) {
  std::string out = value.files ? " -F" : " -f";
  if (!value.words.empty()) out += " -a " + quoted(joined(value.words, " "));
  return out;
}

}  // namespace

std::string fish_completion() {
  std::string out = "# fish completion for faultline; written by `faultline completion fish`\ncomplete -c faultline -f\n";
  const std::string first = "complete -c faultline -n __fish_use_subcommand";
  std::vector<std::string> names;
  for (const auto& verb : all_verbs()) {
    out += first + " -a " + verb.name + " -d " + quoted(verb.summary) + "\n";
    names.push_back(verb.name);
  }
  out += first + " -a help -d 'help of a verb'\n" + first + " -l help\n" + first + " -l version\n";
  for (const auto& verb : all_verbs()) {
    const std::string of_verb = "complete -c faultline -n '__fish_seen_subcommand_from " + verb.name + "'";
    for (const auto& name : verb.all_options()) {
      const auto& option = option_declaration(name);
      out += of_verb + " -l " + name;
      if (!option.value.empty()) out += " -r" + value_action(completion_of(option));
      out += " -d " + quoted(option.help) + "\n";
    }
    if (verb.words_high > 0) out += of_verb + value_action(completion_of(verb)) + "\n";
  }
  out += "complete -c faultline -n '__fish_seen_subcommand_from help' -a " + quoted(joined(names, " ")) + "\n";
  return out;
}

}  // namespace faultline
