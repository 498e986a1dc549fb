#include "suites/fragility.h"

namespace faultline {

const Registry<Suite>& suites() {
  static const Registry<Suite> registry = [] {
    Registry<Suite> list("suite");
    list.add<Fragility>();
    return list;
  }();
  return registry;
}

}  // namespace faultline
