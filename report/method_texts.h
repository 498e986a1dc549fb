#pragma once
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What the appendix says of a method: its formula and where it comes from.
struct MethodText {
  const char* kind;  ///< "explainer", "attack" or "metric"
  const char* name;
  const char* formula;
  const char* source;
};

/// A text for every built-in method. f is the explained output, g its gradient, x the input, R and M maps.
const std::vector<MethodText>& method_texts();
/// Null where there is none: a method of the user's own.
const MethodText* method_text(const std::string& kind, const std::string& name);

/// A method that a run used.
struct UsedMethod {
  std::string kind, name, spec;
  const MethodText* text = nullptr;
};
/// Explainers, attacks and metrics of the run, by kind; each spec once.
std::vector<UsedMethod> methods_of(const RunSummary& run);

}  // namespace faultline
