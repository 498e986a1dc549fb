#include "suites/curvature_pilot.h"

#include "attacks/beta_pilot.h"
#include "attacks/hessian_top.h"
#include "metrics/summary.h"
#include "suites/curvature_facts.h"
#include "suites/curved_map.h"

namespace faultline {
namespace {

constexpr int64_t kPilotSteps = 5;
/// Half of what is allowed later, so that what holds narrowly on the pilot's few samples holds on all.
constexpr double kTolerance = facts::curvature::kTolerance / 2;
/// Selection metric of a candidate that is not eligible: worse than any overlap.
constexpr double kWorst = 2;

HessianTop::Options short_attack(const CurvatureOptions& curvature, const SurrogateOptions& smoothing) {
  HessianTop::Options out;
  out.shared.curvature = curvature;
  out.shared.curvature.steps = std::min(curvature.steps, kPilotSteps);
  out.shared.surrogate = smoothing;
  out.corners.restarts = 0;
  return out;
}

/// Whether the median sample moves as predicted by a step of `radius` along the leading direction. Found with as many steps of
/// Lanczos' recursion as the suite takes: along the rougher direction of a few steps the map is less curved, and a prediction
/// holds there that fails along the leading one (squeezenet's beta of 1.1 passed with 5 steps; after 30 the map moves a third as
/// far as predicted).
bool holds(const AttackProblem& problem, const CurvatureOptions& curvature, const SurrogateOptions& smoothing, double beta,
           double radius) {
  const Network surrogate = smoothing.surrogate(problem.network, beta);
  const auto stand_in = problem.explainer.stand_in(problem.network);
  const CurvedMap map(curvature, problem.network, surrogate, problem.explainer, stand_in ? *stand_in : problem.explainer,
                      problem.samples, reach_of_differences(radius), problem.context);
  std::vector<at::Tensor> directions;
  for (const auto& pairs : map.curvature().leading([](const auto&) {})) {
    const bool has_one = pairs.is_finite && pairs.vectors.size(0) > 0;
    directions.push_back(has_one ? pairs.vectors[0] : at::zeros({map.elements()}, map.clean(true).options()));
  }
  const at::Tensor v = at::stack(directions);
  const at::Tensor predicted = map.curvature().map_change(v, map.rows()).norm(2, 1);
  const at::Tensor achieved = map.difference(radius * v, true).norm(2, 1);
  std::vector<double> ratios;
  for (const int64_t row : map.rows()) {
    const double ratio = achieved[row].item<double>() / (radius * predicted[row].item<double>());
    if (std::isfinite(ratio)) ratios.push_back(ratio);
  }
  return !ratios.empty() && std::abs(median(ratios) - 1) <= kTolerance;
}

}  // namespace

Preparation choose_curvature_beta(const AttackProblem& problem, const CurvatureOptions& curvature,
                                  const SurrogateOptions& smoothing, double radius) {
  if (!smoothing.is_auto()) return {};
  const at::NoGradGuard no_graph;
  return choose_beta(problem, CandidateOptions{}.search(1), smoothing, [&](const AttackProblem& pilot, double beta) {
    if (!holds(pilot, curvature, smoothing, beta, radius)) {
      AttackResult none;
      none.outcomes.resize(static_cast<size_t>(pilot.samples.size()));
      for (auto& outcome : none.outcomes) outcome.after = kWorst;
      return none;
    }
    HessianTop::Options options = short_attack(curvature, smoothing);
    options.shared.surrogate.beta = exact_number(beta);
    return HessianTop(std::move(options)).run(pilot, {});
  });
}

double curvature_pilot_cost(const CurvatureOptions& curvature, const SurrogateOptions& smoothing, const Explainer& explainer,
                            int64_t samples) {
  if (!smoothing.is_auto()) return 0;
  const HessianTop attack(short_attack(curvature, smoothing));
  const double maps = 3 * static_cast<double>(explainer.traits().points);
  const double check =
      curvature_cost(curvature, explainer.traits().points) + product_cost(curvature, explainer.traits().points) + maps;
  const auto attacked = static_cast<double>(std::min(samples, smoothing.pilot_samples));
  return pilot_overhead(CandidateOptions{}.search(1), smoothing, explainer, samples) +
         kPilotCandidates * attacked * (attack.cost(explainer) + check);
}

}  // namespace faultline
