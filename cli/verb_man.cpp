#include <cstdio>

#include "cli/man_page.h"
#include "cli/verb.h"

namespace faultline {
namespace {

int run(const Arguments&) {
  std::fputs(man_page().c_str(), stdout);
  return 0;
}

}  // namespace

const Verb& verb_man() {
  static const Verb verb{"man", "", "this program's manual page, for man", {}, false, 0, 0, run};
  return verb;
}

}  // namespace faultline
