#include "suites/axioms/shrink_network.h"

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "explainers/output_options.h"
#include "models/tail.h"
#include "suites/axioms/shrink.h"

namespace faultline {
namespace {

const char* const kNoCounterexample = "what is to be shrunk is no counterexample";

bool refutes_any(const Axiom& axiom, const Explainer& explainer, const Network& network, const Samples& samples,
                 const Context& context, double tolerance) {
  const auto found = refutes_by(axiom, explainer, network, context, tolerance)(samples);
  return std::find(found.begin(), found.end(), true) != found.end();
}

/// The same samples as inputs of a part of the network.
Samples at_node(const Network& network, const Samples& samples, int node) {
  Samples out = samples.with_inputs(values_at(network, points_of(samples), node));
  out.masks = at::Tensor();  // of the pixels
  return out;
}

LegalRange range_of(const at::Tensor& values) {
  const double low = std::min(0.0, values.min().item<double>()), high = std::max(0.0, values.max().item<double>());
  return {{low}, {low < high ? high : low + 1}};
}

/// The name of the first layer behind the input, which every path passes or branches from.
std::string name_of_part(const Network& part) {
  const LayerGraph& graph = part.graph();
  for (const Node& node : graph.nodes) {
    if (node.op != Op::input && node.parameter < 0) return node.name + " to output";
  }
  throw std::logic_error("a part without a node");
}

}  // namespace

NetworkPlan shrink_plan(const NetworkPlan& plan, const Fails& fails, int64_t budget) {
  if (!fails(plan)) throw std::logic_error(kNoCounterexample);
  NetworkPlan smallest = plan;
  int64_t tried = 0;
  for (bool is_smaller = true; is_smaller;) {
    is_smaller = false;
    for (const NetworkPlan& candidate : simpler(smallest)) {
      if (tried++ == budget) return smallest;
      if (!fails(candidate)) continue;
      smallest = candidate;
      is_smaller = true;
      break;
    }
  }
  return smallest;
}

SmallestPart smallest_part(const Axiom& axiom, const Explainer& explainer, const Network& network, const Samples& samples,
                           const Context& context, double tolerance) {
  if (!refutes_any(axiom, explainer, network, samples, context, tolerance)) throw std::logic_error(kNoCounterexample);
  const std::string name = axiom.facts().name;
  const bool is_claimed = claim_of(explainer.claims(network), name) != nullptr;
  SmallestPart out{network, samples, context.range, "the whole network", layer_count(network), layer_count(network)};
  std::vector<int> cuts = cut_points(network);
  for (auto cut = cuts.rbegin(); cut != cuts.rend(); ++cut) {
    const Network part = tail_from(network, *cut);
    const Samples inside = at_node(network, samples, *cut);
    Context widened = context;
    widened.range = range_of(inside.inputs);
    try {
      if (is_claimed && !claim_of(explainer.claims(part), name)) continue;
      if (!axiom.does_not_apply(explainer, part).empty()) continue;
      ++out.tried;
      if (!refutes_any(axiom, explainer, part, inside, widened, tolerance)) continue;
    } catch (const Error&) {
      continue;  // the method refuses this part
    } catch (const c10::Error&) {
      continue;  // or cannot take inputs of this shape
    }
    const int tried = out.tried;
    return {part, inside, widened.range, name_of_part(part), layer_count(part), out.of_layers, tried};
  }
  return out;
}

}  // namespace faultline
