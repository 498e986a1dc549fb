#include "suites/axioms/repeat_axioms.h"

#include "metrics/similarity.h"
#include "suites/axioms/trial_maps.h"

namespace faultline {
namespace {

constexpr double kSame = 0.999, kNineOfTen = 0.9;

}  // namespace

AxiomFacts Determinism::facts() const {
  return {"determinism", "same seed, same map, bit for bit", "conventions 9", "max |R|", 0, 0, "bits are compared", 1, 2};
}

std::vector<Trial> Determinism::try_on(const AxiomProblem& problem) const {
  const auto first = maps_on(problem, problem.network, problem.samples);
  return compared(maps_on(problem, problem.network, problem.samples), first);
}

AxiomFacts BatchIndependence::facts() const {
  return {"batch-independence",
          "R(x) is the same whatever is explained beside x",
          "conventions 8",
          "max |R|",
          1e-5,
          1e-9,
          "another batch size may be computed in another order",
          1,
          4};
}

std::vector<Trial> BatchIndependence::try_on(const AxiomProblem& problem) const {
  const auto together = maps_on(problem, problem.network, problem.samples);
  std::vector<at::Tensor> alone;
  for (int64_t row = 0; row < problem.samples.size(); ++row)
    alone.push_back(maps_on(problem, problem.network, problem.samples.select({row})));
  return compared(at::cat(alone), together);
}

AxiomFacts TargetDependence::facts() const {
  return {"target-dependence",
          "maps of two classes differ",
          "conventions 9",
          "1",
          0,
          0,
          "the same means a Spearman correlation of magnitudes of 0.999 or more",
          kNineOfTen,
          2};
}

std::string TargetDependence::does_not_apply(const Explainer&, const Network& network) const {
  return network.classes() < 2 ? "the network has one output" : "";
}

std::vector<Trial> TargetDependence::try_on(const AxiomProblem& problem) const {
  Samples other = problem.samples;
  other.targets = (problem.samples.targets + 1).remainder(problem.network.classes());
  const auto own = maps_on(problem, problem.network, problem.samples), of_other = maps_on(problem, problem.network, other);
  const auto correlations = similarity_metrics().make("spearman:reduce=absolute")->compare(own, of_other);
  std::vector<Trial> out;
  for (size_t row = 0; row < correlations.values.size(); ++row) {
    Trial trial;
    trial.reason = correlations.reasons[row];
    if (trial.reason.empty()) {
      trial.found = correlations.values[row];
      trial.wanted = kSame;
      trial.gap = trial.found < kSame ? 0 : 1;
      trial.at = "class " + std::to_string(other.targets[static_cast<int64_t>(row)].item<int64_t>());
    }
    out.push_back(std::move(trial));
  }
  return out;
}

}  // namespace faultline
