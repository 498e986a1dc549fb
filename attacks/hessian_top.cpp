#include "attacks/hessian_top.h"

#include "attacks/beta_pilot.h"
#include "attacks/curved_surrogate.h"
#include "attacks/gradient_gauge.h"
#include "attacks/health.h"
#include "attacks/judge.h"
#include "attacks/projection.h"

namespace faultline {
namespace {

constexpr int64_t kPilotSteps = 5;

}  // namespace

const OptionTable<HessianTop::Options>& HessianTop::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::candidate, CandidateOptions::options())
          .include(&Options::curvature, CurvatureOptions::options())
          .include(&Options::surrogate, SurrogateOptions::options())
          .include(&Options::corners, CornerOptions::options())
          .integer("scales", &Options::scales, {1, 60}, "lengths tried: epsilon, epsilon/2, ..., each to both sides");
  return table;
}

HessianTop::HessianTop(Options options) : options_(std::move(options)) {
  check(options_.surrogate);
  if (options_.surrogate.changes_with_iteration())
    throw_usage(kName, "looks at one surrogate, and a schedule of beta= or anneal= has many", "give beta=auto or beta=B");
  options_.candidate.search(1).selection_metric();
}

AttackFacts HessianTop::facts() const {
  const SearchOptions search = options_.candidate.search(candidates());
  AttackFacts facts;
  facts.label = kName + search.label_suffix();
  facts.needs_gradient = true;
  facts.iterations = candidates();
  facts.selection = print(search.selection_spec());
  facts.selection_name = search.selection_spec().name;
  facts.norm = options_.candidate.norm;
  facts.epsilon = options_.candidate.epsilon;
  return facts;
}

double HessianTop::cost(const Explainer& explainer) const {
  const SearchOptions search = options_.candidate.search(candidates());
  const double judgements = (1 + static_cast<double>(candidates())) * search.passes_to_judge(explainer);
  const int64_t points = search.points_inside(explainer);
  double climbs = 0;
  if (options_.candidate.norm == Norm::linf) {
    // A climb is forth and back a round; few need them all.
    climbs =
        static_cast<double>((1 + options_.corners.restarts) * options_.corners.rounds) * product_cost(options_.curvature, points);
  }
  return judgements + curvature_cost(options_.curvature, points) + climbs;
}

double HessianTop::preparation_cost(const Explainer& explainer, int64_t samples) const {
  if (options_.surrogate.kind == SurrogateOptions::Kind::none || options_.surrogate.beta != "auto") return 0;
  const auto attacked = static_cast<double>(std::min(samples, options_.surrogate.pilot_samples));
  return pilot_overhead(options_.candidate.search(1), options_.surrogate, explainer, samples) +
         kPilotCandidates * attacked * HessianTop(pilot_options()).cost(explainer);
}

HessianTop::Options HessianTop::pilot_options() const {
  Options out = options_;
  out.curvature.steps = std::min(out.curvature.steps, kPilotSteps);
  out.corners.restarts = 0;
  return out;
}

Preparation HessianTop::prepare(const AttackProblem& problem) const {
  const SurrogateOptions smoothing = smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer);
  if (!smoothing.is_auto()) return {};
  return choose_beta(problem, options_.candidate.search(1), smoothing, [&](const AttackProblem& pilot, double beta) {
    Options options = pilot_options();
    options.surrogate.beta = exact_number(beta);
    return HessianTop(std::move(options)).run(pilot, {});
  });
}

AttackResult HessianTop::run(const AttackProblem& problem, const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  const Samples& samples = problem.samples;
  Judge judge(problem, options_.candidate.search(candidates()));
  const std::vector<int64_t> rows = judge.active();
  const Budget& budget = judge.budget();
  if (rows.empty()) return judge.finish(budget.epsilon);
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  const SurrogateOptions smoothing = smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer);
  const auto found = preparation.find("beta");
  const auto chosen = found == preparation.end() ? std::nullopt : std::optional<double>(found->second);
  const CurvedSurrogate view(problem, judge.explainer(), budget, smoothing, chosen, options_.curvature, rows, context);
  const Curvature& curvature = view.curvature();
  const Samples& clean = view.clean();
  judge.account(&passes, rows);
  const auto spend_on = [&](const std::vector<int64_t>& places) {
    std::vector<int64_t> spent;
    for (const int64_t place : places) spent.push_back(rows[place]);
    judge.account(&passes, spent);
  };
  const auto pairs = curvature.leading(spend_on);
  at::Tensor direction = leading_vectors(pairs, clean.inputs[0].numel());
  std::vector<double> values;
  for (const auto& of_sample : pairs)
    values.push_back(of_sample.is_finite && !of_sample.values.empty() ? of_sample.values[0] : std::nan(""));
  // What stands for the gradient here: a curvature of zero has nothing to follow, and one that is not finite was cut short.
  GradientGauge gauge(samples.size(), budget.epsilon);
  gauge.record(at::tensor(values, at::kDouble).unsqueeze(1) * direction, {}, rows);
  if (budget.norm == Norm::linf)
    direction = climbed_corners(curvature, direction, options_.corners, problem.context.seed, spend_on);
  for (int64_t scale = 0; scale < options_.scales; ++scale) {
    for (const double sign : {1.0, -1.0}) {
      const double length = sign * budget.epsilon * std::pow(0.5, static_cast<double>(scale));
      const auto move = (length * direction).to(clean.inputs.scalar_type()).reshape(clean.inputs.sizes());
      judge.judge(project(clean.inputs + move, clean.inputs, budget, problem.context.range), rows,
                  2 * scale + (sign > 0 ? 1 : 2));
    }
  }
  AttackResult result = judge.finish(budget.epsilon, &gauge);
  add_randomness_warnings(problem, judge.explainer(), judge.clean_maps(), &result.outcomes);
  return result;
}

}  // namespace faultline
