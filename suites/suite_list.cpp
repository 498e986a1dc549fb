#include "suites/axiom_suite.h"
#include "suites/curvature.h"
#include "suites/data_randomization.h"
#include "suites/fragility.h"
#include "suites/parameter_randomization.h"
#include "suites/shift.h"

namespace faultline {

const Registry<Suite>& suites() {
  static const Registry<Suite> registry = [] {
    Registry<Suite> list("suite");
    list.add<Fragility>();
    list.add<CurvatureSuite>();
    list.add<ParameterRandomization>();
    list.add<DataRandomization>();
    list.add<Shift>();
    list.add<AxiomSuite>();
    return list;
  }();
  return registry;
}

}  // namespace faultline
