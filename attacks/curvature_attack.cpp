#include "attacks/curvature_attack.h"

#include "attacks/beta_pilot.h"
#include "attacks/gradient_gauge.h"
#include "attacks/health.h"
#include "attacks/projection.h"

namespace faultline {
namespace {

constexpr int64_t kPilotSteps = 5;

/// lambda_1 v_1 of every sample stands for the gradient: a curvature of zero has nothing to follow, and one that is not finite
/// was cut short.
at::Tensor leading_products(const std::vector<RitzPairs>& pairs, int64_t dimension) {
  std::vector<double> values;
  for (const auto& of_sample : pairs)
    values.push_back(of_sample.is_finite && !of_sample.values.empty() ? of_sample.values[0] : std::nan(""));
  return at::tensor(values, at::kDouble).unsqueeze(1) * leading_vectors(pairs, dimension);
}

}  // namespace

const OptionTable<CurvatureAttackOptions>& CurvatureAttackOptions::options() {
  static const auto table = OptionTable<CurvatureAttackOptions>()
                                .include(&CurvatureAttackOptions::candidate, CandidateOptions::options())
                                .include(&CurvatureAttackOptions::curvature, CurvatureOptions::options())
                                .include(&CurvatureAttackOptions::surrogate, SurrogateOptions::options());
  return table;
}

CurvatureAttack::CurvatureAttack(const char* name, CurvatureAttackOptions options) : name_(name), options_(std::move(options)) {
  check(options_.surrogate);
  if (options_.surrogate.changes_with_iteration())
    throw_usage(name_, "looks at one surrogate, and a schedule of beta= or anneal= has many", "give beta=auto or beta=B");
  options_.candidate.search(1).selection_metric();  // an unknown metric is an error now
}

AttackFacts CurvatureAttack::facts() const {
  const SearchOptions search = options_.candidate.search(candidates());
  AttackFacts facts;
  facts.label = name_ + search.label_suffix();
  facts.needs_gradient = true;
  facts.iterations = candidates();
  facts.selection = print(search.selection_spec());
  facts.selection_name = search.selection_spec().name;
  facts.norm = options_.candidate.norm;
  facts.epsilon = options_.candidate.epsilon;
  return facts;
}

double CurvatureAttack::cost(const Explainer& explainer) const {
  const SearchOptions search = options_.candidate.search(candidates());
  CurvatureOptions curvature = options_.curvature;
  if (!asks_for_curvature()) curvature.steps = 0;
  return (1 + static_cast<double>(candidates())) * search.passes_to_judge(explainer) +
         curvature_cost(curvature, search.points_inside(explainer)) + further_cost(explainer);
}

double CurvatureAttack::preparation_cost(const Explainer& explainer, int64_t samples) const {
  if (options_.surrogate.kind == SurrogateOptions::Kind::none || options_.surrogate.beta != "auto") return 0;
  const auto attacked = static_cast<double>(std::min(samples, options_.surrogate.pilot_samples));
  return pilot_overhead(options_.candidate.search(1), options_.surrogate, explainer, samples) +
         kPilotCandidates * attacked * pilot(pilot_options())->cost(explainer);
}

CurvatureAttackOptions CurvatureAttack::pilot_options() const {
  CurvatureAttackOptions out = options_;
  out.curvature.steps = std::min(out.curvature.steps, kPilotSteps);
  return out;
}

Preparation CurvatureAttack::prepare(const AttackProblem& problem) const {
  const SurrogateOptions smoothing = smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer);
  if (!smoothing.is_auto()) return {};
  return choose_beta(problem, options_.candidate.search(1), smoothing, [&](const AttackProblem& few, double beta) {
    CurvatureAttackOptions options = pilot_options();
    options.surrogate.beta = exact_number(beta);
    return pilot(std::move(options))->run(few, {});
  });
}

AttackResult CurvatureAttack::run(const AttackProblem& problem, const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  Judge judge(problem, options_.candidate.search(candidates()));
  const std::vector<int64_t> rows = judge.active();
  const Budget& budget = judge.budget();
  if (rows.empty()) return judge.finish(budget.epsilon);
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  const auto beta = preparation.find("beta");
  const CurvedSurrogate view(problem, judge.explainer(), budget,
                             smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer),
                             beta == preparation.end() ? std::nullopt : std::optional<double>(beta->second), options_.curvature,
                             rows, context);
  judge.account(&passes, rows);
  const auto spend_on = [&](const std::vector<int64_t>& places) {
    std::vector<int64_t> spent;
    for (const int64_t place : places) spent.push_back(rows[static_cast<size_t>(place)]);
    judge.account(&passes, spent);
  };
  GradientGauge gauge(problem.samples.size(), budget.epsilon);
  std::vector<RitzPairs> pairs(rows.size());
  if (asks_for_curvature()) {
    pairs = view.curvature().leading(spend_on);
    gauge.record(leading_products(pairs, view.clean().inputs[0].numel()), {}, rows);
  }
  search({problem, view, rows, pairs, spend_on}, judge);
  AttackResult result = judge.finish(budget.epsilon, asks_for_curvature() ? &gauge : nullptr);
  add_randomness_warnings(problem, judge.explainer(), judge.clean_maps(), &result.outcomes);
  return result;
}

void judge_moves(const CurvatureFound& found, Judge& judge, const at::Tensor& moves, int64_t iteration) {
  const at::Tensor& clean = found.view.clean().inputs;
  const auto moved = clean + moves.to(clean.device(), clean.scalar_type()).reshape(clean.sizes());
  judge.judge(project(moved, clean, judge.budget(), found.problem.context.range), found.rows, iteration);
}

}  // namespace faultline
