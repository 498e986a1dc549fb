#include "explainers/external/stated_claims.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"

namespace faultline {
namespace {

const char* const kPositivity = "positivity";

}  // namespace

const std::vector<std::string>& axioms_to_claim() {
  static const std::vector<std::string> names{"conservativity",
                                              "positivity",
                                              "consistency",
                                              "completeness",
                                              "sensitivity",
                                              "dummy",
                                              "symmetry",
                                              "linearity",
                                              "scale",
                                              "implementation-invariance",
                                              "shift-invariance",
                                              "target-dependence",
                                              "determinism",
                                              "batch-independence"};
  return names;
}

std::vector<Claim> stated_claims(const std::string& text) {
  std::vector<Claim> out;
  if (text.empty()) return out;
  const auto& known = axioms_to_claim();
  for (const std::string& name : split(text, '|')) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw_usage("claims", "'" + name + "' is no axiom that can be claimed", suggestion(name, known));
    out.push_back({name, 1e-4, "whoever named the explainer says so (claims=)"});
  }
  return out;
}

bool claims_positivity(const std::string& text) {
  const auto names = split(text, '|');
  return std::find(names.begin(), names.end(), kPositivity) != names.end();
}

}  // namespace faultline
