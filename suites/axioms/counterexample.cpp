#include "suites/axioms/counterexample.h"

#include <stdexcept>

#include "core/error.h"
#include "explainers/legal_bounds.h"
#include "suites/axioms/shrink.h"

namespace faultline {
namespace {

bool refutes(const Axiom& axiom, const AxiomProblem& problem, double tolerance, int64_t row) {
  return refutes_by(axiom, problem.explainer, problem.network, problem.context, tolerance)(problem.samples)
      .at(static_cast<size_t>(row));
}

/// The sample alone, or with one other that makes it fail, or with all that it was found beside; the sample is row 0 of the first
/// two.
std::pair<Samples, int64_t> fewest(const Axiom& axiom, const AxiomProblem& problem, double tolerance, const AxiomCase& found) {
  const auto fails = [&](const Samples& some) {
    return refutes(axiom, {problem.explainer, problem.network, some, problem.context}, tolerance, 0);
  };
  const Samples alone = found.samples.select({found.row});
  if (fails(alone)) return {alone, 0};
  for (int64_t other = 0; other < found.samples.size(); ++other) {
    if (other == found.row) continue;
    const Samples pair = found.samples.select({found.row, other});
    if (fails(pair)) return {pair, 0};
  }
  return {found.samples, found.row};
}

}  // namespace

at::Tensor plain_base(const Network& network, const LegalRange& range) {
  const at::Tensor zeros = at::zeros(network.graph().input_shape, at::kDouble).unsqueeze(0);
  return legal_bounds(range, zeros).clip(zeros)[0];
}

Counterexample shrunk(const Axiom& axiom, const AxiomProblem& problem, const AxiomVerdict& verdict, const AxiomCase& found,
                      int64_t budget) {
  Counterexample out;
  out.axiom = verdict.axiom;
  out.claim = verdict.claim;
  out.tolerance = verdict.tolerance;
  out.origin = found.origin;
  out.as_found = found.samples.select({found.row});
  out.seed = problem.context.seed;
  out.range = problem.context.range;
  out.dtype = problem.network.dtype();
  std::tie(out.samples, out.row) = fewest(axiom, problem, verdict.tolerance, found);
  const auto trial_of = [&](const Samples& samples) {
    return axiom.try_on({problem.explainer, problem.network, samples, problem.context}).at(static_cast<size_t>(out.row));
  };
  const at::Tensor base = plain_base(problem.network, problem.context.range);
  out.trial = trial_of(out.samples);
  if (axiom.facts().share >= 1 && out.samples.size() == 1 && budget > 0) {
    const Refutes refuting = refutes_by(axiom, problem.explainer, problem.network, problem.context, verdict.tolerance);
    const Samples smaller = shrink_input(refuting, out.samples, base, problem.context, budget).sample;
    // Candidates were tried in other slots of a block, which round differently: one at the very tolerance may hold in its own.
    const Trial trial = trial_of(smaller);
    if (trial.reason.empty() && !(trial.violation() <= verdict.tolerance)) {
      out.samples = smaller;
      out.trial = trial;
    }
  }
  const at::Tensor input = out.samples.inputs[out.row];
  out.differing = input.ne(base.to(input.options())).sum().item<int64_t>();
  return out;
}

Trial replay(const Counterexample& example, const Explainer& explainer, const Network& network, PassCount* passes) {
  if (network.dtype() != example.dtype) throw std::logic_error("a counterexample is replayed in its own dtype");
  Context context;
  context.seed = example.seed;
  context.range = example.range;
  context.passes = passes;
  Samples samples = example.samples;
  samples.inputs = samples.inputs.to(network.device(), network.dtype());
  const AxiomVerdict verdict = judge(axiom_named(example.axiom), {explainer, network, samples, context});
  if (!verdict.does_not_apply.empty()) {
    Trial none;
    none.reason = verdict.does_not_apply;
    return none;
  }
  return verdict.trials.at(static_cast<size_t>(example.row));
}

}  // namespace faultline
