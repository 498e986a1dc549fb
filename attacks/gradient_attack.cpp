#include "attacks/gradient_attack.h"

#include <limits>

#include "attacks/beta_pilot.h"
#include "attacks/health.h"
#include "attacks/judge.h"
#include "attacks/projection.h"
#include "core/random.h"
#include "metrics/top_k.h"
#include "models/rows.h"

namespace faultline {
namespace {

/// What surrogate-pool=auto lets the pilot choose among, at most.
constexpr double kSmoothingChoices = 3;

}  // namespace

const OptionTable<GradientAttackOptions>& GradientAttackOptions::options() {
  static const auto table = OptionTable<GradientAttackOptions>()
                                .include(&GradientAttackOptions::search, SearchOptions::options())
                                .include(&GradientAttackOptions::surrogate, SurrogateOptions::options())
                                .include(&GradientAttackOptions::motion, MotionOptions::options())
                                .integer("points", &GradientAttackOptions::points, {0, 100000},
                                         "path points that enter each gradient; 0: all", "attacks sheet 2.4")
                                .integer("refresh", &GradientAttackOptions::refresh, {1, 100000},
                                         "with points: make the whole map every n-th iteration");
  return table;
}

GradientAttack::GradientAttack(GradientAttackOptions options) : options_(std::move(options)) {
  check(options_.surrogate);
  check(options_.motion);
  if (options_.motion.adaptive_step && (options_.points > 0 || options_.surrogate.changes_with_iteration())) {
    throw_usage("adaptive-step", "compares the objective of all iterates, which points=, anneal= and beta=B0..B1 change",
                "leave one of them out");
  }
  options_.search.selection_metric();  // an unknown metric is an error now, not after the first hour
}

double GradientAttackOptions::step_length(const Budget& budget) const {
  if (search.step) return *search.step;
  if (motion.adaptive_step) return 2 * budget.epsilon;
  return budget.epsilon / (motion.schedule == MotionOptions::Schedule::linear ? 3 : 16);
}

std::pair<int64_t, int64_t> frame_of(const at::Tensor& maps) { return {maps.dim() == 4 ? maps.size(2) : 1, maps.size(-1)}; }

at::Tensor attack_map(const at::Tensor& maps) {
  const auto magnitude = maps.dim() > 2 ? maps.abs().sum(1).flatten(1) : maps.abs();
  const auto total = magnitude.sum(1, true);
  // Never divide under a where: the unselected branch would leak NaN into the derivative.
  const auto is_zero = total < 1e-30;
  return magnitude / at::where(is_zero, at::ones_like(total), total) * is_zero.logical_not().to(magnitude.scalar_type());
}

const std::vector<std::pair<std::string, Start>>& start_words() {
  static const std::vector<std::pair<std::string, Start>> words{
      {"auto", Start::automatic}, {"clean", Start::clean}, {"random", Start::random}};
  return words;
}

at::Tensor top_entries(const at::Tensor& maps, const Amount& k) {
  const auto [height, width] = frame_of(maps);
  auto inside = at::zeros({maps.size(0), height * width}, maps.options());
  for (int64_t row = 0; row < maps.size(0); ++row) {
    const auto map = reduced(maps, row, Reduce::abs_sum);
    inside[row].index_fill_(0, index_of(top_k_indices(map, k.of(map.size())), inside), 1);
  }
  return inside;
}

AttackFacts GradientAttack::facts() const {
  AttackFacts facts;
  facts.label = name() + options_.search.label_suffix();
  facts.needs_gradient = true;
  facts.iterations = options_.search.iterations;
  facts.selection = print(options_.search.selection_spec());
  facts.selection_name = options_.search.selection_spec().name;
  facts.norm = options_.search.norm;
  facts.epsilon = options_.search.epsilon;
  return facts;
}

double GradientAttack::cost(const Explainer& explainer) const {
  const auto all = static_cast<double>(options_.search.points_inside(explainer));
  const auto iterations = static_cast<double>(options_.search.iterations);
  const bool subset = options_.points > 0 && static_cast<double>(options_.points) < all;
  // One run makes a map of one point and its derivative; else the map comes first. A double backward pass counts beside its
  // forward one.
  double gradient = all == 1 ? 2 : 3 * all;
  if (subset) gradient = all / static_cast<double>(options_.refresh) + 2 * static_cast<double>(options_.points);
  const double judgements = 1 + iterations / static_cast<double>(options_.search.select_every);
  const double another_seed = explainer.traits().randomised ? all : 0;
  return judgements * options_.search.passes_to_judge(explainer) + iterations * gradient + another_seed;
}

double GradientAttack::preparation_cost(const Explainer& explainer, int64_t samples) const {
  // Which network guides is known only with the network; the dearer one is counted.
  if (options_.surrogate.kind == SurrogateOptions::Kind::none || options_.surrogate.beta != "auto") return 0;
  const bool tries_smoothings = options_.surrogate.pool == SurrogateOptions::Pool::automatic;
  const bool may_be_left = options_.surrogate.kind == SurrogateOptions::Kind::automatic && !tries_smoothings;
  if (may_be_left && !explainer.traits().needs_smooth_network) return 0;
  const auto attacked = static_cast<double>(std::min(samples, options_.surrogate.pilot_samples));
  return pilot_overhead(options_.search, options_.surrogate, explainer, samples) +
         (kPilotCandidates + (tries_smoothings ? 2 * kSmoothingChoices : 0)) * attacked *
             with_options(pilot_options())->cost(explainer);
}

GradientAttackOptions GradientAttack::pilot_options() const {
  GradientAttackOptions out = options_;
  out.search.iterations = kPilotIterations;
  out.search.select_every = 1;
  return out;
}

Preparation GradientAttack::prepare(const AttackProblem& problem) const {
  const auto choices = smoothing_choices(options_.surrogate, problem.network, problem.explainer);
  const auto smooth = std::find_if(choices.begin(), choices.end(), [](const SurrogateOptions& o) { return o.is_auto(); });
  if (smooth == choices.end()) return {};
  const auto short_attack = [&](const AttackProblem& pilot, SurrogateOptions surrogate, double beta, int64_t iterations) {
    GradientAttackOptions options = pilot_options();
    options.search.iterations = iterations;
    if (surrogate.kind == SurrogateOptions::Kind::softplus) surrogate.beta = exact_number(beta);
    options.surrogate = std::move(surrogate);
    return with_options(std::move(options))->run(pilot, {});
  };
  Preparation best = choose_beta(problem, options_.search, *smooth, [&](const AttackProblem& pilot, double beta) {
    return short_attack(pilot, *smooth, beta, kPilotIterations);
  });
  if (choices.size() < 2 || best.empty()) return best;
  // Which smoothing helps is the network's and the explainer's affair: each is tried, twice as long.
  const Samples few = pilot_samples(problem, *smooth);
  const AttackProblem pilot{problem.network, problem.explainer, few, problem.epsilon, problem.context};
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& choice : choices) {
    const AttackResult result = short_attack(pilot, choice, best.at("beta"), 2 * kPilotIterations);
    for (const auto& outcome : result.outcomes) best["evaluations"] += static_cast<double>(outcome.evaluations);
    if (const double score = pilot_score(result, options_.search); score < lowest) {
      lowest = score;
      note_choice(choice, &best);
    }
  }
  return best;
}

at::Tensor GradientAttack::random_start(const Samples& samples, const Budget& budget, const Context& context) const {
  at::Tensor x = samples.inputs.clone();
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto u = RandomStream(context.seed, std::string("attack/") + name(), samples.ids[row]).uniforms(0, x[row].numel());
    const auto noise = (2 * at::tensor(u, at::kDouble) - 1).reshape(x[row].sizes()) * (0.25 * budget.epsilon);
    x[row] += noise.to(x.device(), x.scalar_type());
  }
  return project(x, samples.inputs, budget, context.range);
}

AttackResult GradientAttack::run(const AttackProblem& problem, const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  const SearchOptions& search = options_.search;
  const Samples& samples = problem.samples;
  Judge judge(problem, search);
  const Explainer& explainer = judge.explainer();
  const Budget& budget = judge.budget();
  Motion motion(options_.motion, budget, problem.context.range, samples.inputs, options_.step_length(budget), search.iterations);

  const SurrogateOptions smoothing = as_chosen(options_.surrogate.resolved(problem.network, explainer), preparation);
  const bool is_smooth = smoothing.kind == SurrogateOptions::Kind::softplus;
  const std::unique_ptr<Explainer> stand_in = is_smooth ? explainer.stand_in(problem.network) : nullptr;
  const Explainer& differentiated = stand_in ? *stand_in : explainer;
  const auto found = preparation.find("beta");
  const auto chosen = found == preparation.end() ? std::nullopt : std::optional<double>(found->second);
  const auto surrogate_at = [&](int64_t t) { return smoothing.surrogate_at(problem.network, t, search.iterations, chosen); };
  Network surrogate = surrogate_at(0);

  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  context.figures = false;

  const Objective objective_of = objective(problem, judge.clean_maps());
  at::Tensor x = start() == Start::random ? random_start(samples, budget, context) : samples.inputs.clone();
  const std::vector<int64_t> attacked = judge.active();
  at::Tensor cotangents = at::zeros_like(judge.clean_maps());
  GradientGauge gauge(samples.size(), budget.epsilon);
  for (int64_t t = 1; t <= search.iterations && !judge.active().empty(); ++t) {
    const std::vector<int64_t> rows = judge.active();
    const auto index = index_of(rows, x);
    if (smoothing.changes_with_iteration()) surrogate = surrogate_at(t - 1);
    const Samples here = samples.select(rows).with_inputs(x.index_select(0, index));
    const MapLoss loss = [&](const at::Tensor& maps, const std::vector<int64_t>& of) {
      std::vector<int64_t> problem_rows;
      for (const int64_t i : of) problem_rows.push_back(rows[i]);
      return objective_of(attack_map(maps), problem_rows, t);
    };
    const PointSubset subset{options_.points, context.seed, static_cast<uint32_t>(t)};
    const bool subsampled = options_.points > 0 && options_.points < differentiated.traits().points;
    at::Tensor gradient, value;
    if (!subsampled) {
      const auto both = differentiated.value_and_gradient(surrogate, here, loss, subset, context);
      gradient = both.gradient;
      value = both.loss;
    } else {
      if ((t - 1) % options_.refresh == 0) {
        const auto maps = differentiated.explain(surrogate, here, context).maps;
        const auto both = loss_and_cotangent(maps, loss);
        value = both.first;
        cotangents.index_copy_(0, index, both.second);
      }
      gradient = differentiated.pull_back(surrogate, here, cotangents.index_select(0, index), subset, context);
    }
    judge.account(&passes, rows);
    if (value.defined()) judge.record_objective(value, rows, t - 1);
    gauge.record(gradient, value, rows);
    auto moved = motion.next(here.inputs, gradient.nan_to_num(0, 0, 0), value, rows, t);
    if (t == 1 && start() == Start::automatic && is_smooth) {
      // Where the clean input is a stationary point of the objective, nothing would ever move: noise is the first step.
      const auto is_stationary = per_row(gradient.flatten(1).eq(0).all(1), gradient);
      moved = at::where(is_stationary, random_start(samples.select(rows), budget, context), moved);
    }
    x.index_copy_(0, index, judge.judge(moved, rows, t));
  }

  AttackResult result = judge.finish(motion.reach(), &gauge);
  if (is_smooth && !attacked.empty()) {
    const Samples clean = samples.select(attacked);
    // The one that judges and search end on: a schedule may begin far from the network on purpose.
    const Network last = surrogate_at(search.iterations);
    const auto maps = differentiated.explain(last, clean, context).maps;
    const auto spearman = map_spearman(judge.clean_maps().index_select(0, index_of(attacked, maps)), maps);
    const auto agree = labels_agree(problem.network, last, clean);
    for (size_t i = 0; i < attacked.size(); ++i)
      add_surrogate_warnings(&result.outcomes[attacked[i]], spearman[i], agree[i], judge.higher_is_better());
  }
  add_randomness_warnings(problem, explainer, judge.clean_maps(), &result.outcomes);
  return result;
}

}  // namespace faultline
