#include "cli/completion.h"
#include "core/joined.h"

namespace faultline {
namespace {

/// Inside single quotes of an _arguments or _describe entry: brackets and colons end its parts.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

/// ":message:action" of _arguments.
std::string value_action(const std::string& message, const CompletionValue& value) {
  const std::string words = joined(value.words, " ");
  std::string action;
  if (!value.words.empty() && value.files) {
    action = "{compadd -- " + words + "; _files}";
  } else if (!value.words.empty()) {
    action = "(" + words + ")";
  } else if (value.files) {
    action = "_files";
  } else {
    action = " ";
  }
  return ":" + escaped(message) + ":" + action;
}

std::string option_entry(const OptionDeclaration& option) {
  std::string out = std::string(option.repeatable ? "*" : "") + "--" + option.name + (option.value.empty() ? "" : "=") + "[" +
                    escaped(option.help) + "]";
  if (!option.value.empty()) out += value_action(option.value, completion_of(option));
  return out;
}

std::string verb_case(const Verb& verb) {
  std::string out = "    " + verb.name + ")\n      _arguments";
  for (const auto& name : verb.all_options()) out += " \\\n        '" + option_entry(option_declaration(name)) + "'";
  if (verb.words_high > 0) out += " \\\n        '*" + value_action("word", completion_of(verb)) + "'";
  return out + " ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string out =
      "#compdef faultline\n# zsh completion for faultline; written by `faultline completion zsh`\n"
      "_faultline() {\n  local -a verbs\n  verbs=(\n";
  std::vector<std::string> names;
  for (const auto& verb : all_verbs()) {
    out += "    '" + escaped(verb.name) + ":" + escaped(verb.summary) + "'\n";
    names.push_back(verb.name);
  }
  out +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe verb verbs\n    compadd -- --help --version\n    return\n  fi\n"
      "  local verb=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $verb in\n";
  for (const auto& verb : all_verbs()) out += verb_case(verb);
  out += "    help) _arguments '*:verb:(" + joined(names, " ") + ")' ;;\n    --version) _arguments '--json' ;;\n  esac\n}\n\n";
  // Read from fpath the file is the function's body; sourced, it declares the function.
  out += "if [ \"$funcstack[1]\" = _faultline ]; then\n  _faultline \"$@\"\nelse\n  compdef _faultline faultline\nfi\n";
  return out;
}

}  // namespace faultline
