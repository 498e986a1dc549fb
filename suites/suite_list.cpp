#include "suites/fragility.h"
#include "suites/shift.h"

namespace faultline {

const Registry<Suite>& suites() {
  static const Registry<Suite> registry = [] {
    Registry<Suite> list("suite");
    list.add<Fragility>();
    list.add<Shift>();
    return list;
  }();
  return registry;
}

}  // namespace faultline
