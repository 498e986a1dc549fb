#include "suites/axioms/axiom.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/nearest.h"
#include "suites/axioms/element_axioms.h"
#include "suites/axioms/function_axioms.h"
#include "suites/axioms/repeat_axioms.h"
#include "suites/axioms/sum_axioms.h"

namespace faultline {

double Trial::violation() const {
  if (vanishes) return 0;
  const double ratio = gap / scale;
  return std::isfinite(found) && std::isfinite(wanted) && std::isfinite(ratio) ? ratio : HUGE_VAL;
}

const std::vector<std::unique_ptr<Axiom>>& axioms() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Axiom>> list;
    list.push_back(std::make_unique<Conservativity>());
    list.push_back(std::make_unique<LedgerConservativity>());
    list.push_back(std::make_unique<Positivity>());
    list.push_back(std::make_unique<Consistency>());
    list.push_back(std::make_unique<Completeness>());
    list.push_back(std::make_unique<Sensitivity>());
    list.push_back(std::make_unique<Dummy>());
    list.push_back(std::make_unique<Symmetry>());
    list.push_back(std::make_unique<Linearity>());
    list.push_back(std::make_unique<ImplementationInvariance>());
    list.push_back(std::make_unique<ShiftInvariance>());
    list.push_back(std::make_unique<Scaling>());
    list.push_back(std::make_unique<TargetDependence>());
    list.push_back(std::make_unique<Determinism>());
    list.push_back(std::make_unique<BatchIndependence>());
    return list;
  }();
  return all;
}

const Axiom& axiom_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& axiom : axioms()) {
    names.push_back(axiom->facts().name);
    if (names.back() == name) return *axiom;
  }
  throw_usage("axiom '" + name + "'", "is not known", suggestion(name, names));
}

const Claim* claim_of(const std::vector<Claim>& claims, const std::string& axiom) {
  const auto found = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) { return claim.axiom == axiom; });
  return found == claims.end() ? nullptr : &*found;
}

double tolerance_of(const AxiomFacts& facts, const Claim* claim, at::ScalarType dtype) {
  const double rounding = dtype == at::kDouble ? facts.float64 : facts.float32;
  return claim && claim->tolerance > facts.float32 ? claim->tolerance : rounding;
}

}  // namespace faultline
