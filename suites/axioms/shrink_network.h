#pragma once
#include <functional>
#include <string>

#include "models/network_plan.h"
#include "suites/axioms/axiom.h"

namespace faultline {

/// Smallest networks on which a claim fails.

/// Whether a claim fails on the network of this plan.
using Fails = std::function<bool(const NetworkPlan& plan)>;
/// The plan after as many steps of simpler() as still fail, always the first of them; ends after `budget` calls of `fails` with
/// what it has. plan: one that fails (std::logic_error where it does not).
NetworkPlan shrink_plan(const NetworkPlan& plan, const Fails& fails, int64_t budget);

/// The part of a network, from one node to the output, on which an axiom fails.
struct SmallestPart {
  Network network;    ///< the part; the whole network where no part fails
  Samples sample;     ///< those given, with what they are at that node as inputs
  LegalRange range;   ///< of these inputs
  std::string name;   ///< "fc2 to output", by its first node; "the whole network"
  int layers = 0;     ///< of the part (layer_count of models/tail.h)
  int of_layers = 0;  ///< of the network
  int tried = 0;      ///< parts on which the axiom was tried
  bool is_whole() const { return layers == of_layers; }
};

/// The shortest part that still refutes the axiom where the values of a node are its inputs: all cut points are tried, the one
/// next to the output first. The range is widened to hold the values and 0, one for all channels. Where the method claims the
/// axiom on the network, parts on which it does not claim it are passed over; so are those that the axiom or the method does not
/// take. samples: the counterexample, one sample as a rule, more where the axiom compares them; any of them that is refuted
/// counts. std::logic_error where the network itself does not refute the axiom on them.
SmallestPart smallest_part(const Axiom& axiom, const Explainer& explainer, const Network& network, const Samples& samples,
                           const Context& context, double tolerance);

}  // namespace faultline
