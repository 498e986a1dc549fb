#pragma once
#include "suites/audit.h"
#include "suites/run_store.h"

namespace faultline {

/// What a report says of the explainers and similarity metrics of a run, whichever suites measure them (suites/facts.h).
Facts audit_facts(const Audit& audit);

}  // namespace faultline
