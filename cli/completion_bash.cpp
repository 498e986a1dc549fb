#include "cli/completion.h"
#include "core/joined.h"

namespace faultline {
namespace {

/// The function that both cases below call. Bash breaks words at "=", so that --option=word arrives in three pieces.
const char* const kHead = R"(# bash completion for faultline; written by `faultline completion bash`
_faultline_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_faultline_files() {
  local -a found
  mapfile -t found < <(compgen -f -- "$1")
  COMPREPLY+=("${found[@]}")
  compopt -o filenames 2>/dev/null
}

_faultline() {
  local current=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1))
  COMPREPLY=()
  if [ "$current" = = ]; then
    current=
  elif [ "${COMP_WORDS[at]}" = = ]; then
    at=$((at - 1))
  fi
)";

std::string value_action(const CompletionValue& value) {
  std::string out;
  if (!value.words.empty()) out += " _faultline_words '" + joined(value.words, " ") + "' \"$current\";";
  if (value.files) out += " _faultline_files \"$current\";";
  return out;
}

std::string verb_case(const Verb& verb) {
  std::vector<std::string> options;
  for (const auto& name : verb.all_options()) options.push_back("--" + name);
  return "    " + verb.name + ")\n      case $current in\n        -*) _faultline_words '" + joined(options, " ") +
         "' \"$current\" ;;\n        *)" + value_action(completion_of(verb)) + " ;;\n      esac ;;\n";
}

}  // namespace

std::string bash_completion() {
  std::string out = kHead;
  out += "  if [ \"$COMP_CWORD\" -gt 1 ]; then\n    case ${COMP_WORDS[at]} in\n";
  for (const auto& option : option_declarations()) {
    if (!option.value.empty()) out += "      --" + option.name + ")" + value_action(completion_of(option)) + " return ;;\n";
  }
  out += "    esac\n  fi\n";
  std::vector<std::string> verbs;
  for (const auto& verb : all_verbs()) verbs.push_back(verb.name);
  out += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    _faultline_words '" + joined(verbs, " ") +
         " help --help --version' \"$current\"\n    return\n  fi\n";
  out += "  case ${COMP_WORDS[1]} in\n";
  for (const auto& verb : all_verbs()) out += verb_case(verb);
  out += "    help) _faultline_words '" + joined(verbs, " ") + "' \"$current\" ;;\n";
  out += "    --version) _faultline_words '--json' \"$current\" ;;\n  esac\n}\n\ncomplete -F _faultline faultline\n";
  return out;
}

}  // namespace faultline
