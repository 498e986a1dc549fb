#include <cstdio>

#include "cli/completion.h"
#include "core/error.h"
#include "core/nearest.h"

namespace faultline {
namespace {

int run(const Arguments& arguments) {
  const std::string& shell = arguments.words()[0];
  if (shell == "bash") {
    std::fputs(bash_completion().c_str(), stdout);
  } else if (shell == "zsh") {
    std::fputs(zsh_completion().c_str(), stdout);
  } else if (shell == "fish") {
    std::fputs(fish_completion().c_str(), stdout);
  } else {
    throw_usage("faultline completion '" + shell + "'", "is not known", suggestion(shell, verb_completion().word_choices()));
  }
  return 0;
}

}  // namespace

const Verb& verb_completion() {
  static const Verb verb{
      "completion", "bash|zsh|fish", "a script that makes the shell complete faultline's words", {}, false, 1, 1, run};
  return verb;
}

}  // namespace faultline
