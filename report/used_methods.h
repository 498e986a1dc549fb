#pragma once
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// A method that a run used, as the run itself describes it.
struct UsedMethod {
  std::string kind;  ///< "explainer", "attack" or "metric"
  std::string name, spec;
  std::string formula, source;  ///< "" where the run has none: it is older than they are
};

/// Explainers, attacks and metrics of the run, by kind; each spec once.
std::vector<UsedMethod> methods_of(const RunSummary& run);

}  // namespace faultline
