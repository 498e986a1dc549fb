#pragma once
#include "suites/axioms/axiom_facts.h"
#include "suites/axioms/search.h"
#include "suites/axioms/stability_search.h"
#include "suites/suite.h"

namespace faultline {

/// Does a method keep what it promises, and what does it keep besides? Every axiom of conventions 9 is tried for every explainer
/// on the run's own network: on samples of the data, then, as long as it holds, on edge cases, random inputs and by a guided
/// search for the worst (search()). A case that refutes is shrunk, drawn, and kept as a folder that replay= tries again. Records:
/// suites/axioms/axiom_facts.h. Stability is measured around every sample, without a verdict: no method names a bound. An axiom
/// that a method never claimed and does not keep is a fact about it, no fault.
class AxiomSuite final : public Suite {
 public:
  static constexpr const char* kName = facts::kAxioms;
  static constexpr const char* kSummary = "what explainers promise: axioms on data, then a search for a case that breaks them";
  enum class Only { all, claimed };
  struct Options {
    Only only = Only::all;
    std::string axioms = "all";
    AxiomSearch search;
    StabilityOptions stability = [] {
      StabilityOptions searched;
      searched.guided = 20;
      return searched;
    }();
    std::string replay;
  };
  static const OptionTable<Options>& options();
  explicit AxiomSuite(Options options);

  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<std::string> conclusions(const RunStore& store) const override;

 private:
  std::vector<const Axiom*> axioms_of(const Audit& audit, const Subject& subject) const;
  bool measures_stability() const;
  std::vector<Unit> replays(const Audit& audit) const;

  Options options_;
};

}  // namespace faultline
