#pragma once
#include "suites/axioms/counterexample.h"
#include "suites/axioms/layer_sums.h"
#include "suites/axioms/shrink_network.h"
#include "suites/axioms/stability_search.h"
#include "suites/suite.h"

namespace faultline {

/// How stability metrics are spoken of.
Facts stability_facts(const Subject& subject);
/// The records of stability around these samples, whose numbers are in the order of the samples.
std::vector<Record> stability_records(const Subject& subject, const Samples& samples,
                                      const std::map<std::string, std::vector<StabilityValue>>& values);

/// What the suite `axioms` writes of one axiom and explainer.
class AxiomRecords {
 public:
  AxiomRecords(const Subject& subject, std::string axiom) : subject_(subject), axiom_(std::move(axiom)) {}

  /// The axiom in words, and whether it is claimed.
  static void state(const Subject& subject, const Axiom& axiom, const std::vector<Claim>& claims, Facts* out);

  /// The verdict, and a record for each of these samples, whose trials come first in the verdict.
  void put(const AxiomVerdict& verdict, const Samples& samples, const std::vector<Trial>& trials);
  /// A sample of the run beyond those that the axiom was to be tried on.
  void leave_out(const PlannedSample& sample);
  /// The counterexample in words; folder: relative to the run, "" where it is kept nowhere.
  void put(const Counterexample& example, const std::string& folder);
  /// The smallest part of the network on which it still fails; nothing where that is the whole network.
  void put(const SmallestPart& part);
  /// The relevance that is left behind each layer.
  void put(const std::vector<LayerSum>& sums);
  /// Its pictures, written to the run.
  void keep_pictures(const Counterexample& example, const AxiomProblem& problem, const RunStore& store);

  UnitResult take() { return std::move(out_); }

 private:
  void fact(const char* field, const std::string& text);
  void whole(const std::string& metric, double value);

  const Subject& subject_;
  std::string axiom_;
  UnitResult out_;
};

}  // namespace faultline
