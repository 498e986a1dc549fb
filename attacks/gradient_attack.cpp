#include "attacks/gradient_attack.h"

#include <limits>

#include "attacks/beta_pilot.h"
#include "attacks/curved_surrogate.h"
#include "attacks/gradient_search.h"
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
/// Lanczos products of start=hessian: the leading direction need not be exact (attacks sheet 13).
constexpr int64_t kStartProducts = 5;
/// Noise of start=random and of a first step, over epsilon (attacks sheet 1.4).
constexpr double kFirstNoise = 0.25;

}  // namespace

const OptionTable<GradientAttackOptions>& GradientAttackOptions::options() {
  static const auto table = OptionTable<GradientAttackOptions>()
                                .include(&GradientAttackOptions::search, SearchOptions::options())
                                .include(&GradientAttackOptions::surrogate, SurrogateOptions::options())
                                .include(&GradientAttackOptions::motion, MotionOptions::options())
                                .integer("restarts", &GradientAttackOptions::restarts, {1, 1000},
                                         "searches that share the iterations: the first from start=, the others from anywhere in "
                                         "the ball; all run a part, the better half goes on",
                                         "attacks sheet 13")
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
  if (options_.restarts > 1 && options_.search.iterations < 4 * options_.restarts) {
    throw_usage("restarts",
                std::to_string(options_.restarts) + " searches share " + std::to_string(options_.search.iterations) +
                    " iterations, so that none gets far",
                "give iterations=" + std::to_string(4 * options_.restarts) + " or more");
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
      {"auto", Start::automatic}, {"clean", Start::clean}, {"random", Start::random}, {"hessian", Start::hessian}};
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

at::Tensor soft_ranks(const at::Tensor& attack_maps, int64_t k, double softness) {
  const int64_t entries = attack_maps.size(1);
  const auto threshold = std::get<0>(attack_maps.detach().kthvalue(entries - k + 1, 1, true));
  // A map most of whose entries are zero may have its threshold there: the mean entry is then the scale.
  const auto scale = at::where(threshold > 0, threshold, at::full_like(threshold, 1.0 / static_cast<double>(entries)));
  return at::sigmoid((attack_maps - threshold) / (softness * scale));
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
  double before = 0;
  if (start() == Start::hessian) {
    CurvatureOptions curvature;
    curvature.steps = kStartProducts;
    before = curvature_cost(curvature, options_.search.points_inside(explainer)) + 2 * options_.search.passes_to_judge(explainer);
  }
  return before + judgements * options_.search.passes_to_judge(explainer) + iterations * gradient + another_seed;
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
  out.restarts = 1;
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

at::Tensor GradientAttack::random_start(const Samples& samples, const Budget& budget, const Context& context, int64_t draw,
                                        double share) const {
  at::Tensor x = samples.inputs.clone();
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto u = RandomStream(context.seed, std::string("attack/") + name(), samples.ids[row])
                       .uniforms(static_cast<uint32_t>(draw), x[row].numel());
    const auto noise = (2 * at::tensor(u, at::kDouble) - 1).reshape(x[row].sizes()) * (share * budget.epsilon);
    x[row] += noise.to(x.device(), x.scalar_type());
  }
  return project(x, samples.inputs, budget, context.range);
}

at::Tensor GradientAttack::hessian_start(const AttackProblem& problem, Judge& judge, const SurrogateOptions& smoothing,
                                         std::optional<double> chosen) const {
  at::Tensor x = problem.samples.inputs.clone();
  const std::vector<int64_t> rows = judge.active();
  if (rows.empty()) return x;
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  CurvatureOptions curvature;
  curvature.steps = kStartProducts;
  const CurvedSurrogate view(problem, judge.explainer(), judge.budget(), smoothing, chosen, curvature, rows, context);
  judge.account(&passes, rows);
  const auto pairs = view.curvature().leading([&](const std::vector<int64_t>& places) {
    std::vector<int64_t> spent;
    for (const int64_t place : places) spent.push_back(rows[static_cast<size_t>(place)]);
    judge.account(&passes, spent);
  });
  const Samples& clean = view.clean();
  const auto step = full_step(leading_vectors(pairs, clean.inputs[0].numel()), clean, judge.budget(), context.seed)
                        .to(clean.inputs.device(), clean.inputs.scalar_type())
                        .reshape(clean.inputs.sizes());
  std::vector<double> best(rows.size(), std::numeric_limits<double>::infinity());
  for (const double side : {1.0, -1.0}) {
    const auto there = project(clean.inputs + side * step, clean.inputs, judge.budget(), problem.context.range);
    judge.judge(there, rows, side > 0 ? -1 : -2);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto& verdict = judge.verdicts()[i];
      // Where neither side keeps the label the search begins at the clean input.
      if (!verdict.keeps || verdict.score >= best[i]) continue;
      best[i] = verdict.score;
      x[rows[i]].copy_(there[static_cast<int64_t>(i)]);
    }
  }
  return x;
}

AttackResult GradientAttack::run(const AttackProblem& problem, const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  const SearchOptions& search = options_.search;
  const Samples& samples = problem.samples;
  Judge judge(problem, search);
  const SurrogateOptions smoothing = as_chosen(options_.surrogate.resolved(problem.network, judge.explainer()), preparation);
  const auto found = preparation.find("beta");
  const auto chosen = found == preparation.end() ? std::nullopt : std::optional<double>(found->second);
  const Halving plan(options_.restarts, search.iterations);
  GradientSearch one(options_, problem, judge, smoothing, chosen, objective(problem, judge.clean_maps()), plan.longest());
  if (start() == Start::automatic && one.is_smooth()) {
    // Where the clean input is a stationary point of the objective, nothing would ever move: noise is the first step.
    one.leave_stationary_points_by(
        [&](const Samples& of) { return random_start(of, judge.budget(), problem.context, 0, kFirstNoise); });
  }

  const std::vector<int64_t> attacked = judge.active();
  std::vector<Trajectory> trajectories;
  for (int64_t i = 0; i < options_.restarts; ++i) {
    const bool is_first = i == 0;
    at::Tensor x = !is_first                   ? random_start(samples, judge.budget(), problem.context, i, 1)
                   : start() == Start::random  ? random_start(samples, judge.budget(), problem.context, 0, kFirstNoise)
                   : start() == Start::hessian ? hessian_start(problem, judge, smoothing, chosen)
                                               : samples.inputs.clone();
    trajectories.push_back(one.trajectory(std::move(x)));
  }
  int64_t iterate = 0;
  for (const auto& round : plan.rounds()) {
    const auto lanes = survivors(trajectories, samples.size(), round.alive);
    for (int64_t lane = 0; lane < round.alive; ++lane) {
      for (int64_t step = 0; step < round.iterations && !judge.active().empty(); ++step) {
        ++iterate;
        for (size_t i = 0; i < trajectories.size(); ++i) {
          std::vector<int64_t> rows;
          for (const int64_t row : judge.active()) {
            if (lanes[static_cast<size_t>(row)][static_cast<size_t>(lane)] == static_cast<int64_t>(i)) rows.push_back(row);
          }
          if (!rows.empty()) one.advance(trajectories[i], rows, round.begun + step + 1, iterate);
        }
      }
    }
  }

  AttackResult result = judge.finish(one.reach(), &one.gauge());
  if (one.is_smooth() && !attacked.empty()) {
    const Samples clean = samples.select(attacked);
    // The one that judges and search end on: a schedule may begin far from the network on purpose.
    const Network last = one.surrogate_at(plan.longest());
    const auto maps = one.differentiated().explain(last, clean, one.context()).maps;
    const auto spearman = map_spearman(judge.clean_maps().index_select(0, index_of(attacked, maps)), maps);
    const auto agree = labels_agree(problem.network, last, clean);
    for (size_t i = 0; i < attacked.size(); ++i)
      add_surrogate_warnings(&result.outcomes[attacked[i]], spearman[i], agree[i], judge.higher_is_better());
  }
  add_randomness_warnings(problem, judge.explainer(), judge.clean_maps(), &result.outcomes);
  return result;
}

}  // namespace faultline
